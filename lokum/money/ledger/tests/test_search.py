"""Premises are found by what their payers owe, on page and API alike."""

import pytest
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import acting, system_actor
from lokum.money.ledger.models import Account, AccountBalance
from lokum.property.estates.factories import make_premises
from lokum.property.occupancy.factories import make_opened_agreement


@pytest.mark.req("REG-09")
def test_premises_are_found_by_balance(db):
    with acting(system_actor("test")):
        owing, clear = make_premises(), make_premises()
        for premises in (owing, clear):
            make_opened_agreement(premises=premises)
        account = Account.objects.get(agreement__premises=owing)
        AccountBalance.objects.update_or_create(account=account, defaults={"amount": "150.00"})
        AccountBalance.objects.get_or_create(
            account=Account.objects.get(agreement__premises=clear), defaults={"amount": "0"}
        )
        user, viewer = make_user(), make_user()
        make_grant(user, ["*:*"])
        make_grant(viewer, ["estates.*:view"])
    client = Client()
    client.force_login(user)
    for query, found in (
        ({"balance_from": "100"}, {owing.pk}),
        ({"balance_to": "0"}, {clear.pk}),
        ({"balance_from": "0", "balance_to": "200"}, {owing.pk, clear.pk}),
        ({"balance_from": "151"}, set()),
    ):
        answer = client.get("/api/v1/estates/premises", query).json()
        assert {item["id"] for item in answer["items"]} == found, query
    assert (
        f"/office/estates/premises/{owing.pk}/"
        in client.get("/office/estates/premises/", {"balance_from": "100"}).content.decode()
    )
    client.force_login(viewer)
    assert client.get("/api/v1/estates/premises", {"balance_from": "100"}).json()["items"] == []
