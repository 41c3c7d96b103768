"""Terms that end on a day off: the calendar of a country's pack, and the days off that dated rules declare beside it.

Due days of charges and the first day of interest ask the same calendar.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy

from lokum.core.organisation.queries import rules_of
from lokum.core.organisation.rule_forms import register_rule
from lokum.money.ledger.seams import moved_day

DAYS_OFF = "dates.days_off"  # ["2026-12-28"]


@dataclass(frozen=True)
class Calendar:
    """off: days off declared beside the pack's own calendar."""

    pack: str
    off: frozenset[dt.date] = frozenset()

    def moved(self, day: dt.date) -> dt.date:
        """The day itself, or the next one that is not off: when a term of `day` really ends."""
        moved = moved_day(self.pack, day)
        while moved in self.off:
            moved = moved_day(self.pack, moved + dt.timedelta(days=1))
        return moved


def calendar_of(pack: str, known_at: dt.datetime | None = None) -> Calendar:
    """The calendar of a country with its declared days; a day counts from its rule's first day on.

    known_at: only by rules that were entered before this moment.
    """
    rules = [one for one in rules_of(DAYS_OFF, pack) if known_at is None or one.recorded_at <= known_at]
    found = ((rule.valid_from, dt.date.fromisoformat(day)) for rule in rules for day in rule.value)
    return Calendar(pack, frozenset(day for since, day in found if day >= since))


def _are_days(value: Any) -> bool:
    try:
        return isinstance(value, list) and all(dt.date.fromisoformat(day) for day in value)
    except (TypeError, ValueError):
        return False


register_rule(DAYS_OFF, _are_days, gettext_lazy("days off"))
