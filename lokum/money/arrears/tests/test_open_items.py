"""Open items of past days, with entries booked out of turn."""

import datetime as dt
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from lokum.money.arrears.queries import open_items_sql, open_pieces_sql, pivot_of
from lokum.money.arrears.queries.items import NO_PIVOT
from lokum.money.ledger.factories import make_account, make_entry
from lokum.money.ledger.queries import balances
from lokum.money.ledger.services import allocate_oldest_first

pytestmark = pytest.mark.usefixtures("as_system")
# In the order of posting: a charge of a month ahead, payments before and after, one booked back.
BOOKED = ((3, 1, 70), (1, 2, 300), (2, 10, -120), (1, 15, -50), (2, 1, 40), (1, 20, -90))


def _items(on: dt.date, pivot: int, known: dt.datetime | None = None) -> list[tuple[Any, ...]]:
    text = (
        f"WITH {open_items_sql(known=known is not None)} "
        "SELECT account_id, entry_id, CASE side WHEN 'debit' THEN open_amount ELSE -open_amount END FROM item"
    )
    with connection.cursor() as cursor:
        cursor.execute(text, {"on": on, "pivot": pivot, "known": known})
        return sorted(cursor.fetchall())


def _added_up(on: dt.date, pivot: int, source: str) -> dict[tuple[Any, ...], D]:
    text = (
        f"WITH {source} SELECT account_id, entry_id, side, due_on, sum(open_amount), min(open_amount) FROM item "
        "GROUP BY account_id, entry_id, side, due_on"
    )
    with connection.cursor() as cursor:
        cursor.execute(text, {"on": on, "pivot": pivot})
        rows = cursor.fetchall()
    assert all(row[-1] > 0 for row in rows)
    return {row[:4]: row[4] for row in rows}


@pytest.mark.req("LED-11", "LED-04")
def test_the_pivot_never_changes_open_items(as_system: Any) -> None:
    account = make_account()
    entries = [
        make_entry(account=account, amount=D(amount), booked_on=dt.date(2026, month, day))
        for month, day, amount in BOOKED[:4]
    ]
    allocate_oldest_first(account.entity_id, [account.pk], actor=as_system)
    moment = timezone.now()
    entries += [
        make_entry(account=account, amount=D(amount), booked_on=dt.date(2026, month, day))
        for month, day, amount in BOOKED[4:]
    ]
    allocate_oldest_first(account.entity_id, [account.pk], actor=as_system)
    pivots = [0, *(entry.pk for entry in entries), NO_PIVOT]
    for month, day, _amount in BOOKED:
        on = dt.date(2026, month, day)
        expected = _items(on, pivot_of(on))
        assert sum(row[2] for row in expected if row[0] == account.pk) == balances([account.pk], on)[account.pk].total
        known = _items(on, pivot_of(on), moment)
        booked = sum(a for m, d, a in BOOKED[:4] if dt.date(2026, m, d) <= on)
        assert sum(row[2] for row in known if row[0] == account.pk) == booked
        for pivot in pivots:
            assert _items(on, pivot) == expected
            assert _items(on, pivot, moment) == known
            pieces = _added_up(on, pivot, open_pieces_sql())
            assert pieces == _added_up(on, pivot, open_items_sql(known=False))


@pytest.mark.req("LED-11")
def test_the_pivot_lies_between_the_days() -> None:
    first, second = (make_entry(amount=D(10), booked_on=dt.date(2026, month, 5)) for month in (1, 2))
    assert first.pk < pivot_of(dt.date(2026, 1, 31)) <= second.pk < pivot_of(dt.date(2026, 2, 28))


@pytest.mark.req("LED-11")
def test_the_pivot_passes_numbers_left_unused() -> None:
    """A mass posting that was taken back leaves a gap wider than a reader of few rows would look across."""
    first = make_entry(amount=D(10), booked_on=dt.date(2026, 1, 5))
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(nextval('ledger_entry_id_seq')) FROM generate_series(1, 100000)")
    second = make_entry(amount=D(10), booked_on=dt.date(2026, 1, 6))
    third = make_entry(amount=D(10), booked_on=dt.date(2026, 2, 5))
    assert second.pk > first.pk + 100_000
    assert second.pk < pivot_of(dt.date(2026, 1, 31)) <= third.pk
