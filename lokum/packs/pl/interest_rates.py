"""Interest rates of Polish law as dated tables.

The last rate runs on until a newer one is entered. For a day before the first known rate there is no answer,
and none is guessed. Rates are percent a year.
"""

from __future__ import annotations

import csv
import itertools
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

from django.utils.translation import gettext_lazy as _

_DATA = Path(__file__).parent / "data"
STATUTORY, COMMERCIAL, COMMERCIAL_HEALTHCARE = (
    "late_statutory",
    "late_commercial",
    "late_commercial_healthcare",
)
_FILES = {
    STATUTORY: ("late_statutory_art481.csv", "annual_percent"),
    COMMERCIAL: ("late_commercial.csv", "annual_percent"),
    COMMERCIAL_HEALTHCARE: ("late_commercial.csv", "annual_percent_public_healthcare_debtor"),
}


class RateUnknown(Exception):
    """A day before the first known rate; ``first_day`` is the earliest day there is a rate for."""

    def __init__(self, day: date, first_day: date) -> None:
        self.day = day
        self.first_day = first_day
        super().__init__(day, first_day)

    def __str__(self) -> str:
        pattern = str(_("There is no interest rate for %(day)s; the first known one is from %(first_day)s."))
        return pattern % {"day": self.day.isoformat(), "first_day": self.first_day.isoformat()}


@dataclass(frozen=True)
class Rate:
    valid_from: date
    annual_percent: Decimal
    act: str = ""


@dataclass(frozen=True)
class Stretch:
    """Days with one rate, both ends included."""

    first_day: date
    last_day: date
    annual_percent: Decimal

    @property
    def day_count(self) -> int:
        return (self.last_day - self.first_day).days + 1


@dataclass(frozen=True)
class RateTable:
    """Rates in order of their first day."""

    rates: tuple[Rate, ...]

    def __post_init__(self) -> None:
        days = [rate.valid_from for rate in self.rates]
        if not days or any(before >= after for before, after in itertools.pairwise(days)):
            raise ValueError("a rate table has rates in order, one a day")

    def with_rates(self, added: Iterable[Rate]) -> RateTable:
        """This table and newer rates; a known day is not replaced, so earlier results stay."""
        known = {rate.valid_from for rate in self.rates}
        new = [rate for rate in added if rate.valid_from not in known]
        return RateTable(tuple(sorted([*self.rates, *new], key=lambda rate: rate.valid_from)))

    def rate_on(self, day: date) -> Rate:
        position = bisect_right([rate.valid_from for rate in self.rates], day)
        if position == 0:
            raise RateUnknown(day, self.rates[0].valid_from)
        return self.rates[position - 1]

    def stretches(self, first_day: date, last_day: date) -> tuple[Stretch, ...]:
        """The days from first to last, cut where the rate changes; empty when last lies before first."""
        if last_day < first_day:
            return ()
        self.rate_on(first_day)
        changes = [rate.valid_from for rate in self.rates if first_day < rate.valid_from <= last_day]
        starts = [first_day, *changes]
        ends = [*(change - timedelta(days=1) for change in changes), last_day]
        return tuple(
            Stretch(start, end, self.rate_on(start).annual_percent) for start, end in zip(starts, ends, strict=True)
        )


@cache
def load_table(kind: str) -> RateTable:
    """Table carried by the pack: STATUTORY, COMMERCIAL or COMMERCIAL_HEALTHCARE."""
    name, column = _FILES[kind]
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return RateTable(
        tuple(Rate(date.fromisoformat(row["from"]), Decimal(row[column]), row.get("act", "")) for row in rows)
    )
