"""Reads of the charges."""

from lokum.money.charges.queries.cards import AssignmentCard, assignment_cards, winning_tariff
from lokum.money.charges.queries.notices import lines_of_notice, source_of_notice
from lokum.money.charges.queries.runs import (
    Cause,
    Change,
    difference,
    difference_count,
    premises_without_payer,
    problems,
)

__all__ = [
    "AssignmentCard",
    "Cause",
    "Change",
    "assignment_cards",
    "difference",
    "difference_count",
    "lines_of_notice",
    "premises_without_payer",
    "problems",
    "source_of_notice",
    "winning_tariff",
]
