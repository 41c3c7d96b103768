"""Words of property management in mainland China (物业管理)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from lokum.core.base.vocabulary import vocabulary

ENTITY_KINDS = vocabulary(
    "entity_kind",
    _("Kind of entity"),
    (
        ("management_company", _("property management company")),
        ("owners_committee", _("owners' committee")),
        ("developer", _("developer")),
        ("public_housing", _("public rental housing")),
    ),
)
TITLE_KINDS = vocabulary(
    "title_kind",
    _("Title to the premises"),
    (
        ("ownership", _("ownership")),
        ("lease", _("lease")),
        ("public_lease", _("public rental")),
        ("no_title", _("use without title")),
    ),
)
PREMISES_KINDS = vocabulary(
    "premises_kind",
    _("Kind of premises"),
    (
        ("dwelling", _("dwelling")),
        ("shop", _("shop")),
        ("office", _("office")),
        ("parking_space", _("parking space")),
        ("storage_room", _("storage room")),
        ("advertising_space", _("advertising space")),
        ("other", _("other premises")),
    ),
)
COMPONENT_CLASSES = vocabulary(
    "component_class",
    _("Class of charge component"),
    (
        ("management_fee", _("management fee")),
        ("maintenance_fund", _("maintenance fund")),
        ("water", _("water")),
        ("electricity", _("electricity")),
        ("gas", _("gas")),
        ("central_heating", _("central heating")),
        ("shared_consumption", _("shared consumption")),
        ("waste", _("waste collection")),
        ("lift", _("lift")),
        ("parking", _("parking space or garage")),
        ("rent", _("rent")),
        ("deposit", _("deposit")),
        ("other", _("other charge")),
    ),
)
VOCABULARIES = (ENTITY_KINDS, TITLE_KINDS, PREMISES_KINDS, COMPONENT_CLASSES)
