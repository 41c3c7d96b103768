"""Refunds: asked for where the money stands, never more than is over, carried out by the bank line itself, undone."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from lokum.core.access.models import User
from lokum.core.base.context import Actor, acting
from lokum.core.base.errors import Refusal
from lokum.core.flow.models import ApprovalRequest
from lokum.core.flow.services import approve
from lokum.core.organisation.models import EntityBankAccount
from lokum.demo.statement_writer import DemoStatement, write_pko_mt940
from lokum.money.banking.approvals import request_refund, request_refund_of_line, request_return
from lokum.money.banking.models import BankEntry, ClearingItem, Refund
from lokum.money.banking.overpaid import overpaid
from lokum.money.banking.queries import payments_to_take_back, queue_age
from lokum.money.banking.services import (
    assign_money,
    order_refund,
    refund_account,
    take_payment_back,
    undo_line,
    undo_refund,
    undo_step,
)
from lokum.money.banking.services import refunds as service
from lokum.money.banking.tests.test_bank_books import person
from lokum.money.banking.tests.test_importing import BANK, DAY, entry, import_file, number_of, statement, world
from lokum.money.banking.tests.test_outgoing import balance, line, own
from lokum.money.ledger.models import AccountBalance, Entry, OpenItem
from lokum.money.ledger.proof import prove
from lokum.money.ledger.queries import sheet
from lokum.money.ledger.services import reverse_entry
from lokum.money.ledger.tests.world import World

__all__ = ["world"]
pytestmark = [pytest.mark.database, pytest.mark.req("PAY-05", "LED-06")]
D = Decimal
NEXT = DAY + dt.timedelta(days=1)
SENDER = "19111000010000000000000021"
TO = {"payee_name": "Anna Wzorcowa", "payee_number": SENDER, "reason": "paid twice"}


def paid(world: World, actor: Actor, amount: str = "700.00") -> int:
    """The first payer owes 600.00 and pays more: 100.00 are over."""
    import_file(write_pko_mt940(statement(entry(amount, number_of(world.accounts[0])))), actor)
    return world.accounts[0]


def bank_says(*entries: Any, opening: str, actor: Actor, on: dt.date = NEXT) -> None:
    import_file(write_pko_mt940(DemoStatement(BANK, 11, on, on, D(opening), entries)), actor, f"next{on}{opening}.sta")


def proven() -> None:
    codes = ["I1", "I2", "I4", "I5", "I12", "I13", "B1", "B2", "B3", "B4", "B5"]
    assert {one.code: [str(f) for f in one.findings] for one in prove(codes) if one.count} == {}


def owed(account_id: int) -> Decimal:
    return AccountBalance.objects.get(pk=account_id).amount


def test_from_the_payers_card_to_the_bank_line(world: World, as_system: Actor) -> None:
    account = paid(world, as_system)
    one, two = person("Anna"), person("Ewa")
    client = Client()
    client.force_login(User.objects.get(pk=one.user_id))
    page = client.get(f"/office/ledger/account/{account}/do/refund/").content.decode()
    assert 'value="100.00"' in page and SENDER in page, "what is over and who sent it are proposed"
    told = {"amount": "100.00", **TO}
    assert client.post(f"/office/ledger/account/{account}/do/refund/", told).status_code == 302
    asked = ApprovalRequest.objects.get()
    assert (asked.amount, owed(account)) == (D(100), D(-100))
    page = client.get(f"/office/ledger/account/{account}/do/refund/").content.decode()
    assert 'value="100.00"' not in page, "what is asked for already is not proposed again"
    with acting(one), pytest.raises(Refusal):
        approve(asked.pk, actor=one)
    with acting(two):
        approve(asked.pk, actor=two)
    refund = Refund.objects.get()
    assert (refund.state, refund.proposed_by, refund.approved_by) == ("to_send", "Anna", "Ewa")
    assert (owed(account), balance(world.chart["in_transit"]), balance(own())) == (0, D(-100), D(700))
    assert not OpenItem.objects.filter(account_id=account, open_amount__gt=0).exists()
    assert sheet(account).rows[0].entry_id == refund.entry_id
    proven()
    order_refund(refund.pk, actor=as_system)
    other = entry("-100.00", title="ZWROT", n="x")  # same money, no reference: waits for a person
    bank_says(
        other, entry("-100.00", title=f"Zwrot nadplaty {refund.number.lower()}"), opening="1700.00", actor=as_system
    )
    refund.refresh_from_db()
    assert refund.state == "paid" and balance(world.chart["in_transit"]) == 0 and balance(own()) == D(600)
    assert list(BankEntry.objects.filter(amount=D(-100)).order_by("pk").values_list("state", flat=True)) == [
        "outgoing", "posted",
    ]  # fmt: skip
    proven()
    with pytest.raises(Refusal) as out:
        undo_refund(refund.pk, reason="no", actor=as_system)
    assert out.value.code == "outgoing.carried"
    undo_line(BankEntry.objects.get(amount=D(-100), state="posted").pk, reason="not this one", actor=as_system)
    refund.refresh_from_db()
    assert refund.state == "ordered"
    undo_refund(refund.pk, reason="the payer wants it kept", actor=as_system)
    refund.refresh_from_db()
    assert (refund.state, owed(account), overpaid(account).limit) == ("undone", D(-100), D(100))
    with pytest.raises(Refusal) as twice:
        undo_refund(refund.pk, reason="again", actor=as_system)
    assert twice.value.code == "refund.undone"
    proven()


def test_it_never_exceeds_what_is_over(world: World, as_system: Actor, monkeypatch: Any) -> None:
    account = paid(world, as_system)
    one, two = person("Anna"), person("Ewa")
    for wrong, code in (
        ({"amount": D("100.01")}, "refund.too_much"), ({"amount": D("0.001")}, "refund.amount"),
        ({"payee_number": "19111000010000000000000022"}, "refund.wrong_number"),
        ({"payee_name": " "}, "refund.no_payee"),
    ):  # fmt: skip
        with pytest.raises(Refusal) as caught:
            request_refund(account, actor=one, **({"amount": D(100)} | TO | wrong))
        assert caught.value.code == code
    asked = request_refund(account, amount=D(60), actor=one, **TO)
    with pytest.raises(Refusal) as more:
        request_refund(account, amount=D("40.01"), actor=two, **TO)
    assert more.value.code == "refund.too_much", "what waits for a decision counts as given back"
    refund_account(account, amount=D(50), actor=as_system, **TO)  # somebody else was faster
    with acting(two), pytest.raises(Refusal) as late:
        approve(asked.pk, actor=two)
    assert late.value.code == "refund.too_much" and ApprovalRequest.objects.get().state == "proposed"
    before = (Entry.objects.count(), Refund.objects.count(), owed(account))

    def broken(*_args: Any, **_more: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(service, "allocate_pairs", broken)
    with pytest.raises(KeyboardInterrupt):
        refund_account(account, amount=D(50), actor=as_system, **TO)
    assert (Entry.objects.count(), Refund.objects.count(), owed(account)) == before, "nothing half done"
    proven()


def test_the_proof_names_what_is_wrong_with_a_refund(world: World, as_system: Actor) -> None:
    refund = refund_account(paid(world, as_system), amount=D(60), actor=as_system, **TO)
    row = Refund.objects.filter(pk=refund.pk)
    for values, wrong in (
        ({"state": "paid"}, "paid: state and bank line differ"),
        ({"state": "undone"}, "undone: state and reversal differ"),
        ({"state": "ordered", "amount": D(61)}, "ordered: the books moved 60.00"),
    ):
        row.update(**values)
        assert [str(one) for one in prove(["B5"])[0].findings] == [f"banking.refund {refund.pk}: {wrong}"]


def test_free_money_beside_a_debt_is_not_over(world: World, as_system: Actor) -> None:
    account = paid(world, as_system, "500.00")
    assert (overpaid(account).limit, owed(account)) == (0, D(100))
    with pytest.raises(Refusal):
        request_refund(account, amount=D("0.01"), actor=person("Anna"), **TO)


def test_from_a_bank_line_and_from_the_queue(world: World, as_system: Actor) -> None:
    account = paid(world, as_system)
    bank_says(entry("90.00", booked_on=NEXT), opening="1700.00", actor=as_system)
    one, two = person("Anna"), person("Ewa")
    item = ClearingItem.objects.get()
    client = Client()
    client.force_login(User.objects.get(pk=one.user_id))

    def proposed(address: str) -> str:
        page = client.get(f"/office/banking/{address}/").content.decode()
        assert "no_number" not in page, "why the money waits is not why it goes back"
        return next(part.split('"')[0] for part in page.split('name="amount" value="')[1:])

    assert proposed(f"bankentry/{line('700.00').pk}/do/give_back") == "100.00", "what is over, not what was paid"
    assert proposed(f"clearingitem/{item.pk}/do/send_back") == "90.00"
    of_line = request_refund_of_line(line("700.00").pk, amount=D(30), actor=one, **TO)
    of_queue = request_return(item.pk, amount=D(90), actor=one, **TO)
    with pytest.raises(Refusal) as twice:
        request_return(item.pk, amount=D("0.01"), actor=two, **TO)
    assert twice.value.code == "clearing.too_much"
    with acting(two):
        approve(of_line.pk, actor=two)
        approve(of_queue.pk, actor=two)
    item.refresh_from_db()
    assert (item.state, owed(account), balance(world.chart["in_transit"])) == ("done", D(-70), D(-120))
    proven()
    undo_step(item.pk, reason="the sender called", actor=as_system)
    item.refresh_from_db()
    assert (item.state, item.left_amount, queue_age(world.entity.pk).agrees) == ("open", D(90), True)
    assert set(Refund.objects.values_list("amount", "state")) == {(D(30), "to_send"), (D(90), "undone")}
    proven()


@pytest.mark.req("PAY-04")
def test_a_payment_taken_from_its_payer_waits_in_the_queue(world: World, as_system: Actor) -> None:
    """Undone from the journal: the bank still has the money, so it may be given to somebody else."""
    first, second, _third = world.accounts
    paid(world, as_system)
    reverse_entry(Entry.objects.get(kind="payment").pk, "the new owner paid on the old number", actor=as_system)
    item = ClearingItem.objects.get()
    assert (item.reason, item.left_amount, owed(first), balance(own())) == ("undone", D(700), D(600), D(700))
    with pytest.raises(Refusal) as arrived:
        reverse_entry(Entry.objects.get(kind="clearing").pk, "no", actor=as_system)
    assert arrived.value.code == "clearing.arrived"
    assign_money(item.pk, [(second, D(700))], actor=as_system)
    assert owed(second) == D(-700) and line("700.00").state == "queued"
    proven()
    reverse_entry(Entry.objects.get(kind="payment", account_id=second).pk, "wrong again", actor=as_system)
    item.refresh_from_db()
    assert (item.left_amount, item.state) == (D(700), "open")
    proven()


def test_a_returned_transfer_takes_back_a_payment_that_came_out_of_the_queue(world: World, as_system: Actor) -> None:
    import_file(write_pko_mt940(statement(entry("300.00"))), as_system)
    item = ClearingItem.objects.get()
    assign_money(item.pk, [(world.accounts[0], D(300))], actor=as_system)
    bank_says(entry("-300.00", reversal=True, booked_on=NEXT), opening="1300.00", actor=as_system)
    back = ClearingItem.objects.get(reason="returned")
    proven()
    take_payment_back(back.pk, payments_to_take_back(back).get().pk, actor=as_system)
    item.refresh_from_db()
    assert (item.state, owed(world.accounts[0]), balance(own()), balance(world.chart["clearing"])) == (
        "done", D(600), 0, 0,
    )  # fmt: skip
    proven()
    assert EntityBankAccount.objects.count() == 1
