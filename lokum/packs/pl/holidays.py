"""Days off by statute in Poland, and terms that end on one (art. 115 of the civil code).

Days off: Sundays and the days of the statute of 18 January 1951 as it stood: 6 January again since 2011, 24
December since 2025, 3 May since 1990, 11 November since 1989. Saturdays move a term since 2017. Computed, not
fetched.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

FIRST_YEAR = 1990
EPIPHANY_SINCE = 2011
CHRISTMAS_EVE_SINCE = 2025
SATURDAYS_MOVE_TERMS_SINCE = date(2017, 1, 1)
_SATURDAY, _SUNDAY = 5, 6
# Given once by a statute of its own: the hundredth year of independence fell on a Sunday.
_ONCE = frozenset({date(2018, 11, 12)})
_FIXED = ((1, 1), (5, 1), (5, 3), (8, 15), (11, 1), (11, 11), (12, 25), (12, 26))


def easter_sunday(year: int) -> date:
    """Gregorian Easter (the anonymous algorithm)."""
    golden = year % 19
    century, in_century = divmod(year, 100)
    leaps, rest = divmod(century, 4)
    correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leaps - correction + 15) % 30
    quarter, odd = divmod(in_century, 4)
    weekday = (32 + 2 * rest + 2 * quarter - epact - odd) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


@lru_cache(maxsize=256)
def days_off(year: int) -> tuple[date, ...]:
    """Statutory days off of a year in order, without the ordinary Sundays. Raises ValueError before 1990."""
    if year < FIRST_YEAR:
        raise ValueError(f"days off are known from {FIRST_YEAR} on")
    easter = easter_sunday(year)
    days = {date(year, month, day) for month, day in _FIXED}
    days |= {easter + timedelta(days=offset) for offset in (0, 1, 49, 60)}
    if year >= EPIPHANY_SINCE:
        days.add(date(year, 1, 6))
    if year >= CHRISTMAS_EVE_SINCE:
        days.add(date(year, 12, 24))
    days |= {day for day in _ONCE if day.year == year}
    return tuple(sorted(days))


def is_day_off(day: date) -> bool:
    """Sunday or another statutory day off; a Saturday is a free day but not a day off."""
    return day.weekday() == _SUNDAY or day in days_off(day.year)


def move_past_days_off(day: date) -> date:
    """The day a term really ends: the next one that is neither a day off nor, since 2017, a Saturday."""
    while is_day_off(day) or (day.weekday() == _SATURDAY and day >= SATURDAYS_MOVE_TERMS_SINCE):
        day += timedelta(days=1)
    return day
