"""Two people give the same overpayment back at once: one refund. Controls take the locks away and see the race."""

import datetime as dt
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from lokum.core.base.context import Actor, acting, system_actor
from lokum.core.base.errors import Busy, Refusal
from lokum.core.flow.models import ApprovalRequest
from lokum.core.flow.services import approve
from lokum.money.banking import approvals
from lokum.money.banking.approvals import request_refund
from lokum.money.banking.models import Refund
from lokum.money.banking.services import refund_account, refunds
from lokum.money.banking.tests.test_bank_books import person
from lokum.money.charges.tests.test_concurrency import at_once
from lokum.money.ledger.models import AccountBalance, Entry
from lokum.money.ledger.proof import prove
from lokum.money.ledger.services import post_batch
from lokum.money.ledger.tests.test_posting import payment
from lokum.money.ledger.tests.world import make_world

pytestmark = pytest.mark.req("PAY-05", "LED-06")
ACTOR = system_actor("test")
OVER = Decimal(100)
PAYEES = ("19111000010000000000000021", "98111122220000000000990001")  # so that the two requests differ


@pytest.fixture
def account(fresh_database: Any) -> int:
    """One payer who owes nothing and has paid 100.00."""
    with acting(ACTOR) as actor:
        world = make_world(1, actor=actor)
        post_batch(
            world.entity.pk,
            "test",
            "paid",
            dt.date(2026, 9, 1),
            [payment(world, world.accounts[0], "100.00", 1)],
            actor=actor,
        )
        return world.accounts[0]


def people(*names: str) -> list[Actor]:
    with acting(ACTOR):
        return [person(name) for name in names]


def asking(account: int, actor: Actor, payee: str) -> Callable[[], Any]:
    def act() -> Any:
        return request_refund(
            account, amount=OVER, payee_name="Anna Wzorcowa", payee_number=payee, reason="paid twice", actor=actor
        )

    return act


def met_after(monkeypatch: Any, module: Any, name: str) -> threading.Barrier:
    """Both threads have read by this function before either goes on."""
    meeting, read = threading.Barrier(2, timeout=60), getattr(module, name)

    def meet(*args: Any) -> Any:
        found = read(*args)
        meeting.wait()
        return found

    monkeypatch.setattr(module, name, meet)
    return meeting


def one_passed(results: list[Any], kind: type, *codes: str) -> None:
    refused = [one for one in results if isinstance(one, Exception)]
    assert [type(one) for one in results if one not in refused] == [kind], results
    assert isinstance(refused[0], Busy) or (isinstance(refused[0], Refusal) and refused[0].code in codes), results


def given_back_once(account: int) -> None:
    with acting(ACTOR):
        assert (Refund.objects.count(), Entry.objects.filter(kind="refund").count()) == (1, 1)
        assert AccountBalance.objects.get(pk=account).amount == 0
        assert not {one.code: one.findings for one in prove() if one.count}


def test_two_people_ask_for_the_same_money_at_once(account: int) -> None:
    one, two = people("Anna", "Ewa")
    results = at_once(asking(account, one, PAYEES[0]), asking(account, two, PAYEES[1]))
    one_passed(results, ApprovalRequest, "refund.too_much")
    with acting(ACTOR):
        assert ApprovalRequest.objects.count() == 1


def test_without_the_lock_both_would_ask_and_still_one_is_given_back(account: int, monkeypatch: Any) -> None:
    one, two, third, fourth = people("Anna", "Ewa", "Jan", "Ola")
    with monkeypatch.context() as patch:
        patch.setattr(approvals, "lock_accounts", lambda ids: None)
        meeting = met_after(patch, approvals, "waiting_amount")
        asked = at_once(asking(account, one, PAYEES[0]), asking(account, two, PAYEES[1]))
    assert not meeting.broken and all(isinstance(each, ApprovalRequest) for each in asked), asked

    def approving(request: ApprovalRequest, actor: Actor) -> Callable[[], Any]:
        def act() -> Any:
            with acting(actor):
                return approve(request.pk, actor=actor)

        return act

    one_passed(at_once(approving(asked[0], third), approving(asked[1], fourth)), ApprovalRequest, "refund.too_much")
    with acting(ACTOR):
        assert sorted(ApprovalRequest.objects.values_list("state", flat=True)) == ["approved", "proposed"]
    given_back_once(account)


def test_without_the_lock_of_posting_the_free_money_itself_suffices_once(account: int, monkeypatch: Any) -> None:
    monkeypatch.setattr(refunds, "lock_accounts", lambda ids: None)
    meeting = met_after(monkeypatch, refunds, "overpaid")

    def post() -> Any:
        return refund_account(
            account, amount=OVER, payee_name="Anna Wzorcowa", payee_number=PAYEES[0], reason="paid twice", actor=ACTOR
        )

    results = at_once(post, post)
    assert not meeting.broken, results
    one_passed(results, Refund, "ledger.not_open")
    given_back_once(account)
