"""A call that names things of two legal persons is refused and leaves no row."""

import base64
import json
from typing import Any

import pytest
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.papers.models import IssuedDocument
from lokum.money.charges.models import ChargeBatch, Component, OneOffCharge
from lokum.money.charges.tests.world import make_charged_world, make_component
from lokum.money.ledger.models import Batch, Entry, Line

pytestmark = [pytest.mark.usefixtures("as_system"), pytest.mark.req("PLT-02")]

TABLES = (Batch, Entry, Line, ChargeBatch, OneOffCharge, IssuedDocument)


@pytest.fixture
def client() -> Client:
    user = make_user()
    make_grant(user, ["*:*"])
    client = Client()
    client.force_login(user)
    return client


def call(client: Client, action: str, body: dict[str, Any]) -> Any:
    path = f"/api/v1/charges/chargebatch/actions/{action}"
    return client.post(path, json.dumps(body), content_type="application/json")


@pytest.mark.parametrize("delivery", ["next_notice", "own_document"])
def test_a_charge_that_mixes_two_entities_leaves_no_row(client: Client, as_system: Any, delivery: str) -> None:
    one, other = make_charged_world(2, actor=as_system), make_charged_world(2, actor=as_system, tag="W2")
    make_component(one, "KEY", "amount", component_class="other")
    mine = Component.objects.get(entity=one.entity, code="KEY").pk
    before = [model.objects.count() for model in TABLES]
    body = {"account": other.accounts[0], "component": mine, "quantity": "1", "price": "50", "reason": "lost key",
            "month": "2026-04-01", "delivery": delivery}  # fmt: skip
    answer = call(client, "raise_one", body)
    assert answer.status_code in (404, 422), answer.content
    assert [model.objects.count() for model in TABLES] == before
    assert call(client, "raise_one", body | {"account": one.accounts[0]}).status_code == 200, "the same within one"


def test_a_sheet_that_mixes_two_entities_leaves_no_row(client: Client, as_system: Any) -> None:
    one, other = make_charged_world(2, actor=as_system), make_charged_world(2, actor=as_system, tag="W2")
    make_component(one, "KEY", "amount", component_class="other")
    from lokum.money.ledger.models import Account

    codes = [Account.objects.get(pk=pk).code for pk in (one.accounts[0], other.accounts[0])]
    rows = ["account number,component,quantity,net price,reason", *(f"{code},KEY,1,50,lost key" for code in codes)]
    file = {"name": "keys.csv", "content": base64.b64encode("\n".join(rows).encode()).decode()}
    before = [model.objects.count() for model in TABLES]
    body = {"entity": one.entity.pk, "file": file, "month": "2026-04-01", "delivery": "next_notice", "reason": "keys"}
    answer = call(client, "raise_sheet", body)
    assert answer.status_code == 422 and codes[1] in answer.content.decode(), answer.content
    assert [model.objects.count() for model in TABLES] == before
