"""Days off in Taiwan move the end of a term (civil code, article 122)."""

import datetime as dt

import pytest

from lokum.packs.tw.days_off import move_past_days_off


@pytest.mark.req("CHG-15")
@pytest.mark.parametrize(
    ("day", "ends_on"),
    [
        (dt.date(2026, 6, 15), dt.date(2026, 6, 15)),  # a Monday
        (dt.date(2026, 8, 15), dt.date(2026, 8, 17)),  # a Saturday
        (
            dt.date(2026, 10, 10),
            dt.date(2026, 10, 12),
        ),  # National Day on a Saturday: its substitute is the Friday before
        (dt.date(2026, 2, 17), dt.date(2026, 2, 23)),  # Lunar New Year, then the weekend
    ],
)
def test_a_term_ends_on_the_next_working_day(day: dt.date, ends_on: dt.date) -> None:
    assert move_past_days_off(day) == ends_on
