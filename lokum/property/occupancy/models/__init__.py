"""Titles and agreements, who lives in premises, who is a member, and what brought them in."""

from lokum.property.occupancy.models.households import Declaration, HouseholdMember, PersonsSource
from lokum.property.occupancy.models.imports import EstateImport, EstateImportRow
from lokum.property.occupancy.models.members import ContributionPayment, Member, MemberContribution, MemberStatus
from lokum.property.occupancy.models.states import PremisesState, UseState
from lokum.property.occupancy.models.titles import (
    EXCLUSIVE_KINDS,
    OCCUPYING_KINDS,
    PREMISES_SCOPE,
    Agreement,
    AgreementAttribute,
    Title,
    TitleHolder,
    TitleKind,
)

__all__ = [
    "EXCLUSIVE_KINDS",
    "OCCUPYING_KINDS",
    "PREMISES_SCOPE",
    "Agreement",
    "AgreementAttribute",
    "ContributionPayment",
    "Declaration",
    "EstateImport",
    "EstateImportRow",
    "HouseholdMember",
    "Member",
    "MemberContribution",
    "MemberStatus",
    "PersonsSource",
    "PremisesState",
    "Title",
    "TitleHolder",
    "TitleKind",
    "UseState",
]
