"""Days off in mainland China move the end of a term (civil code, article 203)."""

import datetime as dt

import pytest

from lokum.packs.cn.days_off import move_past_days_off


@pytest.mark.req("CHG-15")
@pytest.mark.parametrize(
    ("day", "ends_on"),
    [
        (dt.date(2026, 6, 15), dt.date(2026, 6, 15)),  # a Monday
        (dt.date(2026, 6, 20), dt.date(2026, 6, 22)),  # a Saturday
        (dt.date(2026, 2, 14), dt.date(2026, 2, 14)),  # a Saturday on which people work for a longer new year
        (dt.date(2026, 2, 15), dt.date(2026, 2, 24)),  # the Spring Festival to 23 February
        (dt.date(2026, 10, 1), dt.date(2026, 10, 8)),  # the week of the National Day
    ],
)
def test_a_term_ends_on_the_next_working_day(day: dt.date, ends_on: dt.date) -> None:
    assert move_past_days_off(day) == ends_on
