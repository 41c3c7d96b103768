"""Reads of the charges."""

from lokum.money.charges.queries.cards import AssignmentCard, winning_tariff
from lokum.money.charges.queries.notices import (
    ExplainedLine,
    explained_lines,
    lines_of_notice,
    source_of_correction,
    source_of_notice,
    told_segments,
)
from lokum.money.charges.queries.runs import (
    Cause,
    Change,
    difference,
    difference_count,
    premises_without_payer,
    problems,
    run_figures,
    totals_by_component,
)

__all__ = [
    "AssignmentCard",
    "Cause",
    "Change",
    "ExplainedLine",
    "difference",
    "difference_count",
    "explained_lines",
    "lines_of_notice",
    "premises_without_payer",
    "problems",
    "run_figures",
    "source_of_correction",
    "source_of_notice",
    "told_segments",
    "totals_by_component",
    "winning_tariff",
]
