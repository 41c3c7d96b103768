"""Two people claim or receive at once: one effect. The control takes the lock away and sees the race."""

import datetime as dt
import threading
from decimal import Decimal
from typing import Any

import pytest

from lokum.core.base.context import acting, system_actor
from lokum.core.base.errors import Busy, Refusal
from lokum.money.allowances.models import BodyPayment, Claim, ClaimLine
from lokum.money.allowances.services import claim_due, claiming, grant_allowance, receive_payment
from lokum.money.charges.tests.test_concurrency import at_once
from lokum.money.ledger.models import Account
from lokum.money.ledger.proof import prove
from lokum.money.ledger.tests.world import World, make_world
from lokum.property.parties.factories import make_party

ACTOR = system_actor("test")
MARCH = dt.date(2026, 3, 1)
PEOPLE = 5


@pytest.fixture
def world(fresh_database: Any) -> World:
    with acting(ACTOR) as actor:
        world = make_world(PEOPLE, actor=actor)
        body = make_party(kind="company", last_name="Gmina Lipogóra", first_name="")
        for number, account in enumerate(Account.objects.order_by("pk")):
            grant_allowance(
                account=account, kind="housing", body=body, decision_number=f"DM.{number}", decided_on=MARCH,
                first_month=MARCH, monthly_amount=Decimal("100.00"), actor=actor,
            )  # fmt: skip
        return world


def claim(world: World) -> Any:
    def act() -> Any:
        with acting(ACTOR) as actor:
            return claim_due(world.entity, MARCH, actor=actor)

    return act


@pytest.mark.req("LED-22")
def test_two_people_claim_a_month_at_once(world: World) -> None:
    results = at_once(claim(world), claim(world))
    assert sorted(len(one) for one in results) == [0, 1], results
    with acting(ACTOR):
        assert (Claim.objects.count(), ClaimLine.objects.count()) == (1, PEOPLE)
        assert not {one.code: one.findings for one in prove() if one.count}


@pytest.mark.req("LED-22")
def test_without_the_lock_both_would_claim_it(world: World, monkeypatch: Any) -> None:
    meeting = threading.Barrier(2, timeout=60)
    monkeypatch.setattr(claiming, "lock_claiming", lambda entity_id: None)
    lock = claiming.lock_accounts

    def met(keys: Any) -> None:
        meeting.wait()  # both have seen what is due
        lock(keys)

    monkeypatch.setattr(claiming, "lock_accounts", met)
    results = at_once(claim(world), claim(world))
    assert not meeting.broken, results
    with acting(ACTOR):
        twice = ClaimLine.objects.count() == 2 * PEOPLE
    assert twice or any(isinstance(one, Exception) for one in results), results


@pytest.mark.req("LED-22")
def test_the_money_of_a_claim_is_booked_once(world: World) -> None:
    made = claim(world)()[0]

    def receive() -> Any:
        with acting(ACTOR) as actor:
            return receive_payment(made.pk, amount=Decimal(500), received_on=MARCH, actor=actor)

    results = at_once(receive, receive)
    refused = [one for one in results if isinstance(one, Refusal | Busy)]
    assert len(refused) == 1 and refused[0].code in ("claim.settled", "ledger.busy"), results
    with acting(ACTOR):
        assert BodyPayment.objects.count() == 1
        assert not {one.code: one.findings for one in prove() if one.count}
