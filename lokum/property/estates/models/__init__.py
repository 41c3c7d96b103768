"""Estates and what they consist of, the dated facts about them, and groups of premises."""

from lokum.property.estates.models.changes import FactChange
from lokum.property.estates.models.facts import (
    FACT_UNITS,
    CostShare,
    DeclaredTotal,
    FactKind,
    OwnershipShare,
    PremisesFact,
)
from lokum.property.estates.models.groups import GroupMember, PremisesGroup
from lokum.property.estates.models.places import (
    Building,
    Entrance,
    Estate,
    NaturalKey,
    Premises,
    PremisesEntity,
    Storey,
)

__all__ = [
    "FACT_UNITS",
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
    "Storey",
]
