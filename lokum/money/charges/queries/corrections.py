"""Reads of a correction of posted months: documents with their differences and causes."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from lokum.money.charges.explanation import Explanation, explain
from lokum.money.charges.models import CorrectionLine, CorrectionRun, Notice
from lokum.money.charges.queries.notices import CauseWords, causes_in_words

SHOWN = 200


@dataclass(frozen=True)
class DifferenceLine:
    line: CorrectionLine
    before: Explanation | None
    after: Explanation | None
    causes: Sequence[CauseWords]


@dataclass(frozen=True)
class TouchedDocument:
    """A posted notice (None: not charged yet) with the lines that would read otherwise."""

    notice: Notice | None
    lines: Sequence[DifferenceLine]
    amount: Decimal


def correction_figures(run: CorrectionRun) -> dict[str, Any]:
    """What the page of a correction shows: documents in order, their differences, and what cannot be computed."""
    rows = run.lines.select_related("notice", "account__payer", "component", "premises")
    ordered = list(rows.order_by("premises__code", "period", "component__position", "component__code")[:SHOWN])
    documents = []
    for _key, group in groupby(ordered, key=lambda row: (row.notice_id, row.agreement_id, row.period)):
        lines = [_difference(row) for row in group]
        total = sum((one.line.amount for one in lines), Decimal(0))
        documents.append(TouchedDocument(lines[0].line.notice, lines, total))
    posted = Notice.objects.filter(entry__batch_id=run.batch_id).order_by("pk")[:SHOWN] if run.batch_id else ()
    return {
        "run": run,
        "documents": documents,
        "posted": list(posted),
        "shown": SHOWN,
        "more": run.line_count + run.problem_count > SHOWN,
        "currency": run.entity.currency,
    }


def _difference(row: CorrectionLine) -> DifferenceLine:
    before, after = (explain(side) if side else None for side in (row.before, row.after))
    return DifferenceLine(row, before, after, causes_in_words(row.causes))
