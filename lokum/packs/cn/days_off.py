"""Days off in mainland China, and terms that end on one.

Civil code, article 203: when the last day of a term is a statutory day off, the day after the days off takes its
place. Weekends are days off, except those on which people work in exchange for a longer holiday (调休). The holidays
with these exchanges come from the `holidays` library, which follows the yearly notice of the State Council.
"""

import datetime as dt
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=32)
def _calendar(year: int) -> Any:
    import holidays  # half a second on first use: only who moves a date pays it

    return holidays.country_holidays("CN", years=year, language="en_US")


def is_day_off(day: dt.date) -> bool:
    calendar = _calendar(day.year)
    if day in calendar.weekend_workdays:
        return False
    return day.weekday() >= 5 or day in calendar


def move_past_days_off(day: dt.date) -> dt.date:
    """The day a term really ends: the next one that is no day off."""
    while is_day_off(day):
        day += dt.timedelta(days=1)
    return day
