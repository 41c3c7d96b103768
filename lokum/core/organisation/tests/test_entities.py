"""Entities with what belongs to them, mandates that end, country rules that come as data."""

import datetime as dt
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base import clock
from lokum.core.base.context import acting, system_actor
from lokum.core.organisation.factories import (
    make_entity,
    make_entity_bank_account,
    make_entity_fund,
    make_management_contract,
    make_mandate,
    make_pack_rule,
)
from lokum.core.organisation.models import PackRule
from lokum.core.organisation.queries import mandates_on, rule_on

IMPORT = "/office/organisation/packrule/do/import_rules/"


@pytest.fixture
def client(db: None) -> Client:
    with acting(system_actor("test")):
        user = make_user()
        make_grant(user, ["*"])
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.req("REG-14")
def test_an_entity_shows_its_funds_accounts_mandates_and_contracts(client: Client) -> None:
    with acting(system_actor("test")):
        entity = make_entity()
        fund, account = make_entity_fund(entity=entity), make_entity_bank_account(entity=entity)
        mandate, contract = make_mandate(entity=entity), make_management_contract(entity=entity)
        make_entity_fund(name="Foreign fund")
    address = f"/office/organisation/entity/{entity.pk}/"
    for tab, text in (("funds", fund.code), ("accounts", account.number), ("mandates", mandate.person_name),
                      ("contracts", contract.number)):  # fmt: skip
        page = client.get(address, {"tab": tab}).content.decode()
        assert text in page
        assert "Foreign fund" not in page


@pytest.mark.req("REG-14")
def test_an_ended_mandate_is_gone_the_next_day(as_system: Any) -> None:
    mandate = make_mandate(starts_on=dt.date(2026, 1, 1), ends_on=dt.date(2026, 6, 30))
    assert list(mandates_on(mandate.entity, dt.date(2026, 6, 30))) == [mandate]
    assert not mandates_on(mandate.entity, dt.date(2026, 7, 1)).exists()


def _rules(client: Client, rules: Any, name: str = "rules.json") -> Any:
    data = rules if isinstance(rules, bytes) else json.dumps(rules).encode()
    return client.post(IMPORT, {"file": SimpleUploadedFile(name, data)})


@pytest.mark.req("PLT-05")
def test_a_rule_from_next_month_leaves_this_month_alone(client: Client) -> None:
    this_month = clock.first_of_month(clock.today())
    next_month = clock.add_months(this_month, 1)
    with acting(system_actor("test")):
        make_pack_rule(key="interest.statutory", valid_from=dt.date(2020, 1, 1), value="7.20")
    rule = {"pack": "pl", "key": "interest.statutory", "valid_from": next_month.isoformat(), "value": "6.50"}
    assert _rules(client, [rule]).status_code == 302
    assert _rules(client, [rule]).status_code == 302
    with acting(system_actor("test")):
        assert PackRule.objects.filter(key="interest.statutory").count() == 2
        values = [
            rule_on("pl", "interest.statutory", day).value for day in (clock.last_of_month(this_month), next_month)
        ]
    assert values == ["7.20", "6.50"]


@pytest.mark.req("PLT-05")
@pytest.mark.parametrize(
    ("change", "words"),
    [({"valid_from": "2020-01-01", "value": "1"}, "another value"),
     ({"valid_from": "2021-01-01"}, "this month or later"), ({"valid_from": "soon"}, "Row 1"),
     ({"value": None}, "no value")],
)  # fmt: skip
def test_a_rule_never_rewrites_the_past(client: Client, change: dict[str, Any], words: str) -> None:
    with acting(system_actor("test")):
        make_pack_rule(key="interest.statutory", valid_from=dt.date(2020, 1, 1), value="7.20")
    rule = {"pack": "pl", "key": "interest.statutory", "valid_from": "2030-01-01", "value": "6.50", **change}
    answer = _rules(client, [rule])
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert _rules(client, b"\x00nonsense", "rules.csv").status_code == 422
    with acting(system_actor("test")):
        assert list(PackRule.objects.filter(key="interest.statutory").values_list("value", flat=True)) == ["7.20"]
