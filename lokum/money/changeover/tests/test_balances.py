"""Open balances after a split: they stay, or move whole to a new account once a second person agrees."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import Actor, Reach
from lokum.core.base.errors import NotAllowed, Refusal
from lokum.core.flow.models import ApprovalRequest
from lokum.core.flow.services import approve
from lokum.money.changeover.models import BalanceMove
from lokum.money.changeover.services.balances import former_balances, request_move, undo_move
from lokum.money.changeover.tests.test_reshaping import flats, split, world  # noqa: F401
from lokum.money.ledger.factories import make_entry
from lokum.money.ledger.models import Account, OpenItem
from lokum.money.ledger.proof import prove
from lokum.money.ledger.queries import total_of_accounts
from lokum.property.reshaping.services import carry_out

pytestmark = [pytest.mark.req("REG-10"), pytest.mark.usefixtures("as_system")]
RULES = ("I1", "I2", "I4", "I5", "I10", "I12", "I13")


def person(name: str) -> Actor:
    user = make_user(display_name=name)
    make_grant(user, ["*:*"])
    return Actor(user.pk, name, reach=Reach(everything=True))


def proven() -> None:
    assert {one.code: [str(f) for f in one.findings] for one in prove(RULES) if one.count} == {}


def opened(account: Account) -> dict[dt.date, Decimal]:
    rows = OpenItem.objects.filter(account=account, open_amount__gt=0)
    return {one.due_on: one.open_amount if one.side == "debit" else -one.open_amount for one in rows}


def test_open_balances_move_with_their_due_days_and_back(world, flats, as_system):  # noqa: F811
    """500.00 owed and 80.00 free: both stand on the new account, together as before; undone, as if never moved."""
    old = Account.objects.get(agreement__premises=flats[0])
    due = dt.date(2026, 1, 10)
    make_entry(account=old, amount=Decimal("500.00"), booked_on=dt.date(2026, 1, 2), due_on=due)
    make_entry(account=old, amount=Decimal("-80.00"), booked_on=dt.date(2026, 1, 12))
    act = carry_out(split(flats[0], as_system).pk, actor=as_system)
    [found] = former_balances(act)
    assert (found.account, found.debit, found.credit, len(found.targets)) == (old, 500, 80, 2)
    target, other = found.targets
    before = opened(old)
    one, two = person("Anna"), person("Ewa")
    stranger = Account.objects.get(agreement__premises=flats[1])
    with pytest.raises(Refusal) as refused:
        request_move(source=old, target=stranger, reason="one account", actor=one)
    assert refused.value.code == "reshaping.other_account"
    asked = request_move(source=old, target=target, reason="one account", actor=one)
    assert opened(old) == before, "nothing is posted before somebody else agrees"
    with pytest.raises(NotAllowed):
        approve(asked.pk, actor=one)
    approve(asked.pk, actor=two)
    move = BalanceMove.objects.get()
    assert (opened(old), opened(target), opened(other)) == ({}, before, {})
    assert total_of_accounts([old.pk, target.pk]) == {old.pk: 0, target.pk: 420}
    assert (move.debit_amount, move.credit_amount, move.proposed_by, move.made_by) == (500, 80, "Anna", "Ewa")
    proven()
    undo_move(move.pk, reason="wrong flat", actor=as_system)
    assert (opened(old), opened(target)) == (before, {})
    with pytest.raises(Refusal) as refused:
        undo_move(move.pk, reason="again", actor=as_system)
    assert refused.value.code == "changeover.undone"
    proven()
    again = request_move(source=old, target=other, reason="one account", actor=one)
    make_entry(account=old, amount=Decimal("-1.00"), booked_on=dt.date(2026, 1, 13))
    with pytest.raises(Refusal) as refused:
        approve(again.pk, actor=two)
    assert refused.value.code == "changeover.changed"


def test_the_step_offers_it_and_the_new_premises_show_the_former_account(world, flats, as_system):  # noqa: F811
    old = Account.objects.get(agreement__premises=flats[0])
    make_entry(account=old, amount=Decimal("500.00"), booked_on=dt.date(2026, 1, 2))
    act = carry_out(split(flats[0], as_system).pk, actor=as_system)
    user = make_user(language="en")
    make_grant(user, ["*:*"])
    client = Client()
    client.force_login(user)
    url = f"/office/changeover/balances/{act.pk}/"
    assert url in client.get(f"/office/reshaping/{act.pk}/").content.decode()
    assert old.code in client.get(url).content.decode()
    answer: Any = client.post(url, {"reason": "one account"})
    assert answer.status_code == 422 and not ApprovalRequest.objects.exists()
    [found] = former_balances(act)
    answer = client.post(url, {"reason": "one account", f"target_{old.pk}": str(found.targets[0].pk)})
    assert answer.status_code == 302 and ApprovalRequest.objects.get().amount == 500
    new = act.new_premises.first().premises
    page = client.get(f"/office/estates/premises/{new.pk}/").content.decode()
    assert f"/office/ledger/account/{old.pk}/" in page or "former_accounts" in page
