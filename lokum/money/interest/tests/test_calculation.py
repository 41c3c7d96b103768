"""Interest to the cent: published examples of Poland, mainland China and Taiwan, and the odd cases."""

import datetime as dt
import itertools
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lokum.money.interest.calculation import Part, Rates, RateUnknown, Terms, interest, rounded, stretches_of
from lokum.packs.pl.holidays import move_past_days_off
from lokum.packs.pl.interest_rates import COMMERCIAL, STATUTORY, load_table

D = dt.date


def of_pack(kind: str) -> Rates:
    return Rates(tuple((one.valid_from, one.annual_percent) for one in load_table(kind).rates))


STATUTORY_RATES, COMMERCIAL_RATES = of_pack(STATUTORY), of_pack(COMMERCIAL)
DAILY = Rates(((D(1999, 10, 1), Decimal("0.5")),), divisor=1000)
MOVED = Terms(move=move_past_days_off)


@pytest.mark.req("LED-08")
def test_published_statutory_example():
    """640.00 due on a Sunday, so a day later: 23 days at 10.5 % and 16 days at 10.25 %, together 39 days, 7.11."""
    sheet = interest(Decimal(640), D(2025, 8, 10), [], D(2025, 9, 19), STATUTORY_RATES, MOVED)
    assert [(one.day_count, one.rate) for one in sheet.spans] == [(23, Decimal("10.5")), (16, Decimal("10.25"))]
    assert (sheet.day_count, sheet.amount) == (39, Decimal("7.11"))
    assert sheet.spans[0].first_day == D(2025, 8, 12)
    assert sheet.spans[-1].last_day == D(2025, 9, 19)


@pytest.mark.req("LED-08")
def test_published_commercial_example():
    sheet = interest(Decimal(2400), D(2026, 6, 15), [], D(2026, 7, 31), COMMERCIAL_RATES, MOVED)
    assert [(one.day_count, one.rate) for one in sheet.spans] == [(15, Decimal("14")), (31, Decimal("13.75"))]
    assert sheet.amount == Decimal("41.84")


@pytest.mark.req("LED-08", "LED-06")
def test_published_interest_of_two_charges():
    """300.00 due 2026-04-10 and 2026-05-10 (a Sunday): 81 days 6.16, 50 days 3.80 to 2026-06-30."""
    found = [
        interest(Decimal(300), due, [], D(2026, 6, 30), STATUTORY_RATES, MOVED)
        for due in (D(2026, 4, 10), D(2026, 5, 10))
    ]
    assert [(one.day_count, one.amount) for one in found] == [(81, Decimal("6.16")), (50, Decimal("3.80"))]


@pytest.mark.req("LED-08")
def test_published_terms_that_end_on_days_off():
    assert MOVED.due_on(D(2026, 10, 10)) == D(2026, 10, 12)
    assert MOVED.due_on(D(2026, 4, 4)) == D(2026, 4, 7)


@pytest.mark.req("LED-08")
def test_published_late_fee_by_day():
    """463.00 at 0.05 % a day, 132.00 paid after 10 days, the rest after 20: by stretch 3.98, once 3.97."""
    parts = [Part(D(2025, 7, 10), Decimal(132)), Part(D(2025, 7, 20), Decimal(331))]
    values = (Decimal(463), D(2025, 6, 30), parts, D(2025, 7, 31), DAILY)
    by_stretch = interest(*values, Terms(by_stretch=True))
    assert by_stretch.amount == Decimal("3.98")
    assert [(one.day_count, one.principal) for one in by_stretch.spans] == [(10, Decimal(463)), (10, Decimal(331))]
    assert interest(*values, Terms()).amount == Decimal("3.97")


@pytest.mark.req("LED-08")
def test_late_fee_never_above_the_principal():
    """0.3 % a day is about 109.5 % a year: after a year the fee stops at the principal."""
    rates = Rates(((D(2020, 1, 1), Decimal(3)),), divisor=1000)
    sheet = interest(Decimal(100), D(2024, 1, 1), [], D(2025, 1, 1), rates, Terms(cap_percent=Decimal(100)))
    assert (sheet.amount, sheet.capped) == (Decimal("100.00"), True)
    assert sheet.exact > 100


@pytest.mark.req("LED-08")
def test_contractual_ten_percent_of_taiwan_in_whole_dollars():
    rates = Rates(((D(1995, 6, 28), Decimal(10)),))
    sheet = interest(Decimal(2033), D(2026, 1, 31), [], D(2026, 3, 31), rates, Terms(places=0))
    assert sheet.amount == Decimal(33)  # 2033 x 10 % x 59 / 365 = 32.86


@pytest.mark.req("LED-08")
def test_leap_years_divide_by_365_too():
    rates = Rates(((D(2020, 1, 1), Decimal(7)),))
    assert interest(Decimal(36500), D(2024, 2, 28), [], D(2024, 3, 1), rates).amount == Decimal("14.00")


@pytest.mark.req("LED-08")
def test_grace_forgives_what_arrives_within_it():
    rates = Rates(((D(2020, 1, 1), Decimal("36.5")),))
    due, within = D(2026, 1, 10), [Part(D(2026, 1, 15), Decimal(40))]
    grace = Terms(grace_days=5)
    assert interest(Decimal(100), due, within, D(2026, 1, 15), rates, grace).amount == 0
    # What is still open bears from the day after the due day (10 days on 60.00) ...
    assert interest(Decimal(100), due, within, D(2026, 1, 20), rates, grace).amount == Decimal("0.60")
    # ... or from the end of the grace (5 days on 60.00).
    later = Terms(grace_days=5, from_grace_end=True)
    assert interest(Decimal(100), due, within, D(2026, 1, 20), rates, later).amount == Decimal("0.30")


def test_due_day_counts_where_the_entity_says_so():
    rates = Rates(((D(2020, 1, 1), Decimal("36.5")),))
    assert interest(Decimal(100), D(2026, 1, 10), [], D(2026, 1, 10), rates).amount == 0
    counted = interest(Decimal(100), D(2026, 1, 10), [], D(2026, 1, 10), rates, Terms(due_day_counts=True))
    assert (counted.amount, counted.day_count) == (Decimal("0.10"), 1)


@pytest.mark.req("LED-08")
def test_days_before_the_table_are_refused():
    with pytest.raises(RateUnknown) as found:
        interest(Decimal(100), D(1993, 4, 1), [], D(1993, 6, 1), STATUTORY_RATES)
    assert found.value.first_day == D(1993, 5, 1)
    assert interest(Decimal(100), D(1993, 4, 30), [], D(1993, 5, 1), STATUTORY_RATES).day_count == 1


@pytest.mark.req("LED-08")
@given(
    due=st.dates(D(2015, 1, 1), D(2026, 6, 1)),
    days=st.integers(1, 2000),
    after=st.integers(1, 60),
    amount=st.decimals("0.01", "5000", places=2),
)
def test_adding_a_rate_changes_only_days_after_it(due, days, after, amount):
    as_of = due + dt.timedelta(days=days)
    start = STATUTORY_RATES.steps[-1][0] + dt.timedelta(days=after)
    longer = Rates((*STATUTORY_RATES.steps, (start, Decimal("20"))))
    before = interest(amount, due, [], min(as_of, start - dt.timedelta(days=1)), STATUTORY_RATES)
    now = interest(amount, due, [], as_of, longer)
    assert tuple(one for one in now.spans if one.last_day < start) == before.spans
    later = max((as_of - max(due, start - dt.timedelta(days=1))).days, 0)
    assert now.exact - before.exact == Fraction(amount) * 20 * later / 36500


@given(
    amount=st.decimals("0.01", "5000", places=2),
    shares=st.lists(st.integers(1, 30), max_size=4),
    days=st.lists(st.integers(-20, 400), min_size=4, max_size=4),
)
def test_each_part_bears_to_its_own_day(amount, shares, days):
    """An independent calculation: every covered part for itself from the due date to its value date."""
    due, as_of = D(2025, 1, 10), D(2025, 12, 31)
    parts, left = [], amount
    for share, offset in zip(shares, days, strict=False):
        part = min(left, (amount * share / 100).quantize(Decimal("0.01")))
        if part > 0:
            parts.append(Part(due + dt.timedelta(days=offset), part))
            left -= part
    rates = STATUTORY_RATES
    expected = Fraction(0)
    for part in [*parts, Part(as_of, left)]:
        day = due + dt.timedelta(days=1)
        while day <= min(part.on, as_of):
            expected += Fraction(part.amount) * Fraction(rates.rate_on(day)) / 36500
            day += dt.timedelta(days=1)
    sheet = interest(amount, due, parts, as_of, rates)
    assert sheet.exact == expected
    assert sheet.amount == rounded(expected, 2)
    spans = stretches_of(amount, due, parts, as_of, Terms())
    assert all(before[1] < after[0] for before, after in itertools.pairwise(spans))


def test_contractual_rates_are_limited_to_twice_the_statutory_ones():
    own = Rates(((D(2024, 1, 1), Decimal(24)),))
    limited = own.limited_by(STATUTORY_RATES, Decimal(2))
    assert limited.rate_on(D(2024, 1, 1)) == Decimal("22.50")
    assert limited.rate_on(D(2026, 3, 5)) == Decimal("18.50")
    with pytest.raises(ValueError, match="two units"):
        own.limited_by(DAILY, Decimal(2))


def test_half_a_cent_goes_up():
    assert rounded(Fraction(5, 1000), 2) == Decimal("0.01")
    assert rounded(Fraction(-5, 1000), 2) == Decimal("-0.01")
    assert rounded(Fraction(4999, 1000000), 2) == 0
