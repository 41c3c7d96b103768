"""The calculation sheet of a line, made from what its note's document holds (or from a fresh computation)."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lokum.money.interest.calculation import Rates, Span, rounded


@dataclass(frozen=True)
class LineSheet:
    """Interest on one debt: rows, all of it, what was booked and waived before, and the amount of the line."""

    debt_number: str
    due_on: dt.date
    through_on: dt.date
    principal: Decimal
    spans: tuple[Span, ...]
    computed: Decimal
    booked: Decimal
    waived: Decimal
    amount: Decimal
    debt_id: int = 0

    @property
    def day_count(self) -> int:
        return sum(span.day_count for span in self.spans)

    @property
    def capped(self) -> bool:
        """Whether the rows give more than was computed: the cap was reached."""
        exact = sum((span.exact for span in self.spans), Fraction(0))
        return rounded(exact, 2) - self.computed > len(self.spans)


def spans_of(stretches: Any, rates: Any) -> tuple[Span, ...]:
    """Rows of constant principal and rate from stretches and rates as `accrual` gives them."""
    if not stretches or not rates:
        return ()
    steps = tuple((dt.date.fromisoformat(day), Decimal(rate)) for day, rate in rates["steps"])
    table = Rates(steps, rates["divisor"])
    found = []
    for first, last, principal in stretches:
        pieces = table.stretches(dt.date.fromisoformat(first), dt.date.fromisoformat(last))
        found += [Span(start, end, Decimal(principal), rate, table.divisor) for start, end, rate in pieces]
    return tuple(found)


def sheet_of_line(line: dict[str, Any]) -> LineSheet:
    """From one of the "lines" in a note's document."""
    return LineSheet(
        debt_number=line["debt"],
        due_on=dt.date.fromisoformat(line["due_on"]),
        through_on=dt.date.fromisoformat(line["through_on"]),
        principal=Decimal(line["principal"]),
        spans=spans_of(line.get("stretches"), line.get("rates")),
        computed=Decimal(line["computed"]),
        booked=Decimal(line["booked"]),
        waived=Decimal(line["waived"]),
        amount=Decimal(line["amount"]),
        debt_id=line.get("debt_id", 0),
    )
