"""Matching by hand and undoing it, in the browser's way."""

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from lokum.core.access.factories import make_grant, make_user
from lokum.money.ledger.factories import make_account, make_entry
from lokum.money.ledger.models import Allocation, OpenItem

D = dt.date


@pytest.fixture
def world(as_system):
    account = make_account()
    debts = [
        make_entry(account=account, amount=Decimal(300), booked_on=D(2026, month, 1), due_on=D(2026, month, 10))
        for month in (4, 5)
    ]
    money = make_entry(account=account, amount=Decimal(-250), booked_on=D(2026, 6, 30))
    return account, debts, money


def signed_in(*rights: str) -> Client:
    user = make_user()
    make_grant(user, list(rights))
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.req("LED-06")
def test_money_is_matched_by_hand_and_undone_with_a_reason(world):
    account, (april, may), money = world
    client = signed_in("ledger.*:*")
    url = reverse("ledger:match", args=[account.pk])
    page = client.get(url).content.decode()
    assert "300" in page and f"debt_{may.pk}" in page
    values = {"credit": money.pk, f"debt_{may.pk}": "200.00", f"debt_{april.pk}": "50.00"}
    assert client.post(url, values).status_code == 302
    rows = Allocation.objects.order_by("debit_id")
    assert [(one.debit_id, one.amount, one.rule) for one in rows] == [
        (april.pk, Decimal("50.00"), "by_hand"),
        (may.pk, Decimal("200.00"), "by_hand"),
    ]
    tab = client.get(reverse("desk:detail", args=["ledger", "account", account.pk]) + "?tab=matching").content.decode()
    undo = reverse("desk:action", args=["ledger", "allocation", rows[0].pk, "undo"])
    assert undo in tab
    client.post(undo, {"reason": "other debt"})
    assert OpenItem.objects.get(entry=money).open_amount == Decimal("50.00")
    assert Allocation.objects.get(pk=rows[0].pk).undone_reason == "other debt"


@pytest.mark.req("LED-06")
@pytest.mark.parametrize("amounts", [("300.00", "0"), ("0", "0"), ("-1", "0"), ("301", "0"), ("x", "0")])
def test_wrong_amounts_are_refused_beside_the_form(world, amounts):
    account, debts, money = world
    values = {"credit": money.pk} | {f"debt_{one.pk}": text for one, text in zip(debts, amounts, strict=True)}
    answer = signed_in("ledger.*:*").post(reverse("ledger:match", args=[account.pk]), values)
    assert answer.status_code == 200
    assert not Allocation.objects.exists()


def test_the_right_is_asked(world):
    url = reverse("ledger:match", args=[world[0].pk])
    assert signed_in("ledger.*:view").get(url).status_code == 403
    assert signed_in("ledger.account:view", "ledger.account:match").get(url).status_code == 200
