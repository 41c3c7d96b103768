"""Money used by the entity's rule and the payer's designation: the pure order, one by one and in the mass."""

import datetime as dt
import itertools
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lokum.core.base.errors import Refusal
from lokum.money.ledger.covering import Due, Order, cover
from lokum.money.ledger.factories import make_account, make_entry
from lokum.money.ledger.models import Allocation, AllocationRule, OpenItem
from lokum.money.ledger.services import allocate_by_rule, undo_allocation
from lokum.money.ledger.tests.world import make_world

D = dt.date
_tags = itertools.count(1)


def charge(account, amount, due_on, number=""):
    return make_entry(account=account, amount=Decimal(amount), booked_on=due_on.replace(day=1), due_on=due_on,
                      document_number=number)  # fmt: skip


def payment(account, amount, on, title=""):
    return make_entry(account=account, amount=-Decimal(amount), booked_on=on, effective_on=on, due_on=on,
                      description=title)  # fmt: skip


def used(account) -> list[tuple[int, int, Decimal, str]]:
    rows = Allocation.objects.filter(account=account, undone_at=None).order_by("credit_id", "debit_id")
    return list(rows.values_list("credit_id", "debit_id", "amount", "rule"))


@pytest.mark.req("LED-06")
def test_the_debt_due_longest_comes_first(as_system):
    account = make_account()
    late, early = charge(account, 300, D(2026, 5, 10)), charge(account, 300, D(2026, 4, 10))
    money = payment(account, 400, D(2026, 6, 30))
    assert allocate_by_rule(account.entity_id, actor=as_system) == (2, Decimal(400))
    assert used(account) == [(money.pk, late.pk, Decimal(100), "legal"), (money.pk, early.pk, Decimal(300), "legal")]
    assert allocate_by_rule(account.entity_id, actor=as_system) == (0, 0)


@pytest.mark.req("LED-06")
@pytest.mark.parametrize(
    "title",
    ["Czynsz N/2026/05/00002", "n/2026/05/00002", "ZAPLATA N/2026 /05/00 002 DZIEKUJE", "(N/2026/05/00002)"],
)
def test_a_document_number_in_the_title_names_the_debt(as_system, title):
    account = make_account()
    april = charge(account, 300, D(2026, 4, 10), "N/2026/04/00001")
    may = charge(account, 300, D(2026, 5, 10), "N/2026/05/00002")
    money = payment(account, 350, D(2026, 6, 30), title)
    allocate_by_rule(account.entity_id, actor=as_system)
    assert used(account) == [
        (money.pk, april.pk, Decimal(50), "legal"),
        (money.pk, may.pk, Decimal(300), "designated"),
    ]


@pytest.mark.req("LED-06")
@pytest.mark.parametrize("title", ["N/2026/05/000021", "XN/2026/05/00002", "05/2026", ""])
def test_a_longer_number_or_a_month_names_nothing_by_default(as_system, title):
    account = make_account()
    april = charge(account, 300, D(2026, 4, 10), "N/2026/04/00001")
    charge(account, 300, D(2026, 5, 10), "N/2026/05/00002")
    money = payment(account, 300, D(2026, 6, 30), title)
    allocate_by_rule(account.entity_id, actor=as_system)
    assert used(account) == [(money.pk, april.pk, Decimal(300), "legal")]


@pytest.mark.req("LED-06")
@pytest.mark.parametrize("title", ["czynsz 05/2026", "opłata za 5.2026 lok. 3", "2026-05"])
def test_a_month_names_its_charge_where_the_entity_reads_months(as_system, title):
    account = make_account()
    AllocationRule.objects.create(entity=account.entity, designation="month")
    charge(account, 300, D(2026, 4, 10))
    may = charge(account, 300, D(2026, 5, 10))
    money = payment(account, 300, D(2026, 6, 30), title)
    allocate_by_rule(account.entity_id, actor=as_system)
    assert used(account) == [(money.pk, may.pk, Decimal(300), "designated")]


def test_an_entity_that_reads_nothing_keeps_its_order(as_system):
    account = make_account()
    AllocationRule.objects.create(entity=account.entity, designation="none")
    april = charge(account, 300, D(2026, 4, 10), "N/1")
    charge(account, 300, D(2026, 5, 10), "N/2")
    payment(account, 300, D(2026, 6, 30), "N/2")
    allocate_by_rule(account.entity_id, actor=as_system)
    assert [row[1] for row in used(account)] == [april.pk]


@pytest.mark.req("LED-06")
def test_undo_frees_both_sides_with_a_reason_once(as_system):
    account = make_account()
    debt = charge(account, 300, D(2026, 4, 10))
    money = payment(account, 100, D(2026, 6, 30))
    allocate_by_rule(account.entity_id, actor=as_system)
    row = Allocation.objects.get(account=account)
    with pytest.raises(Refusal, match="why"):
        undo_allocation(row.pk, " ", actor=as_system)
    undo_allocation(row.pk, "other debt", actor=as_system)
    assert dict(OpenItem.objects.values_list("entry_id", "open_amount")) == {debt.pk: 300, money.pk: 100}
    with pytest.raises(Refusal) as refused:
        undo_allocation(row.pk, "other debt", actor=as_system)
    assert refused.value.code == "ledger.undone_already"


DEBTS = st.lists(st.tuples(st.integers(1, 400), st.integers(0, 200)), min_size=1, max_size=4)
MONEY = st.lists(st.tuples(st.integers(1, 500), st.integers(0, 300), st.sampled_from([None, 0, 1, 2])), max_size=3)
ACCOUNTS = st.lists(st.tuples(DEBTS, MONEY), min_size=3, max_size=3)


@pytest.mark.req("LED-06")
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories=ACCOUNTS, order=st.sampled_from(list(Order)))
def test_mass_equals_one_by_one_equals_the_pure_order(as_system, histories, order):
    """The same histories twice: once all accounts together, once account by account; and by the pure module."""
    results = []
    for number in (1, 2):
        world = make_world(len(histories), actor=as_system, tag=f"M{next(_tags)}")
        AllocationRule.objects.create(entity=world.entity, order=str(order))
        accounts = list(world.entity.accounts.order_by("pk"))
        expected, names = _filled(accounts, histories, order)
        if number == 1:
            allocate_by_rule(world.entity.pk, actor=as_system)
        else:
            for account in reversed(accounts):
                allocate_by_rule(world.entity.pk, [account.pk], actor=as_system)
        found = {
            (names[credit], names[debit]): amount
            for account in accounts
            for credit, debit, amount, _rule in used(account)
        }
        assert found == expected
        results.append(found)
    assert results[0] == results[1]


def _filled(accounts, histories, order):
    """Post the histories; returns what the pure module expects by names of entries, and the names by entry."""
    expected, names = {}, {}
    for place, (account, (debts, money)) in enumerate(zip(accounts, histories, strict=True)):
        owed = []
        for number, (amount, offset) in enumerate(debts):
            due_on = D(2026, 1, 10) + dt.timedelta(days=offset)
            entry = charge(account, amount, due_on, f"A{place}/{number}")
            names[entry.pk] = (place, "debt", number)
            owed.append(Due((due_on, entry.pk), due_on, Decimal(amount)))
        credits = []
        for number, (amount, offset, named) in enumerate(money):
            on = D(2026, 1, 10) + dt.timedelta(days=offset)
            title = f"A{place}/{named}" if named is not None else ""
            entry = payment(account, amount, on, title)
            names[entry.pk] = (place, "money", number)
            chosen = {owed[named].key} if named is not None and named < len(debts) else set()
            credits.append((on, entry.pk, Decimal(amount), chosen))
        left = {one.key: one.amount for one in owed}
        for _on, pk, amount, chosen in sorted(credits):
            dues = [Due(one.key, one.due_on, left[one.key]) for one in owed if left[one.key] > 0]
            covers, _rest = cover(amount, dues, order, chosen)
            for one in covers:
                left[one.key] -= one.amount
                expected[(names[pk], names[one.key[1]])] = one.amount
    return expected, names
