"""Words of housing in Taiwan (公寓大廈)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from lokum.core.base.vocabulary import vocabulary

ENTITY_KINDS = vocabulary(
    "entity_kind",
    _("Kind of entity"),
    (
        ("management_committee", _("management committee")),
        ("responsible_person", _("person in charge of the building")),
        ("management_company", _("building management company")),
        ("social_housing", _("social housing")),
    ),
)
TITLE_KINDS = vocabulary(
    "title_kind",
    _("Title to the premises"),
    (("ownership", _("ownership")), ("lease", _("lease")), ("no_title", _("use without title"))),
)
PREMISES_KINDS = vocabulary(
    "premises_kind",
    _("Kind of premises"),
    (
        ("dwelling", _("dwelling")),
        ("commercial_unit", _("commercial unit")),
        ("parking_space", _("parking space")),
        ("storage_room", _("storage room")),
        ("other", _("other premises")),
    ),
)
COMPONENT_CLASSES = vocabulary(
    "component_class",
    _("Class of charge component"),
    (
        ("management_fee", _("management fee")),
        ("public_fund", _("public fund")),
        ("parking", _("parking space or garage")),
        ("cleaning", _("cleaning")),
        ("shared_electricity", _("electricity of common areas")),
        ("shared_water", _("water of common areas")),
        ("facility_use", _("use of facilities")),
        ("other", _("other charge")),
    ),
)
VOCABULARIES = (ENTITY_KINDS, TITLE_KINDS, PREMISES_KINDS, COMPONENT_CLASSES)
