"""Interest waived by approval: never by the one who asks, open notes first, the rest never noted."""

import datetime as dt
from decimal import Decimal

import pytest

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base import clock
from lokum.core.base.context import Actor, Reach
from lokum.core.base.errors import Refusal
from lokum.core.flow.services import approve
from lokum.money.interest.factories import make_interest_note, make_interest_policy
from lokum.money.interest.models import InterestNote, InterestWaiver
from lokum.money.interest.queries import accrued_of
from lokum.money.interest.services import apply_waiver, request_waiver, waivable
from lokum.money.interest.tests.world import owe, pay
from lokum.money.ledger.factories import make_account
from lokum.money.ledger.models import OpenItem
from lokum.money.ledger.proof import prove
from lokum.money.ledger.services import allocate_by_rule

D = dt.date
PROOF = ["I1", "I2", "I4", "I5", "I9", "I11", "I13"]


def person(*rights: str) -> Actor:
    user = make_user()
    make_grant(user, list(rights))
    return Actor(user_id=user.pk, label=str(user), reach=Reach(everything=True))


def accrued(account) -> Decimal:
    return accrued_of([account], clock.today())[account.pk].amount


@pytest.mark.req("LED-09")
def test_a_waiver_needs_a_second_person_and_takes_notes_back(as_system):
    account = make_interest_note().account  # 7.49 noted to the end of June 2024
    running = accrued(account)
    assert waivable(account, clock.today()).noted == Decimal("7.49")
    one, other = person("*:*"), person("*:*")
    request = request_waiver(account.pk, amount=Decimal("10.00"), reason="illness", actor=one)
    with pytest.raises(Refusal):
        approve(request.pk, actor=one)
    assert not InterestWaiver.objects.exists()
    approve(request.pk, actor=other)
    waiver = InterestWaiver.objects.get()
    assert sorted(waiver.lines.values_list("amount", flat=True)) == [Decimal("2.51"), Decimal("7.49")]
    correction = InterestNote.objects.get(kind="correction")
    assert (correction.reason, correction.total_amount) == ("waiver", Decimal("-7.49"))
    assert not OpenItem.objects.filter(entry__kind="interest", open_amount__gt=0).exists()
    assert accrued(account) == running - Decimal("2.51")
    assert not [one for one in prove(PROOF) if one.count]


@pytest.mark.req("LED-09")
def test_no_more_is_waived_than_is_open(as_system):
    account = make_interest_note().account
    total = waivable(account, clock.today()).total
    with pytest.raises(Refusal) as refused:
        request_waiver(account.pk, amount=total + 1, reason="x", actor=as_system)
    assert refused.value.code == "interest_waiver.amount"


def test_paid_interest_is_not_waived(as_system):
    account = make_interest_note().account
    pay(account, 300, clock.today())
    pay(account, "7.49", clock.today())
    allocate_by_rule(account.entity_id, actor=as_system)
    assert waivable(account, clock.today()).noted == 0


def test_accrued_interest_can_be_waived_before_any_note(as_system):
    account = make_account()
    make_interest_policy(entity=account.entity)
    owe(account, 300, D(2024, 4, 10))
    total = accrued(account)
    apply_waiver(account.pk, amount=total, reason="goodwill", actor=as_system)
    assert accrued(account) == 0
    assert not InterestNote.objects.exists()
