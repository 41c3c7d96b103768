"""Days off in Taiwan, and terms that end on one.

Civil code, article 122: when the last day of a term is a Sunday, a holiday or another day of rest, the day after it
takes its place. Saturdays are days of rest; a Saturday on which offices work instead of another day is none. The
holidays with their substitute days come from the `holidays` library (紀念日及節日實施條例 and the office calendar).
"""

import datetime as dt
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=32)
def _calendar(year: int) -> Any:
    import holidays  # half a second on first use: only who moves a date pays it

    return holidays.country_holidays("TW", years=year, language="en_US")


def is_day_off(day: dt.date) -> bool:
    calendar = _calendar(day.year)
    if day in calendar.weekend_workdays:
        return False
    return day.weekday() >= 5 or day in calendar


def move_past_days_off(day: dt.date) -> dt.date:
    """The day a term really ends: the next one that is no day of rest."""
    while is_day_off(day):
        day += dt.timedelta(days=1)
    return day
