import datetime as dt
from decimal import Decimal

import pytest

from lokum.money.ledger.models import Entry
from lokum.money.ledger.queries import Cursor, balance, sheet, sheet_rows, trial_balance
from lokum.money.ledger.services import allocate_oldest_first, post_batch, reverse_entry
from lokum.money.ledger.tests.test_posting import charge, payment
from lokum.money.ledger.tests.world import World, make_world


@pytest.fixture
def world(as_system) -> World:
    """240.00 a month from January to June, 200.00 paid on the 20th; May's charge reversed on 25 May."""
    world = make_world(1, actor=as_system)
    account = world.accounts[0]
    for month in range(1, 7):
        first = dt.date(2026, month, 1)
        entries = [charge(world, account, "240", month, due_on=first.replace(day=15), document_number=f"N{month}")]
        post_batch(world.entity.pk, "t", f"c{month}", first, entries, actor=as_system)
        paid = payment(world, account, "200", 100 + month)
        post_batch(world.entity.pk, "t", f"p{month}", first.replace(day=20), [paid], actor=as_system)
    may = Entry.objects.get(document_number="N5")
    reverse_entry(may.pk, "empty flat", actor=as_system, booked_on=dt.date(2026, 5, 25))
    allocate_oldest_first(world.entity.pk, actor=as_system)
    return world


@pytest.mark.req("LED-02")
def test_five_columns_in_both_directions_and_pages(world):
    account = world.accounts[0]
    newest = sheet(account).rows
    oldest = sheet(account, newest_first=False).rows
    assert newest == oldest[::-1] and len(oldest) == 13
    assert [one.balance for one in oldest[:4]] == [240, 40, 280, 80]
    assert oldest[-1].balance == newest[0].balance == 0
    assert [(one.charge, one.correction, one.payment) for one in oldest[8:11]] == [
        (240, None, None),
        (None, None, 200),
        (None, -240, None),
    ]
    for forwards in (False, True):
        paged, page = [], sheet(account, newest_first=not forwards, size=4)
        while True:
            paged += page.rows
            if page.next is None:
                break
            cursor = Cursor.parse(str(page.next))
            page = sheet(account, newest_first=not forwards, cursor=cursor, size=4)
        assert paged == (oldest if forwards else newest)
    assert Cursor.parse("2026-01-01_x_5") is None


def test_ranges_keep_the_balance_of_the_whole_account(world):
    account, march, april = world.accounts[0], dt.date(2026, 3, 1), dt.date(2026, 4, 30)
    page = sheet(account, march, april, newest_first=False)
    assert (page.opening, page.closing) == (80, 160) and len(page.rows) == 4
    assert page.rows[-1].balance == 160
    assert sheet(account, march, april).rows == page.rows[::-1]
    assert list(sheet_rows(account, march, april)) == page.rows
    assert sheet(account, dt.date(2027, 1, 1)).rows == []


@pytest.mark.req("LED-04")
def test_a_balance_splits_into_due_and_not_yet_due(world):
    account = world.accounts[0]
    early = balance(account, dt.date(2026, 1, 10))
    assert (early.total, early.due, early.not_yet_due, early.overdue, early.credit) == (240, 0, 240, 0, 0)
    on_the_day = balance(account, dt.date(2026, 1, 15))
    assert (on_the_day.due, on_the_day.overdue) == (240, 0)
    assert balance(account, dt.date(2026, 1, 16)).overdue == 240
    now = balance(account, dt.date(2026, 12, 31))
    assert now.total == 0 and now.due + now.not_yet_due - now.credit == now.total
    for month in range(1, 12):
        one = balance(account, dt.date(2026, month, 17))
        assert (
            one.total == one.due + one.not_yet_due - one.credit == sheet(account, end=dt.date(2026, month, 17)).closing
        )


def test_published_example_of_three_ways_of_showing_a_balance(as_system):
    """poland.md 2.2: charge 240 booked 1 March, due 15 March; payment 150 on 5 March."""
    world = make_world(1, actor=as_system)
    account = world.accounts[0]
    due = charge(world, account, "240", 1, due_on=dt.date(2026, 3, 15))
    post_batch(world.entity.pk, "t", "c", dt.date(2026, 3, 1), [due], actor=as_system)
    post_batch(world.entity.pk, "t", "p", dt.date(2026, 3, 5), [payment(world, account, "150", 2)], actor=as_system)
    before = balance(account, dt.date(2026, 3, 10))
    assert (before.not_yet_due, before.credit, before.total) == (240, 150, 90)
    allocate_oldest_first(world.entity.pk, actor=as_system)
    after = balance(account, dt.date(2026, 3, 15))
    assert (after.due, after.credit, after.total) == (90, 0, 90)


@pytest.mark.req("LED-01", "PLT-02")
def test_the_trial_balance_is_zero_on_any_day_and_sums_over_entities(world, as_system):
    other = make_world(1, actor=as_system, tag="W2")
    entry = charge(other, other.accounts[0], "33.33", 900)
    post_batch(other.entity.pk, "t", "c", dt.date(2026, 2, 3), [entry], actor=as_system)
    both = [world.entity.pk, other.entity.pk]
    for day in (dt.date(2026, 1, 31), dt.date(2026, 5, 24), dt.date(2026, 12, 31)):
        group = trial_balance(both, dt.date(2026, 1, 1), day)
        assert sum(one.closing for one in group) == 0
        parts = [line for pk in both for line in trial_balance([pk], dt.date(2026, 1, 1), day)]
        assert sorted((one.ledger_account_id, one.closing) for one in group) == sorted(
            (one.ledger_account_id, one.closing) for one in parts
        )
    receivable = next(one for one in group if one.ledger_account_id == other.chart["receivable"].pk)
    assert (receivable.debit, receivable.credit, receivable.closing) == (Decimal("33.33"), 0, Decimal("33.33"))
