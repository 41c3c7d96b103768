"""Interest for delay, pure: plain data in, a calculation sheet out (the database computes the same in `accrual`).

Practice of courts and of the ministry's calculator in Poland (art. 481, 482 KC), and of contractual late fees
elsewhere:

* the first day is the day after the due date, the last one the day of payment, included;
* principal x rate x days / 36500, in leap years too (a rate by day: principal x permille x days / 1000);
* each stretch with one rate and one principal is exact, only the sum is rounded, half up (setting: each stretch of
  constant principal);
* interest is never counted on interest: whoever calls passes principals only.
"""

import datetime as dt
import itertools
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

ONE_DAY = dt.timedelta(days=1)
YEAR_OF_365, THOUSAND = 36500, 1000


class RateUnknown(Exception):
    """A day before the first known rate: nothing is guessed. `first_day` is the earliest day there is a rate for."""

    def __init__(self, day: dt.date, first_day: dt.date | None) -> None:
        self.day, self.first_day = day, first_day
        super().__init__(f"no rate for {day}, the first one is from {first_day}")


@dataclass(frozen=True)
class Rates:
    """Rates of one regime in order of their first day; the last one runs on. `divisor`: 36500 for percent a year of
    365 days, 1000 for permille a day."""

    steps: tuple[tuple[dt.date, Decimal], ...]
    divisor: int = YEAR_OF_365

    def __post_init__(self) -> None:
        days = [day for day, _rate in self.steps]
        if any(before >= after for before, after in itertools.pairwise(days)):
            raise ValueError("rates come in order, one a day")

    def rate_on(self, day: dt.date) -> Decimal:
        position = bisect_right([first for first, _rate in self.steps], day)
        if position == 0:
            raise RateUnknown(day, self.steps[0][0] if self.steps else None)
        return self.steps[position - 1][1]

    def stretches(self, first_day: dt.date, last_day: dt.date) -> list[tuple[dt.date, dt.date, Decimal]]:
        """(first, last, rate) of the days from first to last, both included; empty when last lies before first."""
        if last_day < first_day:
            return []
        self.rate_on(first_day)
        starts = [first_day, *(day for day, _rate in self.steps if first_day < day <= last_day)]
        ends = [*(day - ONE_DAY for day in starts[1:]), last_day]
        return [(start, end, self.rate_on(start)) for start, end in zip(starts, ends, strict=True)]

    def limited_by(self, other: "Rates", factor: Decimal) -> "Rates":
        """These rates, never above `factor` times those of another regime (art. 481 par. 2-1: twice the statutory
        ones). Days before either table have no rate."""
        if self.divisor != other.divisor:
            raise ValueError("rates of two units are not compared")
        if not self.steps or not other.steps:
            return Rates((), self.divisor)
        start = max(self.steps[0][0], other.steps[0][0])
        days = sorted({start, *(day for day, _rate in (*self.steps, *other.steps) if day > start)})
        found: list[tuple[dt.date, Decimal]] = []
        for day in days:
            rate = min(self.rate_on(day), other.rate_on(day) * factor)
            if not found or found[-1][1] != rate:
                found.append((day, rate))
        return Rates(tuple(found), self.divisor)


@dataclass(frozen=True)
class Terms:
    """How interest is counted; see the register of interest policies for the words.

    grace_days: money that arrives within them bears nothing, and nothing accrues before they are over; what is still
    open then bears from the day after the due day, or (`from_grace_end`) from the day after the grace.
    cap_percent: of the debt; None = no cap.
    """

    due_day_counts: bool = False
    grace_days: int = 0
    from_grace_end: bool = False
    cap_percent: Decimal | None = None
    by_stretch: bool = False  # round each stretch of constant principal, not only the sum
    places: int = 2
    move: Callable[[dt.date], dt.date] | None = field(default=None, compare=False)

    def due_on(self, day: dt.date) -> dt.date:
        """The day on which a term really ends (art. 115 KC)."""
        return self.move(day) if self.move else day


@dataclass(frozen=True)
class Part:
    """A payment: its value date and how much of the principal it covered."""

    on: dt.date
    amount: Decimal


@dataclass(frozen=True)
class Span:
    """A row of the calculation sheet: days with one principal and one rate, both ends included."""

    first_day: dt.date
    last_day: dt.date
    principal: Decimal
    rate: Decimal
    divisor: int = YEAR_OF_365

    @property
    def day_count(self) -> int:
        return (self.last_day - self.first_day).days + 1

    @property
    def exact(self) -> Fraction:
        return Fraction(self.principal) * Fraction(self.rate) * self.day_count / self.divisor

    @property
    def shown(self) -> Decimal:
        """The exact amount in four decimals, for people who check."""
        return rounded(self.exact, 4)


@dataclass(frozen=True)
class Sheet:
    """The whole calculation: rows, their exact sum, the amount."""

    spans: tuple[Span, ...]
    amount: Decimal
    capped: bool = False

    @property
    def exact(self) -> Fraction:
        return sum((span.exact for span in self.spans), Fraction(0))

    @property
    def day_count(self) -> int:
        return (self.spans[-1].last_day - self.spans[0].first_day).days + 1 if self.spans else 0


def rounded(value: Fraction, places: int) -> Decimal:
    """Half up, away from zero for negative values, without a detour over binary or cut decimals."""
    shifted = abs(value) * 10**places
    whole = (2 * shifted.numerator + shifted.denominator) // (2 * shifted.denominator)
    return (Decimal(whole if value >= 0 else -whole)).scaleb(-places)


def stretches_of(
    principal: Decimal, due_on: dt.date, parts: Iterable[Part], as_of: dt.date, terms: Terms
) -> list[tuple[dt.date, dt.date, Decimal]]:
    """(first day, last day, principal) of each stretch in which the open principal stays the same."""
    due = terms.due_on(due_on)
    grace_end = due + dt.timedelta(days=terms.grace_days)
    start = grace_end if terms.from_grace_end and terms.grace_days else due - ONE_DAY * terms.due_day_counts
    free_until = grace_end if terms.grace_days else start
    if as_of <= free_until:
        return []
    left = principal
    later: dict[dt.date, Decimal] = {}
    for part in parts:
        if part.on <= free_until:
            left -= part.amount
        elif part.on < as_of:
            later[part.on] = later.get(part.on, Decimal(0)) + part.amount
    found = []
    for day in [*sorted(later), as_of]:
        if left > 0 and day > start:
            found.append((start + ONE_DAY, day, left))
        start = max(start, day)
        left -= later.get(day, Decimal(0))
    return found


def interest(
    principal: Decimal,
    due_on: dt.date,
    parts: Sequence[Part],
    as_of: dt.date,
    rates: Rates,
    terms: Terms | None = None,
) -> Sheet:
    """Interest of one debt up to a day, that day included. Raises RateUnknown for a day before the rate table."""
    terms = terms or Terms()
    spans: list[Span] = []
    total = Decimal(0)
    for first, last, open_principal in stretches_of(principal, due_on, parts, as_of, terms):
        pieces = [
            Span(start, end, open_principal, rate, rates.divisor) for start, end, rate in rates.stretches(first, last)
        ]
        spans += pieces
        total += rounded(sum((one.exact for one in pieces), Fraction(0)), terms.places)
    if not terms.by_stretch:
        total = rounded(sum((one.exact for one in spans), Fraction(0)), terms.places)
    total = total.quantize(Decimal(1).scaleb(-terms.places))
    if terms.cap_percent is not None:
        cap = (principal * terms.cap_percent / 100).quantize(total, rounding=ROUND_HALF_UP)
        if total > cap:
            return Sheet(tuple(spans), cap, capped=True)
    return Sheet(tuple(spans), total)
