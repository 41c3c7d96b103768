"""Opening items: a sheet taken over item by item, all or nothing, checked before, taken back whole."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from lokum.money.interest.factories import make_interest_policy
from lokum.money.interest.queries import accrued_of
from lokum.money.ledger.actions import import_opening
from lokum.money.ledger.models import Account, Batch, Entry, OpenItem
from lokum.money.ledger.proof import prove
from lokum.money.ledger.queries import balance, sheet
from lokum.money.ledger.services import reverse_entry, undo_opening_items
from lokum.money.ledger.tests.test_posting import refused
from lokum.money.ledger.tests.world import World, make_world

DAY = dt.date(2026, 6, 1)
HEAD = "account number;document;document date;due on;amount;debit or credit\n"


@pytest.fixture
def world(as_system) -> World:
    return make_world(2, actor=as_system)


def take(world: World, text: str, actor, *, only_check: bool = False) -> str:
    file = SimpleUploadedFile("opening.csv", text.encode())
    return import_opening(entity=world.entity, file=file, booked_on=DAY, actor=actor, only_check=only_check)


def rows_of(world: World) -> tuple[str, str, str]:
    one, two = Account.objects.filter(pk__in=world.accounts).order_by("pk").values_list("code", flat=True)
    text = f"{one};FV/1;2026-03-01;2026-04-10;300,00;debit\n{one};FV/2;2026-04-01;2026-05-10;300;Wn\n"
    return one, two, HEAD + text + f"{two};KP/7;05.05.2026;2026-05-05;12.50;credit\n"


@pytest.mark.req("LED-19")
def test_items_keep_their_due_dates_so_ageing_and_interest_work(world, as_system):
    make_interest_policy(entity=world.entity)
    _one, _two, text = rows_of(world)
    said = take(world, text, as_system, only_check=True)
    assert "600" in said and "12.50" in said and not Entry.objects.exists()
    take(world, text, as_system)
    first, second = world.accounts
    items = OpenItem.objects.filter(account_id=first).order_by("due_on")
    assert [(one.due_on, one.open_amount) for one in items] == [
        (dt.date(2026, 4, 10), Decimal(300)),
        (dt.date(2026, 5, 10), Decimal(300)),
    ]
    assert balance(first, dt.date(2026, 6, 1)).overdue == 600 and balance(second, DAY).credit == Decimal("12.50")
    # The same debts as charges give 9.96 by 30 June (interest/tests/test_notes.py).
    accrued = accrued_of([Account.objects.get(pk=first)], dt.date(2026, 6, 30))
    assert accrued[first].amount == Decimal("9.96")
    assert [row.charge for row in sheet(first).rows] == [Decimal(300), Decimal(300)]
    assert {one.code: one.findings for one in prove() if one.count} == {}


@pytest.mark.req("LED-19", "PLT-24")
def test_a_wrong_row_stops_all_and_is_named(world, as_system):
    one, _two, text = rows_of(world)
    wrong = f"{one};FV/1;2026-03-01;2026-04-10;5;debit\nX-9;A;2026-03-01;2026-04-10;5;debit\n"
    wrong += f"{one};B;2026-03-01;soon;5;debit\n{one};C;2026-03-01;2026-04-10;5.001;debit\n"
    wrong += f"{one};D;2026-03-01;2026-04-10;5;both\n{one};E;2026-06-02;2026-06-10;5;debit\n"
    with refused("opening.rows") as found:
        take(world, text + wrong, as_system)
    assert [fault["row"] for fault in found.value.details["rows"]] == [5, 6, 7, 8, 9, 10]
    assert "X-9" in str(found.value) and not Entry.objects.exists()
    with refused("opening.columns"):
        take(world, "account number;amount\nA;1\n", as_system)


@pytest.mark.req("LED-19")
def test_a_takeover_is_not_repeated_and_is_taken_back_whole(world, as_system):
    _one, _two, text = rows_of(world)
    take(world, text, as_system)
    with refused("opening.rows") as found:
        take(world, text, as_system)
    assert [fault["row"] for fault in found.value.details["rows"]] == [2, 3, 4]
    undo_opening_items(Batch.objects.get(kind="opening").pk, "wrong file", actor=as_system)
    assert not OpenItem.objects.filter(open_amount__gt=0).exists() and balance(world.accounts[0], DAY).total == 0
    with refused("ledger.reversed_already"):
        reverse_entry(Entry.objects.filter(kind="opening")[0].pk, "again", actor=as_system)
    take(world, text, as_system)
    assert balance(world.accounts[0], DAY).total == 600
    assert {one.code: one.findings for one in prove() if one.count} == {}
