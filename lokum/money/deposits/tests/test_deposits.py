"""Deposits from the call to the return; figures counted by hand."""

import datetime as dt
from contextlib import contextmanager
from decimal import Decimal as D
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import Actor, Reach, acting
from lokum.core.base.errors import NotAllowed, Refusal
from lokum.core.flow.services import approve
from lokum.money.deposits.approvals import (
    request_forfeit,
    request_return,
    request_taking_back,
    request_transfer,
    request_use,
)
from lokum.money.deposits.factories import make_deposit_kind
from lokum.money.deposits.models import Deposit, DepositKind, DepositMove
from lokum.money.deposits.posting import Step, post_steps
from lokum.money.deposits.services import (
    add_interest,
    apply_return,
    call_deposit,
    load_usual_kinds,
    note_leaving,
    take_back,
    take_from_account,
    take_over,
    top_up,
    withdraw_call,
)
from lokum.money.ledger.models import Account, Allocation, Entry, LedgerAccount, OpenItem, SubAccount
from lokum.money.ledger.proof import prove
from lokum.money.ledger.queries import balance
from lokum.money.ledger.services import (
    allocate_by_rule,
    correct_entry,
    post_batch,
    posting,
    reverse_entry,
    undo_allocation,
)
from lokum.money.ledger.tests.test_posting import charge, payment
from lokum.money.ledger.tests.world import World, make_world

pytestmark = [pytest.mark.usefixtures("as_system"), pytest.mark.req("LED-21")]
RULES = ("I1", "I2", "I4", "I5", "I9", "I12", "I13", "K1", "K2", "R1", "R2")
TODAY = dt.date(2026, 5, 20)


@pytest.fixture(autouse=True)
def in_may() -> Any:
    with time_machine.travel(dt.datetime(2026, 5, 20, 9, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def world(as_system: Any) -> World:
    return make_world(2, actor=as_system)


@pytest.fixture
def kind(world: World, as_system: Any) -> DepositKind:
    """The deposit of a tenancy as Polish law has it, with the accounts that bear what is added or kept."""
    load_usual_kinds(world.entity.pk, actor=as_system)
    found = DepositKind.objects.get(entity=world.entity, code="KAU")
    found.cost_account = LedgerAccount.objects.create(entity=world.entity, code="W1", name="Koszty", kind="expense")
    found.forfeit_account = LedgerAccount.objects.create(
        entity=world.entity, code="P1", name="Przychody", kind="income"
    )
    found.save()
    return found


def person(name: str) -> Actor:
    user = make_user(display_name=name)
    make_grant(user, ["*:*"])
    return Actor(user_id=user.pk, label=name, reach=Reach(everything=True))


@contextmanager
def refused(code: str) -> Any:
    with pytest.raises(Refusal) as caught:
        yield
    assert caught.value.code == code


def pay(
    world: World, actor: Actor, amount: str, number: int, title: str = "", on: dt.date = TODAY, **over: Any
) -> Entry:
    one = payment(world, world.accounts[0], amount, number, description=title, **over)
    batch = post_batch(world.entity.pk, "t", f"p{number}", on, [one], actor=actor)
    allocate_by_rule(world.entity.pk, [world.accounts[0]], actor=actor)
    return batch.entries.get()


def owe(world: World, actor: Actor, amount: str, number: int, due: dt.date = TODAY) -> Entry:
    one = charge(world, world.accounts[0], amount, number, due_on=due, document_number=f"N/{number}")
    return post_batch(world.entity.pk, "t", f"c{number}", TODAY, [one], actor=actor).entries.get()


def call(world: World, kind: DepositKind, actor: Actor, amount: str = "2475.00", rent: str = "412.50") -> Deposit:
    due = dt.date(2026, 6, 3)
    return call_deposit(world.accounts[0], kind.pk, due_on=due, amount=D(amount), rent=D(rent), actor=actor)


def held(world: World) -> D:
    """The balance of the ledger account of deposits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(credit_amount - debit_amount), 0) FROM ledger_line WHERE ledger_account_id = %s",
            [world.chart["deposits"].pk],
        )
        return cursor.fetchone()[0]


def owed(world: World) -> D:
    return balance(world.accounts[0], dt.date(2027, 1, 1)).total


def proven() -> None:
    assert {one.code: [str(f) for f in one.findings] for one in prove(RULES) if one.count} == {}


def test_a_called_deposit_is_no_debt_and_is_covered_by_the_payment_that_names_it(world, kind, as_system) -> None:
    owe(world, as_system, "300.00", 1)
    deposit = call(world, kind, as_system)
    assert (deposit.state, deposit.open_amount, deposit.rent_months) == ("due", D("2475.00"), 6)
    assert (owed(world), held(world)) == (300, 0), "what is only asked for stands in no account"
    pay(world, as_system, "1000.00", 2, f"kaucja {deposit.number.lower()} Kowalska")
    deposit.refresh_from_db()
    assert (deposit.state, deposit.taken_amount, deposit.open_amount) == ("due", 1000, D("1475.00"))
    assert (owed(world), held(world)) == (300, 1000), "the debt is not paid by it"
    pay(world, as_system, "1475.00", 3, "przelew")  # just what is waiting, no debt of this amount
    deposit.refresh_from_db()
    assert (deposit.state, deposit.held_amount) == ("held", D("2475.00"))
    assert (owed(world), held(world)) == (300, D("2475.00"))
    pay(world, as_system, "310.00", 4, "czynsz")
    assert owed(world) == -10
    assert OpenItem.objects.filter(account_id=world.accounts[0], side="debit", open_amount__gt=0).count() == 0
    assert not Entry.objects.filter(kind="interest").exists()
    proven()


def test_money_of_other_meaning_is_not_taken(world, kind, as_system) -> None:
    owe(world, as_system, "2475.00", 1)
    deposit = call(world, kind, as_system)
    longer = f"{deposit.number}7"
    pay(world, as_system, "2475.00", 2, f"za {longer}")  # a debt of the same amount is open; another number is named
    deposit.refresh_from_db()
    assert (deposit.taken_amount, owed(world)) == (0, 0)
    pay(world, as_system, "500.00", 3, "nadpłata")
    with refused("deposit.no_money"):
        take_from_account(deposit.pk, amount=D("500.01"), actor=as_system)
    assert take_from_account(deposit.pk, actor=as_system).held_amount == 500
    with refused("deposit.no_money"):
        take_from_account(deposit.pk, actor=as_system)
    assert owed(world) == 0
    proven()


def test_money_in_the_sub_account_of_deposits_covers_them(world, kind, as_system) -> None:
    own = SubAccount.objects.create(entity=world.entity, code="K", name="Kaucje", kind="deposits")
    owe(world, as_system, "300.00", 1)
    deposit = call(world, kind, as_system)
    pay(world, as_system, "3000.00", 2, sub_account_id=own.pk)
    deposit.refresh_from_db()
    assert (deposit.state, owed(world)) == ("held", D("-225.00"))
    proven()


def test_limits_and_wrong_calls_are_refused(world, kind, as_system) -> None:
    account, due = world.accounts[0], dt.date(2026, 6, 3)
    with refused("deposit.above_limit"):  # art. 6: twelve rents of 412.50 are 4,950.00
        call(world, kind, as_system, "4950.01")
    assert call(world, kind, as_system, "4950.00").rent_months == 12
    with refused("deposit.no_rent"):
        call_deposit(account, kind.pk, due_on=due, amount=D("10"), actor=as_system)
    with refused("deposit.no_amount"):
        call_deposit(account, kind.pk, due_on=due, rent=D("10"), actor=as_system)
    by_rents = call_deposit(account, kind.pk, due_on=due, months=D("2.5"), rent=D("333.33"), actor=as_system)
    assert by_rents.agreed_amount == D("833.33")
    with refused("deposit.due_before"):
        call_deposit(account, kind.pk, due_on=dt.date(2026, 5, 19), amount=D(1), rent=D(1), actor=as_system)
    other = make_world(1, actor=as_system, tag="W2")
    with refused("deposit.other_entity"):
        call_deposit(other.accounts[0], kind.pk, due_on=due, amount=D(1), rent=D(1), actor=as_system)
    with refused("deposit.amount"):
        call_deposit(account, kind.pk, due_on=due, amount=D(-1), rent=D(1), actor=as_system)
    dollars = make_world(1, actor=as_system, tag="W3", currency="TWD")
    other_kind = make_deposit_kind(entity=dollars.entity)
    with refused("deposit.amount"):
        call_deposit(dollars.accounts[0], other_kind.pk, due_on=due, amount=D("10.50"), rent=D(10), actor=as_system)


def test_use_needs_a_second_person_and_top_up_makes_it_whole(world, kind, as_system) -> None:
    one, two = person("Anna"), person("Ewa")
    deposit = take_over(world.accounts[0], kind.pk, amount=D("2475.00"), paid_on=dt.date(2020, 2, 1),
                        rent=D("412.50"), actor=as_system)  # fmt: skip
    assert (deposit.state, held(world), owed(world)) == ("held", D("2475.00"), 0)
    first = owe(world, as_system, "400.00", 1, dt.date(2026, 4, 10))
    owe(world, as_system, "250.00", 2, dt.date(2026, 5, 10))
    owe(world, as_system, "90.00", 3, dt.date(2026, 6, 10))  # not due yet
    with refused("deposit.more_than_held"):
        request_use(deposit.pk, amount=D("2475.01"), reason="arrears", actor=one)
    with refused("deposit.document"):
        request_use(deposit.pk, documents="N/1, N/9", reason="arrears", actor=one)
    with refused("deposit.no_debts"):
        request_use(deposit.pk, amount=D("650.01"), reason="arrears", actor=one)
    asked = request_use(deposit.pk, amount=D("600.00"), reason="arrears of spring", actor=one)
    assert held(world) == D("2475.00")
    with acting(one), pytest.raises(NotAllowed):
        approve(asked.pk, actor=one)
    with acting(two):
        approve(asked.pk, actor=two)
    deposit.refresh_from_db()
    assert (deposit.state, deposit.used_amount, deposit.held_amount) == ("partly_used", 600, D("1875.00"))
    assert OpenItem.objects.get(entry=first).open_amount == 0
    assert (owed(world), held(world)) == (140, D("1875.00"))
    move = deposit.moves.get(kind="use")
    assert (move.proposed_by, move.approved_by) == ("Anna", "Ewa")
    with refused("ledger.fixed_allocation"):
        undo_allocation(Allocation.objects.get(debit=first).pk, "why", actor=as_system)
    more = top_up(deposit.pk, amount=D("600.00"), due_on=dt.date(2026, 6, 30), reason="used", actor=as_system)
    assert (more.agreed_amount, more.open_amount, more.rent_months) == (D("2475.00"), 600, 6)
    pay(world, as_system, "600.00", 9, deposit.number)
    deposit.refresh_from_db()
    assert (deposit.state, deposit.held_amount) == ("held", D("2475.00"))
    proven()


def test_the_rent_rose_and_more_is_asked_for(world, kind, as_system) -> None:
    deposit = take_over(world.accounts[0], kind.pk, amount=D("2000.00"), paid_on=dt.date(2020, 2, 1), rent=D("400"),
                        actor=as_system)  # fmt: skip
    due = dt.date(2026, 6, 30)
    grown = top_up(deposit.pk, amount=D("500.00"), due_on=due, rent=D("500"), reason="rent", actor=as_system)
    assert (grown.agreed_amount, grown.rent_months, grown.state) == (2500, 6, "due")
    with refused("deposit.above_limit"):  # 2,500 + 3,500.01 is more than twelve rents of 500
        top_up(deposit.pk, amount=D("3500.01"), due_on=due, rent=D("500"), reason="rent", actor=as_system)
    withdrawn = withdraw_call(deposit.pk, reason="agreed otherwise", actor=as_system)
    assert (withdrawn.agreed_amount, withdrawn.open_amount, withdrawn.state) == (2000, 0, "held")
    assert withdrawn.rent_months == D("4.8")  # 6 x 2000 / 2500
    with refused("deposit.nothing_open"):
        withdraw_call(deposit.pk, reason="again", actor=as_system)


def test_a_deposit_goes_back_valorised_less_debts(world, kind, as_system) -> None:
    """Six rents of 412.50 paid; the rent is 530.40 on return: 3,182.40. Debts due 640.00; paid out 2,542.40."""
    one, two = person("Anna"), person("Ewa")
    deposit = take_over(world.accounts[0], kind.pk, amount=D("2475.00"), paid_on=dt.date(2020, 2, 1),
                        rent=D("412.50"), actor=as_system)  # fmt: skip
    owe(world, as_system, "640.00", 1, dt.date(2026, 5, 10))
    left = note_leaving(deposit.pk, left_on=dt.date(2026, 4, 30), actor=as_system)
    assert left.return_by == dt.date(2026, 5, 30)
    with refused("deposit.no_rent"):
        request_return(deposit.pk, reason="left", actor=one)
    with refused("deposit.more_than_held"):
        request_return(deposit.pk, amount=D("2475.01"), reason="left", actor=one)
    asked = request_return(deposit.pk, rent=D("530.40"), payee_number="PL61109010140000071219812874", reason="left",
                           actor=one)  # fmt: skip
    assert asked.amount == D("2542.40")
    with acting(two):
        approve(asked.pk, actor=two)
    deposit.refresh_from_db()
    assert (deposit.state, deposit.added_amount, deposit.used_amount, deposit.returned_amount, deposit.held_amount) == (
        "returned", D("707.40"), 640, D("2542.40"), 0)  # fmt: skip
    assert (owed(world), held(world)) == (0, 0)
    paid = deposit.moves.get(kind="return")
    bank = paid.entry.lines.get(ledger_account=world.chart["bank"])
    assert (bank.credit_amount, paid.payee_number) == (D("2542.40"), "PL61109010140000071219812874")
    cost = deposit.moves.get(kind="valorisation").entry.lines.get(ledger_account=kind.cost_account)
    assert cost.debit_amount == D("707.40")
    with refused("deposit.more_than_held"):
        request_return(deposit.pk, rent=D("530.40"), reason="again", actor=one)
    proven()


def test_what_changed_since_it_was_asked_is_asked_anew(world, kind, as_system) -> None:
    one, two = person("Anna"), person("Ewa")
    deposit = take_over(world.accounts[0], kind.pk, amount=D("2000"), paid_on=TODAY, rent=D("400"), actor=as_system)
    asked = request_return(deposit.pk, rent=D("400"), reason="left", actor=one)
    owe(world, as_system, "100.00", 1)
    with acting(two), refused("deposit.changed"):
        approve(asked.pk, actor=two)
    assert held(world) == 2000


def test_nobody_returns_more_than_is_held(world, kind, as_system) -> None:
    """Neither by two requests that each fit, nor past the services: the database adds up the moves."""
    one, two = person("Anna"), person("Ewa")
    deposit = take_over(world.accounts[0], kind.pk, amount=D("2000"), paid_on=TODAY, rent=D("400"), actor=as_system)
    asked = request_return(deposit.pk, amount=D("1500"), reason="partly", actor=one)
    other = request_forfeit(deposit.pk, amount=D("1000"), reason="damage", actor=one)
    with acting(two):
        approve(asked.pk, actor=two)
        with refused("deposit.more_than_held"):
            approve(other.pk, actor=two)
    deposit.refresh_from_db()
    assert (deposit.state, held(world)) == ("partly_used", 500)
    with refused("deposit.more_than_held"), transaction.atomic(), posting(as_system):
        step = Step(deposit, "return", D("500.01"), against=world.chart["bank"].pk)
        post_steps(world.entity.pk, [step], actor=as_system)
    for statement in (
        "UPDATE deposits_deposit SET held_amount = 900",
        "UPDATE deposits_depositmove SET amount = 1",
        "DELETE FROM deposits_depositmove",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with pytest.raises(DatabaseError), transaction.atomic():  # a move beside what its entry posted
        DepositMove.objects.create(deposit=deposit, kind="return", amount=D(1), on=TODAY, made_at=deposit_now(),
                                   entry=deposit.moves.get(kind="opening").entry, undoes=None)  # fmt: skip
    proven()


def deposit_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def test_forfeiture_is_income(world, kind, as_system) -> None:
    one, two = person("Anna"), person("Ewa")
    deposit = take_over(world.accounts[0], kind.pk, amount=D("2000"), paid_on=TODAY, rent=D("400"), actor=as_system)
    asked = request_forfeit(deposit.pk, reason="damage beyond wear", actor=one)
    with acting(two):
        approve(asked.pk, actor=two)
    deposit.refresh_from_db()
    assert (deposit.state, held(world), owed(world)) == ("forfeited", 0, 0)
    line = deposit.moves.get(kind="forfeit").entry.lines.get(ledger_account=kind.forfeit_account)
    assert line.credit_amount == 2000
    # taken back by two people: it is held again
    asked = request_taking_back(deposit.moves.get(kind="forfeit").pk, reason="mistake", actor=one)
    with acting(two):
        approve(asked.pk, actor=two)
    deposit.refresh_from_db()
    assert (deposit.state, held(world)) == ("held", 2000)
    with refused("deposit.not_posted"):
        request_taking_back(deposit.moves.get(kind="forfeit", undoes=None).pk, reason="again", actor=one)
    proven()


def test_a_payment_that_bounces_makes_the_deposit_due_again(world, kind, as_system) -> None:
    owe(world, as_system, "300.00", 1)
    deposit = call(world, kind, as_system)
    money = pay(world, as_system, "2475.00", 2, deposit.number)
    reverse_entry(money.pk, "returned transfer", actor=as_system)
    deposit.refresh_from_db()
    assert (deposit.state, deposit.open_amount, held(world), owed(world)) == ("due", D("2475.00"), 0, 300)
    money = pay(world, as_system, "2475.00", 3, deposit.number)
    taken = deposit.moves.get(kind="take", undoes=None, undone_by=None)
    with refused("ledger.not_correctable"):
        correct_entry(taken.entry_id, change_amount=D(-1), reason="no", actor=as_system)
    take_back(taken.pk, reason="it was the rent", actor=as_system)
    deposit.refresh_from_db()
    assert (deposit.held_amount, owed(world)) == (0, D("-2175.00"))
    allocate_by_rule(world.entity.pk, actor=as_system)  # the number still says what it is for
    deposit.refresh_from_db()
    assert deposit.held_amount == D("2475.00")
    apply_return(deposit.pk, amount=D("2475.00"), reason="left", actor=as_system)
    with refused("deposit.more_than_held"):  # the money is gone: first take the return back
        reverse_entry(money.pk, "returned transfer", actor=as_system)
    proven()


def test_interest_by_the_rate_of_the_kind(world, kind, as_system) -> None:
    """3 % on 1,000.00 from 1 March to 20 May: 80 days = 6.58; a second time nothing; it goes back with the rest."""
    kind.valorised, kind.max_months, kind.interest_percent = False, None, D(3)
    kind.save()
    deposit = take_over(world.accounts[0], kind.pk, amount=D(1000), paid_on=dt.date(2026, 3, 1),
                        booked_on=dt.date(2026, 3, 1), actor=as_system)  # fmt: skip
    with refused("deposit.future"):
        add_interest(deposit.pk, through_on=dt.date(2026, 5, 21), actor=as_system)
    assert add_interest(deposit.pk, through_on=dt.date(2026, 3, 31), actor=as_system).added_amount == D("2.47")
    with refused("deposit.no_interest"):
        add_interest(deposit.pk, through_on=dt.date(2026, 3, 31), actor=as_system)
    apply_return(deposit.pk, reason="left", actor=as_system)  # 50 days more: 4.11
    deposit.refresh_from_db()
    assert (deposit.added_amount, deposit.returned_amount, held(world)) == (D("6.58"), D("1006.58"), 0)
    proven()


def test_a_breach_is_found_by_the_proof(world, kind, as_system) -> None:
    take_over(world.accounts[0], kind.pk, amount=D("2000"), paid_on=TODAY, rent=D("400"), actor=as_system)
    proven()
    from lokum.money.ledger.services import NewEntry, NewLine

    past_the_register = NewEntry(
        kind="deposit", amount=D(0), source_kind="test", source_id=77,
        lines=[NewLine(world.chart["bank"].pk, debit_amount=D("12.34")),
               NewLine(world.chart["deposits"].pk, credit_amount=D("12.34"))],
    )  # fmt: skip
    post_batch(world.entity.pk, "t", "breach", TODAY, [past_the_register], actor=as_system)
    found = {one.code: [str(f) for f in one.findings] for one in prove(("K1", "K2")) if one.count}
    assert set(found) == {"K1", "K2"} and "2012.34" in str(found)


def test_on_any_day_the_report_is_the_ledger(world, kind, as_system) -> None:
    from lokum.core.reports.declaration import report_named
    from lokum.core.reports.running import run_whole

    march = dt.date(2026, 3, 10)
    deposit = take_over(world.accounts[0], kind.pk, amount=D("2000"), paid_on=march, booked_on=march, rent=D("400"),
                        actor=as_system)  # fmt: skip
    apply_return(deposit.pk, amount=D("750"), reason="partly", actor=as_system)
    report = report_named("deposits_held")
    for day, state, amount in ((dt.date(2026, 3, 31), "held", 2000), (TODAY, "partly_used", 1250)):
        values = {"on": day, "entity": None, "kind": None, "state": None}
        result = run_whole(report, values, Deposit.objects.all())
        assert [(row["state"], row["held"]) for row in result.rows] == [(state, amount)]
    values = {"on": dt.date(2026, 3, 9), "entity": None, "kind": None, "state": None}
    assert not run_whole(report, values, Deposit.objects.all()).rows


def test_a_deposit_passes_to_another_payer_and_back(world, kind, as_system) -> None:
    """What is held moves whole; a return there counts the rents of the first day; taken back it is held here again."""
    one, two = person("Anna"), person("Ewa")
    deposit = take_over(world.accounts[0], kind.pk, amount=D("2000"), paid_on=TODAY, rent=D("400"), actor=as_system)
    target = Account.objects.get(pk=world.accounts[1])
    with refused("deposit.no_document"):
        request_transfer(deposit.pk, account=target, document=" ", reason="sale", actor=one)
    with refused("deposit.other_entity"):
        request_transfer(deposit.pk, account=deposit.account, document="deed", reason="sale", actor=one)
    asked = request_transfer(deposit.pk, account=target, document="agreement 7/2026", reason="sale", actor=one)
    with acting(one), pytest.raises(NotAllowed):
        approve(asked.pk, actor=one)
    with acting(two):
        approve(asked.pk, actor=two)
    deposit.refresh_from_db()
    passed = Deposit.objects.get(account=target)
    assert (deposit.state, deposit.passed_amount, deposit.held_amount) == ("passed_on", 2000, 0)
    assert (passed.state, passed.held_amount, passed.rent_months, held(world)) == ("held", 2000, 5, 2000)
    proven()
    out = deposit.moves.get(kind="transfer_out")
    with refused("deposit.transfer_pair"):
        reverse_entry(out.entry_id, "half of it", actor=as_system)
    asked = request_taking_back(out.pk, reason="sale fell through", actor=one)
    with acting(two):
        approve(asked.pk, actor=two)
    deposit.refresh_from_db()
    passed.refresh_from_db()
    assert (deposit.state, deposit.held_amount) == ("held", 2000)
    assert (passed.state, passed.held_amount, held(world)) == ("withdrawn", 0, 2000)
    proven()
    again = request_transfer(deposit.pk, account=target, document="agreement 8/2026", reason="sale", actor=one)
    with acting(two):
        approve(again.pk, actor=two)
    apply_return(Deposit.objects.get(account=target, held_amount__gt=0).pk, rent=D("500"), reason="left",
                 actor=as_system)  # fmt: skip
    assert Deposit.objects.get(account=target, state="returned").returned_amount == 2500  # five rents of 500
    with refused("deposit.more_than_held"):
        take_back(
            deposit.moves.filter(kind="transfer_out", undone_by=None).latest("pk").pk, reason="no", actor=as_system
        )
    proven()
