"""Sub-accounts: own balances and sheets; transfers move only what is missing (poland.md 2.3)."""

import datetime as dt
from decimal import Decimal

import pytest

from lokum.money.ledger.models import Entry, SubAccount
from lokum.money.ledger.proof import prove
from lokum.money.ledger.queries import balance, sheet, sub_accounts_of_account, sub_balances
from lokum.money.ledger.services import (
    allocate_oldest_first,
    allocate_pairs,
    correct_entry,
    post_batch,
    reverse_entry,
    transfer_between_sub_accounts,
)
from lokum.money.ledger.tests.test_posting import charge, payment, refused
from lokum.money.ledger.tests.world import World, make_world

DAY = dt.date(2026, 3, 1)
CLEAN = ("I1", "I2", "I4", "I5", "I9", "I13", "T1")


@pytest.fixture
def world(as_system) -> World:
    world = make_world(2, actor=as_system)
    SubAccount.objects.create(entity=world.entity, code="A", name="Eksploatacja", kind="main", position=1)
    SubAccount.objects.create(entity=world.entity, code="B", name="Fundusz remontowy", kind="repair_fund", position=2)
    return world


def fund(world: World) -> int:
    return SubAccount.objects.get(entity=world.entity, kind="repair_fund").pk


def post(world: World, actor, *entries, day=DAY):
    return post_batch(world.entity.pk, "t", f"s{entries[0].source_id}", day, entries, actor=actor)


def totals(world: World, account: int, day: dt.date) -> tuple[Decimal, Decimal]:
    found = sub_balances([account], day)[account]
    for one in found.values():
        assert one.total == one.due + one.not_yet_due - one.credit
    assert sum(one.total for one in found.values()) == balance(account, day).total
    return tuple(found[key].total if key in found else Decimal(0) for key in (0, fund(world)))


def books_are_right() -> None:
    assert {one.code: one.findings for one in prove(CLEAN) if one.count} == {}


@pytest.mark.req("LED-07", "LED-04")
def test_transfers_move_what_is_missing_on_the_due_day_and_nothing_twice(world, as_system):
    """Running costs 60 due on the 10th, fund 40 due on the 15th; 120 paid to the main account on the 5th."""
    account, due = world.accounts[0], dt.date(2026, 3, 15)
    post(
        world,
        as_system,
        charge(world, account, "60", 1, due_on=dt.date(2026, 3, 10)),
        charge(world, account, "40", 2, due_on=due, sub_account_id=fund(world)),
    )
    paid = dt.date(2026, 3, 5)
    post(world, as_system, payment(world, account, "120", 3), day=paid)
    allocate_oldest_first(world.entity.pk, actor=as_system)
    assert transfer_between_sub_accounts(world.entity.pk, dt.date(2026, 3, 14), actor=as_system) == (0, 0)
    assert totals(world, account, dt.date(2026, 3, 14)) == (-60, 40)
    assert transfer_between_sub_accounts(world.entity.pk, due, actor=as_system) == (1, Decimal("40.00"))
    assert totals(world, account, due) == (-20, 0)
    for day in (due, dt.date(2026, 6, 1)):
        assert transfer_between_sub_accounts(world.entity.pk, day, actor=as_system) == (0, 0)
    credited = Entry.objects.get(source_id=2, source_kind="test").allocations_received.get(undone_at=None)
    assert (credited.credit.kind, credited.value_on) == ("transfer", paid), "the value date of the payment is kept"
    shown = sheet(account, sub_account=fund(world), newest_first=False).rows
    assert [(one.charge, one.correction, one.balance) for one in shown] == [(40, None, 40), (None, -40, 0)]
    assert [one.balance for one in sheet(account, sub_account=0, newest_first=False).rows] == [60, -60, -20]
    page = sheet(account, due, due, sub_account=0)
    assert (page.opening, page.closing) == (-60, -20)
    assert [one.label for one in sub_accounts_of_account(account, world.entity.pk, due)] == [
        "Eksploatacja",
        "Fundusz remontowy",
    ]
    books_are_right()


@pytest.mark.req("LED-07")
def test_a_transfer_never_makes_its_source_a_debt(world, as_system):
    """The fund's debt is older, so it is covered first; but the main account owes 80 itself of the 100 it received."""
    account = world.accounts[0]
    post(
        world,
        as_system,
        charge(world, account, "80", 1, due_on=dt.date(2026, 3, 10)),
        charge(world, account, "70", 2, due_on=dt.date(2026, 3, 5), sub_account_id=fund(world)),
        payment(world, account, "100", 3),
    )
    allocate_oldest_first(world.entity.pk, actor=as_system)
    assert transfer_between_sub_accounts(world.entity.pk, dt.date(2026, 3, 31), actor=as_system) == (
        1,
        Decimal("20.00"),
    )
    assert totals(world, account, dt.date(2026, 3, 31)) == (0, 50)
    assert transfer_between_sub_accounts(world.entity.pk, dt.date(2026, 3, 31), actor=as_system) == (0, 0)
    post(world, as_system, payment(world, account, "30", 4), day=dt.date(2026, 4, 1))
    allocate_oldest_first(world.entity.pk, actor=as_system)
    assert transfer_between_sub_accounts(world.entity.pk, dt.date(2026, 4, 1), actor=as_system)[1] == 30
    assert totals(world, account, dt.date(2026, 4, 1)) == (0, 20)
    books_are_right()


@pytest.mark.req("LED-07")
def test_money_that_arrives_lets_a_sub_account_pass_its_own_on(world, as_system):
    """The main account covers the fund's 40, the fund's money covers 40 of court costs: one call moves both."""
    account, day = world.accounts[0], dt.date(2026, 3, 31)
    court = SubAccount.objects.create(entity=world.entity, code="C", name="Sąd", kind="court_costs", position=3).pk
    post(
        world,
        as_system,
        charge(world, account, "40", 1, due_on=dt.date(2026, 3, 5), sub_account_id=fund(world)),
        charge(world, account, "40", 2, due_on=dt.date(2026, 3, 10), sub_account_id=court),
    )
    credits = [
        post(world, as_system, payment(world, account, "40", 3), day=dt.date(2026, 3, 1)),
        post(world, as_system, payment(world, account, "40", 4, sub_account_id=fund(world)), day=dt.date(2026, 3, 2)),
    ]
    debts = Entry.objects.filter(account_id=account, kind="charge").order_by("due_on").values_list("pk", flat=True)
    pairs = [(batch.entries.get().pk, debt, Decimal(40)) for batch, debt in zip(credits, debts, strict=True)]
    allocate_pairs(pairs, rule="by_hand", actor=as_system)
    assert transfer_between_sub_accounts(world.entity.pk, day, actor=as_system) == (2, Decimal("80.00"))
    assert {one.total for one in sub_balances([account], day)[account].values()} == {Decimal(0)}
    assert transfer_between_sub_accounts(world.entity.pk, day, actor=as_system) == (0, 0)
    books_are_right()


@pytest.mark.req("LED-07", "LED-05")
def test_corrections_and_reversals_stay_in_their_sub_account(world, as_system):
    account = world.accounts[0]
    batch = post(world, as_system, charge(world, account, "70", 2, sub_account_id=fund(world)))
    entry = batch.entries.get()
    made = correct_entry(entry.pk, change_amount=Decimal("-20"), reason="area", actor=as_system)
    assert made.sub_account_id == fund(world) and totals(world, account, dt.date(2027, 1, 1)) == (0, 50)
    post(world, as_system, payment(world, account, "50", 3))
    allocate_oldest_first(world.entity.pk, actor=as_system)
    transfer_between_sub_accounts(world.entity.pk, actor=as_system)
    out = Entry.objects.get(source_kind="transfer")
    reverse_entry(out.pk, "wrong", actor=as_system)
    assert totals(world, account, dt.date(2027, 1, 1)) == (-50, 50), "both legs are taken back together"
    reverse_entry(entry.pk, "mistake", actor=as_system)
    assert totals(world, account, dt.date(2027, 1, 1)) == (-50, 0)
    books_are_right()


@pytest.mark.req("LED-07")
def test_the_database_keeps_sub_accounts_in_their_entity(world, as_system):
    other = make_world(1, actor=as_system, tag="W2")
    main = SubAccount.objects.get(entity=world.entity, kind="main")
    foreign = SubAccount.objects.create(entity=other.entity, code="B", name="x", kind="repair_fund")
    for wrong in (main.pk, foreign.pk):
        with refused("ledger.foreign_reference"):
            post(world, as_system, charge(world, world.accounts[0], "70", 2, sub_account_id=wrong))
    before = post(world, as_system, charge(world, world.accounts[0], "1", 8))
    after = post(world, as_system, charge(world, world.accounts[0], "1", 9, sub_account_id=fund(world)))
    assert before.hash != after.hash
    books_are_right()
