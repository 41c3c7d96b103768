"""Days off, due dates and interest rates of the Polish pack."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import holidays as public_holidays
import pytest

from lokum.packs.pl import interest_rates
from lokum.packs.pl.holidays import days_off, is_day_off, move_past_days_off
from lokum.packs.pl.interest_rates import Rate, RateTable, RateUnknown, load_table

pytestmark = pytest.mark.req("PLT-05")


def test_lists_of_days_off(shared_data: Path) -> None:
    lists = json.loads((shared_data / "poland" / "interest" / "public_holidays_pl.json").read_text())
    for year, days in lists.items():
        assert [day.isoformat() for day in days_off(int(year))] == days


def test_days_off_agree_with_an_independent_list() -> None:
    for year in range(1991, 2041):
        theirs = public_holidays.country_holidays("PL", years=year, language="pl")
        assert set(days_off(year)) == set(theirs), year


@pytest.mark.parametrize(
    ("ends", "moved"),
    [
        ("2026-10-10", "2026-10-12"),
        ("2026-04-04", "2026-04-07"),
        ("2025-08-10", "2025-08-11"),
        ("2025-12-24", "2025-12-29"),
        ("2024-12-24", "2024-12-24"),
        ("2016-10-08", "2016-10-08"),
        ("2026-10-09", "2026-10-09"),
    ],
)
def test_end_of_a_term(ends: str, moved: str) -> None:
    assert move_past_days_off(date.fromisoformat(ends)).isoformat() == moved


def test_saturday_is_no_day_off() -> None:
    assert not is_day_off(date(2026, 10, 10))
    assert is_day_off(date(2026, 10, 11))
    with pytest.raises(ValueError, match="1990"):
        days_off(1980)


@pytest.mark.parametrize("name", ["late_statutory_art481.csv", "late_commercial.csv"])
def test_tables_are_those_that_were_collected(shared_data: Path, name: str) -> None:
    own = Path(interest_rates.__file__).parent / "data" / name
    with (
        own.open(newline="") as ours,
        (shared_data / "poland" / "interest" / name).open(newline="") as theirs,
    ):
        assert list(csv.reader(ours)) == list(csv.reader(theirs))


def test_rate_of_a_day() -> None:
    table = load_table(interest_rates.STATUTORY)
    assert table.rate_on(date(1993, 5, 1)).annual_percent == 54
    assert table.rate_on(date(2025, 9, 3)).annual_percent == Decimal("10.5")
    assert table.rate_on(date(2025, 9, 4)).annual_percent == Decimal("10.25")
    assert table.rate_on(date(2030, 1, 1)).annual_percent == Decimal("9.25")
    assert load_table(interest_rates.COMMERCIAL).rate_on(date(2026, 7, 1)).annual_percent == Decimal("13.75")
    healthcare = load_table(interest_rates.COMMERCIAL_HEALTHCARE)
    assert healthcare.rate_on(date(2026, 7, 1)).annual_percent == Decimal("11.75")


def test_day_before_the_first_known_rate_is_refused() -> None:
    with pytest.raises(RateUnknown) as caught:
        load_table(interest_rates.STATUTORY).rate_on(date(1993, 4, 30))
    assert caught.value.first_day == date(1993, 5, 1)
    assert "1993-05-01" in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "amount", "due", "paid", "days", "interest"),
    [
        (interest_rates.STATUTORY, "640.00", "2025-08-10", "2025-09-19", [23, 16], "7.11"),
        (interest_rates.COMMERCIAL, "2400.00", "2026-06-15", "2026-07-31", [15, 31], "41.84"),
    ],
)
def test_stretches_give_the_published_examples(
    kind: str, amount: str, due: str, paid: str, days: list[int], interest: str
) -> None:
    first_day = move_past_days_off(date.fromisoformat(due)) + timedelta(days=1)
    stretches = load_table(kind).stretches(first_day, date.fromisoformat(paid))
    assert [stretch.day_count for stretch in stretches] == days
    exact = sum(Decimal(amount) * item.annual_percent * item.day_count / 36500 for item in stretches)
    assert f"{exact:.2f}" == interest


def test_newer_rate_changes_nothing_before_its_day() -> None:
    table = load_table(interest_rates.STATUTORY)
    newer = table.with_rates([Rate(date(2027, 1, 1), Decimal(9)), Rate(date(2016, 1, 1), Decimal(99))])
    assert newer.rate_on(date(2027, 1, 1)).annual_percent == 9
    assert newer.rate_on(date(2026, 12, 31)) == table.rate_on(date(2026, 12, 31))
    assert newer.rate_on(date(2016, 1, 1)).annual_percent == 7
    assert table.stretches(date(2026, 1, 2), date(2026, 1, 1)) == ()
    with pytest.raises(ValueError, match="order"):
        RateTable(())
