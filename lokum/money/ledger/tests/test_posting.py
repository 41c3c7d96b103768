import datetime as dt
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from lokum.core.base.errors import Refusal
from lokum.money.ledger.models import AccountBalance, Allocation, Batch, ChainHead, Entry, Line, OpenItem
from lokum.money.ledger.services import (
    NewEntry,
    NewLine,
    allocate_oldest_first,
    allocate_pairs,
    close_period,
    open_accounts,
    post_batch,
    reverse_batch,
    reverse_entry,
    undo_allocation,
)
from lokum.money.ledger.tests.world import World, make_world

DAY = dt.date(2026, 3, 1)


@pytest.fixture
def world(as_system) -> World:
    return make_world(3, actor=as_system)


def charge(world: World, account: int, amount: str, source_id: int, **over) -> NewEntry:
    value = Decimal(amount)
    return NewEntry(
        kind="charge",
        amount=value,
        lines=[
            NewLine(world.chart["receivable"].pk, debit_amount=value, of_payer=True),
            NewLine(world.chart["income"].pk, credit_amount=value),
        ],
        source_kind="test",
        source_id=source_id,
        account_id=account,
        **over,
    )


def payment(world: World, account: int, amount: str, source_id: int, **over) -> NewEntry:
    value = Decimal(amount)
    return NewEntry(
        kind="payment",
        amount=-value,
        lines=[
            NewLine(world.chart["bank"].pk, debit_amount=value),
            NewLine(world.chart["receivable"].pk, credit_amount=value, of_payer=True),
        ],
        source_kind="test",
        source_id=source_id,
        account_id=account,
        **over,
    )


def balance(account: int) -> Decimal:
    return AccountBalance.objects.get(pk=account).amount


def test_a_batch_keeps_balances_items_and_chain(world, as_system):
    first = post_batch(
        world.entity.pk,
        "test",
        "one",
        DAY,
        [charge(world, world.accounts[0], "240.00", 1), charge(world, world.accounts[1], "10.50", 2)],
        actor=as_system,
    )
    second = post_batch(
        world.entity.pk, "test", "two", DAY, [payment(world, world.accounts[0], "150", 3)], actor=as_system
    )
    assert (first.chain_number, first.entry_count, first.line_count, first.turnover_amount) == (
        1,
        2,
        4,
        Decimal("250.50"),
    )
    assert second.previous_hash == first.hash and len(first.hash) == 64
    assert ChainHead.objects.get(pk=world.entity.pk).last_hash == second.hash
    assert balance(world.accounts[0]) == Decimal("90.00")
    assert balance(world.accounts[1]) == Decimal("10.50")
    assert {(one.side, one.open_amount) for one in OpenItem.objects.filter(account_id=world.accounts[0])} == {
        ("debit", Decimal("240.00")),
        ("credit", Decimal("150.00")),
    }


@pytest.mark.req("LED-01")
@pytest.mark.parametrize(
    "table",
    ["ledger_entry", "ledger_line", "ledger_batch", "ledger_allocation", "ledger_chainhead", "ledger_batchturnover"],
)
@pytest.mark.parametrize("verb", ["UPDATE {} SET entity_id = entity_id", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_application_cannot_change_posted_rows(world, as_system, table, verb):
    post_batch(world.entity.pk, "test", "one", DAY, [charge(world, world.accounts[0], "1", 1)], actor=as_system)
    if "allocation" in table:
        verb = verb.replace("entity_id", "amount")
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(verb.format(table))


def refused(code: str):
    return pytest.raises(Refusal, check=lambda refusal: refusal.code == code)


def test_unbalanced_orphan_and_foreign_rows_are_refused(world, as_system):
    other = make_world(1, actor=as_system, tag="W2")
    good = charge(world, world.accounts[0], "5", 1)

    def post(entry, source="x", entity=world.entity.pk):
        return post_batch(entity, "test", source, DAY, [entry], actor=as_system)

    def changed(**over):
        return NewEntry(**{**vars(good), **over})

    lines = list(good.lines)
    with refused("ledger.unbalanced"):
        post(changed(lines=[lines[0], NewLine(world.chart["income"].pk, credit_amount=Decimal(4))]))
    with refused("ledger.unbalanced"):
        post(changed(lines=[]))
    with refused("ledger.unbalanced"):
        post(changed(amount=Decimal(6)))
    with refused("ledger.foreign_reference"):
        post(changed(account_id=other.accounts[0]))
    with refused("ledger.foreign_reference"):
        post(changed(lines=[lines[0], NewLine(other.chart["income"].pk, credit_amount=Decimal(5))]))
    with refused("ledger.foreign_reference"):  # a payer's line belongs to the receivables
        post(changed(lines=[NewLine(world.chart["bank"].pk, Decimal(5), of_payer=True), lines[1]]))
    with refused("ledger.empty"):
        post_batch(world.entity.pk, "test", "x", DAY, [], actor=as_system)
    assert not Entry.objects.exists() and not Line.objects.exists() and not Batch.objects.exists()


@pytest.mark.req("PLT-02")
def test_a_posting_cannot_mix_two_entities(world, as_system):
    other = make_world(1, actor=as_system, tag="W2")
    with refused("ledger.foreign_reference"):
        post_batch(
            world.entity.pk,
            "test",
            "mixed",
            DAY,
            [charge(world, world.accounts[0], "5", 1), charge(other, other.accounts[0], "5", 2)],
            actor=as_system,
        )
    assert not Batch.objects.exists() and not Line.objects.exists()


def test_the_same_source_is_posted_once(world, as_system):
    entry = charge(world, world.accounts[0], "5", 1)
    post_batch(world.entity.pk, "test", "once", DAY, [entry], actor=as_system)
    with refused("ledger.posted_already"):
        post_batch(world.entity.pk, "test", "once", DAY, [charge(world, world.accounts[0], "5", 2)], actor=as_system)
    with refused("ledger.posted_already"):
        post_batch(world.entity.pk, "test", "twice", DAY, [entry], actor=as_system)
    assert balance(world.accounts[0]) == 5


@pytest.mark.req("LED-17")
def test_a_closed_period_takes_nothing(world, as_system):
    close_period(world.entity.pk, DAY, actor=as_system)
    with refused("ledger.period_closed"):
        post_batch(world.entity.pk, "test", "late", DAY, [charge(world, world.accounts[0], "5", 1)], actor=as_system)
    late = charge(world, world.accounts[0], "5", 1, booked_on=dt.date(2026, 4, 1), effective_on=DAY)
    post_batch(world.entity.pk, "test", "late", dt.date(2026, 4, 1), [late], actor=as_system)


def test_an_unsealed_batch_and_a_forged_seal_do_not_commit(world, as_system):
    with pytest.raises(DatabaseError, match="never sealed"), transaction.atomic():
        Batch.objects.create(
            entity=world.entity,
            kind="t",
            source="s",
            booked_on=DAY,
            posted_at="2026-03-01T00:00Z",
            hash="f" * 64,
            chain_number=9,
        )
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    batch = post_batch(world.entity.pk, "test", "a", DAY, [charge(world, world.accounts[0], "5", 1)], actor=as_system)
    with pytest.raises(DatabaseError, match="open batch"), transaction.atomic():
        Entry.objects.create(
            batch=batch,
            entity=world.entity,
            kind="charge",
            amount=0,
            booked_on=DAY,
            effective_on=DAY,
            source_kind="t",
            source_id=7,
        )


def test_oldest_debt_is_covered_first_and_can_be_undone(world, as_system):
    account = world.accounts[0]
    post_batch(
        world.entity.pk,
        "test",
        "charges",
        DAY,
        [
            charge(world, account, "300", 1, due_on=dt.date(2026, 5, 11)),
            charge(world, account, "300", 2, due_on=dt.date(2026, 4, 10)),
        ],
        actor=as_system,
    )
    post_batch(world.entity.pk, "test", "pay", DAY, [payment(world, account, "350", 3)], actor=as_system)
    assert allocate_oldest_first(world.entity.pk, actor=as_system) == (2, Decimal("350.00"))
    assert allocate_oldest_first(world.entity.pk, actor=as_system) == (0, 0)
    rows = Allocation.objects.order_by("debit__due_on")
    assert [(one.debit.due_on.month, one.amount) for one in rows] == [(4, 300), (5, 50)]
    undo_allocation(rows[0].pk, "wrong debt", actor=as_system)
    with refused("ledger.undone_already"):
        undo_allocation(rows[0].pk, "again", actor=as_system)
    assert OpenItem.objects.get(entry__source_id=2).open_amount == 300
    assert OpenItem.objects.get(entry__source_id=3).open_amount == 300
    pair = (rows[0].credit_id, rows[0].debit_id, Decimal("300.01"))
    with refused("ledger.not_open"):
        allocate_pairs([pair], rule="named", actor=as_system)
    allocate_pairs([(*pair[:2], Decimal("300"))], rule="named", actor=as_system)
    assert OpenItem.objects.get(entry__source_id=2).open_amount == 0


def test_a_reversal_frees_what_was_matched_and_happens_once(world, as_system):
    account = world.accounts[0]
    batch = post_batch(world.entity.pk, "test", "c", DAY, [charge(world, account, "300", 1)], actor=as_system)
    post_batch(world.entity.pk, "test", "p", DAY, [payment(world, account, "100", 2)], actor=as_system)
    allocate_oldest_first(world.entity.pk, actor=as_system)
    entry = batch.entries.get()
    reverse_entry(entry.pk, "wrong person", actor=as_system)
    assert balance(account) == -100
    assert OpenItem.objects.get(entry__source_kind="test", entry__source_id=2).open_amount == 100
    assert OpenItem.objects.get(entry=entry).open_amount == 0
    with refused("ledger.reversed_already"):
        reverse_entry(entry.pk, "again", actor=as_system)
    with refused("ledger.reversed_already"):
        reverse_batch(batch.pk, "again", actor=as_system)


def test_accounts_are_opened_once(world, as_system):
    assert open_accounts(world.agreements, actor=as_system) == []
    assert len(world.accounts) == len(world.agreements) == 3
