"""Estates and what they consist of, the dated facts about them, and groups of premises."""

from lokum.property.estates.models.changes import FactChange
from lokum.property.estates.models.facts import (
    CONTRACTED,
    FACT_UNITS,
    PLACE_FACTS,
    POINT_FACTS,
    CostShare,
    DeclaredTotal,
    FactKind,
    OwnershipShare,
    PremisesFact,
)
from lokum.property.estates.models.groups import GroupMember, PremisesGroup
from lokum.property.estates.models.own_values import PremisesOwnValue
from lokum.property.estates.models.places import (
    PLACE_KINDS,
    Building,
    Entrance,
    Estate,
    NaturalKey,
    Premises,
    PremisesEntity,
    Storey,
)

__all__ = [
    "CONTRACTED",
    "FACT_UNITS",
    "PLACE_FACTS",
    "PLACE_KINDS",
    "POINT_FACTS",
    "Building",
    "CostShare",
    "DeclaredTotal",
    "Entrance",
    "Estate",
    "FactChange",
    "FactKind",
    "GroupMember",
    "NaturalKey",
    "OwnershipShare",
    "Premises",
    "PremisesEntity",
    "PremisesFact",
    "PremisesGroup",
    "PremisesOwnValue",
    "Storey",
]
