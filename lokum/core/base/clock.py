"""The one source of "now". Domain code never calls datetime.now() itself, so tests can set the time."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.utils import timezone


def now() -> dt.datetime:
    """The present moment, aware, in UTC."""
    return timezone.now()


def today(time_zone: str = "Europe/Warsaw") -> dt.date:
    """The calendar day at this moment in `time_zone` (an entity's own zone, IANA name)."""
    return now().astimezone(ZoneInfo(time_zone)).date()


def first_of_month(day: dt.date) -> dt.date:
    return day.replace(day=1)


def add_months(day: dt.date, count: int) -> dt.date:
    """First day of the month `count` months after the month of `day`."""
    years, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return dt.date(years, month + 1, 1)


def last_of_month(day: dt.date) -> dt.date:
    return add_months(day, 1) - dt.timedelta(days=1)
