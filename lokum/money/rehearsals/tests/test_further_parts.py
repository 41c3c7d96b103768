"""Allowances and deposits in the rehearsal of a month: claimed, due, late; committed as it was approved."""

import datetime as dt
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import transaction
from django.utils import translation

from lokum.core.base.context import Actor
from lokum.core.organisation.models import NodeSetting
from lokum.money.allowances.models import Claim, ClaimLine
from lokum.money.allowances.services import claim_due, grant_allowance, receive_payment, suspend_allowance
from lokum.money.deposits.factories import make_deposit_kind
from lokum.money.deposits.models import Deposit, DepositKind, DepositMove
from lokum.money.deposits.services import call_deposit, note_leaving, take_over
from lokum.money.ledger.models import Account, AccountBalance
from lokum.money.rehearsals.models import Rehearsal
from lokum.money.rehearsals.queries import alarm_views, part_views
from lokum.money.rehearsals.services import approve_rehearsal, commit_rehearsal, rehearse
from lokum.money.rehearsals.tests.test_rehearsals import FEB, MAR, amounts, approved, pay, world
from lokum.property.parties.factories import make_party

__all__ = ["world"]
pytestmark = pytest.mark.req("CHG-19", "LED-22")


def grant(account_id: int, body: Any, amount: str, actor: Actor, first: dt.date = FEB) -> Any:
    return grant_allowance(
        account=Account.objects.get(pk=account_id), kind="housing", body=body, decision_number=f"DM.{account_id}",
        decided_on=first, first_month=first, monthly_amount=D(amount), actor=actor,
    )  # fmt: skip


@pytest.fixture
def body() -> Any:
    return make_party(kind="company", last_name="Gmina Lipogóra", first_name="", language="pl")


def told(row: Rehearsal, part: str) -> dict[str, Any]:
    return row.figures["parts"][part]  # type: ignore[no-any-return]


def alarms(row: Rehearsal) -> list[str]:
    return [one["text"] for one in alarm_views(row)]


def test_claims_of_the_month_are_rehearsed_and_committed(world: Any, body: Any, as_system: Actor) -> None:
    """February was claimed and half paid; March is claimed by the commit, 150.00 + 80.00 = 230.00."""
    one, two, _three = world.accounts
    grant(one, body, "150.00", as_system)
    claim = claim_due(world.entity, FEB, actor=as_system)[0]
    receive_payment(claim.pk, amount=D(100), received_on=dt.date(2026, 3, 9), reason="the rest follows",
                    actor=as_system)  # fmt: skip
    grant(two, body, "80.00", as_system, MAR)
    row = rehearse(world.entity.pk, MAR, actor=as_system)
    assert (told(row, "allowances")["total"], told(row, "allowances")["former"]) == ("-230.00", "-150.00")
    assert told(row, "allowances")["sums"] == [[f"body:{body.pk}", 2, "-230.00"], ["received", 1, "100.00"]]
    views = {view.label: view for view in part_views(row)}
    assert [str(name) for name, _count, _amount in views["Allowances claimed"].sums] == [
        "Gmina Lipogóra", "Received from payer bodies in this month",
    ]  # fmt: skip
    assert amounts(row, "allowances") == {one: D(-150), two: D(-80)}
    assert f"claim {claim.number} for February 2026: Gmina Lipogóra still owes 50.00" in alarms(row)
    with translation.override("pl"):
        assert any("luty 2026" in text.lower() for text in alarms(row))
    assert Claim.objects.count() == 1  # all of it was taken back
    before = D(row.figures["books"]["before"])
    assert D(row.figures["books"]["after"]) - before == row.total_amount
    done = commit_rehearsal(approved(world, as_system).pk, actor=as_system)
    assert done.state == "committed" and done.total_amount == row.total_amount
    assert sorted(ClaimLine.objects.filter(month=MAR).values_list("account_id", "amount")) == [
        (one, D(150)), (two, D(80)),
    ]  # fmt: skip
    held = dict(AccountBalance.objects.filter(account__in=world.accounts).values_list("account_id", "amount"))
    assert held == amounts(done, "books")


def test_a_change_of_an_allowance_voids_it_and_claims_by_hand_are_told(world: Any, body: Any, as_system: Actor) -> None:
    allowance = grant(world.accounts[0], body, "150.00", as_system, MAR)
    row = approved(world, as_system)
    suspend_allowance(allowance.pk, first_month=MAR, last_month=None, reason="arrears", actor=as_system)
    gone = commit_rehearsal(row.pk, actor=as_system)
    assert gone.state == "void" and "allowances" in [one["name"] for one in gone.voided_by]
    grant(world.accounts[1], body, "80.00", as_system, MAR)
    NodeSetting.objects.create(node=world.entity.node, code="allowances.with_notices", value="0", starts_on=FEB)
    row = rehearse(world.entity.pk, MAR, actor=as_system)
    assert told(row, "allowances")["skipped"] == "by_hand" and "allowances that are not claimed yet: 80.00" in alarms(
        row
    )


@pytest.mark.req("LED-18")
def test_deposits_that_are_due_and_to_be_returned(world: Any, as_system: Actor) -> None:
    one, two, three = world.accounts
    kind = make_deposit_kind(entity=world.entity, return_months=1)
    values: dict[str, Any] = {"called_on": FEB, "rent": D(500), "actor": as_system}
    call_deposit(one, kind.pk, amount=D(900), due_on=dt.date(2026, 2, 20), **values)
    call_deposit(two, kind.pk, amount=D(1000), due_on=dt.date(2026, 3, 20), **values)
    row = rehearse(world.entity.pk, MAR, actor=as_system)
    assert (told(row, "deposits")["total"], told(row, "deposits")["former"]) == ("1000.00", "900.00")
    assert told(row, "deposits")["sums"] == [["due", 1, "1000.00"]]
    assert "2 deposits are due and not paid" in alarms(row)
    # What is due of deposits is no debt of the month.
    assert row.total_amount == sum(D(told(row, part)["total"]) for part in ("charges", "interest"))
    held = take_over(three, kind.pk, amount=D(1200), paid_on=dt.date(2026, 1, 5), rent=D(400), actor=as_system)
    note_leaving(held.pk, left_on=dt.date(2026, 2, 10), actor=as_system)
    row = rehearse(world.entity.pk, MAR, actor=as_system)
    assert ["return", 1, "1200.00"] in told(row, "deposits")["sums"]
    assert "1 deposit is to be returned until the end of the month" in alarms(row)


@pytest.mark.req("LED-18")
def test_bookings_of_deposits_are_rehearsed_on_their_day(world: Any, as_system: Actor) -> None:
    """3.65 percent of 1,200.00 are 0.12 a day, of 1,000.00 0.10 a day; held since 1 March, charges due on the 10th.

    Flat 3 was left on 10 February, its deposit goes back by 10 March: 9 x 0.12 = 1.08 are credited, 3 x 373.74 =
    1,121.22 cover January to March, 1,201.08 - 1,121.22 = 79.86 are paid out. Flat 1 stays: 30 x 0.10 = 3.00 have
    arisen by 31 March. Flat 2 was asked for 500.00 and paid them: the commit itself books that.
    """
    one, two, three = world.accounts
    cost = world.chart["write_off"]
    kind = make_deposit_kind(entity=world.entity, return_months=1, interest_percent=D("3.65"), cost_account=cost)
    values: dict[str, Any] = {"paid_on": dt.date(2026, 1, 5), "booked_on": MAR, "rent": D(400), "actor": as_system}
    take_over(one, kind.pk, amount=D(1000), **values)
    back = take_over(three, kind.pk, amount=D(1200), **values)
    note_leaving(back.pk, left_on=dt.date(2026, 2, 10), actor=as_system)
    call_deposit(two, make_deposit_kind(entity=world.entity).pk, amount=D(500), called_on=FEB, rent=D(400),
                 due_on=dt.date(2026, 3, 20), actor=as_system)  # fmt: skip
    pay(world, 1, "500.00", as_system)
    moves = DepositMove.objects.count()
    row = rehearse(world.entity.pk, MAR, actor=as_system)
    assert DepositMove.objects.count() == moves
    assert ["now:take", 1, "500.00"] in told(row, "deposits")["sums"]
    assert told(row, "deposit_bookings")["sums"] == [
        ["plan:interest", 1, "1.08"], ["plan:use", 1, "1121.22"], ["plan:return", 1, "79.86"], ["arisen", 1, "3.00"],
    ]  # fmt: skip
    assert amounts(row, "deposit_bookings") == {one: D("3.00"), three: D("-1200.00")}
    with translation.override("pl"):
        names = [str(name) for part in part_views(row) for name, _count, _amount in part.sums]
    assert "Wypłacone" in names and not [name for name in names if ":" in name]
    approve_rehearsal(row.pk, "looked at", actor=as_system)
    assert commit_rehearsal(row.pk, actor=as_system).state == "committed"
    held = dict(Deposit.objects.values_list("account_id", "held_amount"))
    assert held == {one: D(1000), two: D(500), three: D(1200)}  # the return needs its own second person


@pytest.mark.req("LED-18")
def test_a_change_of_deposits_voids_the_rehearsal_and_what_the_books_refuse_is_told(
    world: Any, as_system: Actor
) -> None:
    kind = make_deposit_kind(entity=world.entity, return_months=1)
    held = take_over(world.accounts[2], kind.pk, amount=D(1200), paid_on=dt.date(2026, 1, 5), booked_on=MAR,
                     rent=D(400), actor=as_system)  # fmt: skip
    row = approved(world, as_system)
    assert told(row, "deposit_bookings")["skipped"] == "no_bookings"
    note_leaving(held.pk, left_on=dt.date(2026, 2, 10), actor=as_system)
    with transaction.atomic():  # a savepoint has a number of its own, as another transaction would
        DepositKind.objects.filter(pk=kind.pk).update(interest_percent=D("3.65"))
    gone = commit_rehearsal(row.pk, actor=as_system)
    assert gone.state == "void" and [one["name"] for one in gone.voided_by] == ["deposit_kinds", "deposits"]
    row = rehearse(world.entity.pk, MAR, actor=as_system)  # interest arises, but nobody said which account bears it
    assert told(row, "deposit_bookings")["sums"] == []
    assert f"deposit {held.number} cannot be returned: Name in the kind of deposit the ledger account" in " ".join(
        alarms(row)
    )
    with translation.override("pl"):
        assert f"kaucji {held.number} nie można zwrócić: Podaj" in " ".join(alarms(row))
