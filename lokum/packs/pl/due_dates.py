"""When a charge is due: a base day plus a number of days, moved past days off, or the end of the month.

"By the 10th" is the first of the month plus nine days. The end of the month is the first of the next month
minus one day and does not move. One owner may have a rule of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from .holidays import move_past_days_off


class DueBase(StrEnum):
    BOOKING_DAY = "booking_day"
    MONTH_START = "month_start"
    NEXT_MONTH_START = "next_month_start"
    MONTH_END = "month_end"


@dataclass(frozen=True)
class DueRule:
    """``days`` count from the base, none for MONTH_END. ``moves``: days off are stepped over."""

    base: DueBase = DueBase.MONTH_START
    days: int = 9
    moves: bool = True

    def __post_init__(self) -> None:
        if self.days < 0:
            raise ValueError("a due date lies on or behind its base")
        if self.base is DueBase.MONTH_END and self.days:
            raise ValueError("the end of the month takes no days")


BY_THE_TENTH = DueRule()
END_OF_MONTH = DueRule(DueBase.MONTH_END, 0, False)


def first_of_next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def due_on(rule: DueRule, *, month: date, booked_on: date) -> date:
    """Due date of the charges of ``month`` (any day in it) booked on ``booked_on``."""
    if rule.base is DueBase.MONTH_END:
        return first_of_next_month(month) - timedelta(days=1)
    bases = {
        DueBase.BOOKING_DAY: booked_on,
        DueBase.MONTH_START: month.replace(day=1),
        DueBase.NEXT_MONTH_START: first_of_next_month(month),
    }
    day = bases[rule.base] + timedelta(days=rule.days)
    return move_past_days_off(day) if rule.moves else day
