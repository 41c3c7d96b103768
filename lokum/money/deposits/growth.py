"""What is added to a deposit until it goes back: valorisation by the rent, simple interest by days. No database."""

import calendar
import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from lokum.core.base.money import round_amount

YEAR = 365


def rents_in(amount: Decimal, rent: Decimal) -> Decimal:
    """How many monthly rents an amount is, as it is kept with the deposit."""
    return (amount / rent).quantize(Decimal("0.0000000001"))


def valorised(held: Decimal, agreed: Decimal, rents: Decimal, rent: Decimal, places: int = 2) -> Decimal:
    """What goes back of a valorised deposit (ustawa o ochronie praw lokatorów, art. 6 par. 3).

    As many monthly rents of the day of return as were agreed, never less than what was paid. Of a deposit that was
    used or paid in part, the same share as is held. `rents`: the agreed amount in rents of the days of the calls.
    """
    if not held or not agreed:
        return held
    return max(held, round_amount(rents * rent * held / agreed, places))


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day so many months later, or the last of a shorter month (KC art. 112)."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(years, month + 1)[1]
    return dt.date(years, month + 1, min(day.day, last))


def simple_interest(
    events: Sequence[tuple[dt.date, Decimal]],
    percent: Decimal,
    after: dt.date | None,
    through: dt.date,
    places: int = 2,
) -> Decimal:
    """Interest on what was held, from the day after each change, to `through` included; interest bears none.

    events: (day, change of the amount held without interest); after: last day counted before, None = from the start.
    """
    total, held = Decimal(0), Decimal(0)
    ordered = sorted(events)
    for place, (day, change) in enumerate(ordered):
        held += change
        end = min(ordered[place + 1][0] if place + 1 < len(ordered) else through, through)
        start = max(day, after) if after else day
        if end > start:
            total += held * (end - start).days
    return round_amount(total * percent / 100 / YEAR, places)
