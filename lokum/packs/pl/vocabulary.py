"""Words of Polish housing: who owns, by what right, what kind of premises, what is charged."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from lokum.core.base.vocabulary import Term, Vocabulary, vocabulary

ENTITY_KINDS = Vocabulary(
    "entity_kind",
    _("Kind of entity"),
    (
        Term("cooperative", _("housing cooperative")),
        Term("community", _("homeowners' community")),
        Term("municipality", _("municipal housing")),
        Term("social_housing_company", _("social housing company")),
        # The social housing initiative joined the older company form in 2021.
        Term("social_housing_initiative", _("social housing initiative"), date(2021, 2, 19)),
        Term("manager", _("property manager")),
    ),
)

TITLE_KINDS = vocabulary(
    "title_kind",
    _("Title to the premises"),
    (
        ("ownership", _("ownership")),
        ("separate_ownership", _("separate ownership")),
        ("coop_ownership", _("cooperative ownership right")),
        ("coop_tenancy", _("cooperative tenancy right")),
        ("municipal_lease", _("municipal lease")),
        ("lease", _("lease")),
        ("no_title", _("use without title")),
    ),
)

PREMISES_KINDS = vocabulary(
    "premises_kind",
    _("Kind of premises"),
    (
        ("dwelling", _("dwelling")),
        ("commercial_unit", _("commercial unit")),
        ("garage", _("garage")),
        ("parking_space", _("parking space")),
        ("storage_room", _("storage room")),
        ("other", _("other premises")),
    ),
)

COMPONENT_CLASSES = vocabulary(
    "component_class",
    _("Class of charge component"),
    (
        ("running_costs", _("running costs")),
        ("management", _("management")),
        ("repair_fund", _("repair fund")),
        ("rent", _("rent")),
        ("central_heating", _("central heating")),
        ("cold_water", _("cold water")),
        ("hot_water", _("hot water")),
        ("water_heating", _("water heating")),
        ("sewage", _("sewage")),
        ("waste", _("waste collection")),
        ("lift", _("lift")),
        ("intercom", _("intercom")),
        ("aerial", _("shared aerial")),
        ("gas", _("gas")),
        ("electricity", _("electricity of common areas")),
        ("meter_service", _("meter service")),
        ("property_tax", _("property tax and local fees")),
        ("loan_repayment", _("loan repayment")),
        ("use_without_title", _("compensation for use without title")),
        ("parking", _("parking space or garage")),
        ("storage", _("storage room")),
        ("other", _("other charge")),
    ),
)

VOCABULARIES = (ENTITY_KINDS, TITLE_KINDS, PREMISES_KINDS, COMPONENT_CLASSES)
