"""Modules and functions switched per node: off means not found, the data stay."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import acting, system_actor
from lokum.core.organisation.factories import make_node
from lokum.core.organisation.models import Node
from lokum.core.organisation.queries import function_on
from lokum.core.organisation.services import place_node, switch_function
from lokum.money.banking.factories import make_bank_statement
from lokum.money.charges.factories import make_component
from lokum.money.ledger.factories import make_ledger_account

LIST, API = "/office/banking/bankstatement/", "/api/v1/banking/bankstatement"
SWITCHES = "/office/organisation/moduleswitch/"


@pytest.fixture
def world(db: None) -> dict[str, Any]:
    with acting(system_actor("test")) as actor:
        statement = make_bank_statement()
        office = statement.bank_account.entity.node
        top, other = make_node(kind=Node.Kind.GROUP), make_node()
        place_node(office, top, actor=actor)
        place_node(other, top, actor=actor)
        user = make_user()
        make_grant(user, ["*"])
    client = Client()
    client.force_login(user)
    return {"client": client, "statement": statement, "office": office, "top": top, "other": other}


def _switch(world: dict[str, Any], node: Node, enabled: bool, function: str = "payments") -> None:
    with acting(system_actor("test")) as actor:
        switch_function(node, function, enabled=enabled, actor=actor)


@pytest.mark.req("PLT-03")
def test_a_module_switched_off_is_not_found_and_comes_back_with_its_data(world: dict[str, Any]) -> None:
    client, record = world["client"], world["statement"]
    assert client.get(f"{LIST}{record.pk}/").status_code == 200
    assert LIST in client.get("/office/").content.decode()
    body = {"node": world["top"].pk, "function": "payments"}
    assert client.post(f"{SWITCHES}add/", body).status_code == 302
    for page in (LIST, f"{LIST}{record.pk}/", f"{LIST}export/", API, f"{API}/{record.pk}", "/office/banking/bankfile/"):
        assert client.get(page).status_code == 404, page
    assert LIST not in client.get("/office/").content.decode()
    assert not client.get("/office/search/?q=" + str(record)[:4]).context["groups"]
    _switch(world, world["top"], True)
    assert client.get(f"{API}/{record.pk}").json()["id"] == record.pk


@pytest.mark.req("PLT-03")
def test_the_nearest_switch_decides(world: dict[str, Any]) -> None:
    client = world["client"]
    _switch(world, world["top"], False)
    _switch(world, world["office"], True)
    assert [row["pk"] for row in client.get(LIST).context["rows"]] == [world["statement"].pk]
    _switch(world, world["office"], False)
    _switch(world, world["other"], True)
    assert client.get(LIST).context["rows"] == []
    assert client.get(f"{LIST}{world['statement'].pk}/").status_code == 404


@pytest.mark.req("PLT-03")
@pytest.mark.parametrize(("module", "pages"), [
    ("charges", ["/office/charges/component/", "/office/charges/tariff/", "/api/v1/charges/chargerun",
                 "/office/documents/feechange/", "/office/rehearsals/rehearsal/"]),
    ("ledger", ["/office/ledger/account/", "/office/ledger/trial-balance/", "/api/v1/ledger/entry"]),
])  # fmt: skip
def test_registers_and_pages_of_an_app_go_with_their_module(
    world: dict[str, Any], module: str, pages: list[str]
) -> None:
    client = world["client"]
    assert [client.get(page).status_code for page in pages] == [200] * len(pages)
    _switch(world, world["top"], False, module)
    assert [client.get(page).status_code for page in pages] == [404] * len(pages)
    assert pages[0] not in client.get("/office/").content.decode()
    _switch(world, world["top"], True, module)
    assert [client.get(page).status_code for page in pages] == [200] * len(pages)


@pytest.mark.req("PLT-03")
def test_records_of_charges_and_ledger_come_back_with_their_data(world: dict[str, Any]) -> None:
    client = world["client"]
    with acting(system_actor("test")):
        entity = world["statement"].bank_account.entity
        records = {
            "charges": f"/api/v1/charges/component/{make_component(entity=entity).pk}",
            "ledger": f"/api/v1/ledger/ledgeraccount/{make_ledger_account(entity=entity).pk}",
        }
    for module, path in records.items():
        before = client.get(path).json()
        _switch(world, world["office"], False, module)
        assert client.get(path).status_code == 404
        assert client.get(path.replace("/api/v1/", "/office/") + "/").status_code == 404
        _switch(world, world["office"], True, module)
        assert client.get(path).json() == before


def test_switches_are_read_once_for_a_page(world: dict[str, Any]) -> None:
    with CaptureQueriesContext(connection) as captured:
        world["client"].get("/office/")
    assert len([one for one in captured if 'FROM "organisation_moduleswitch"' in one["sql"]]) == 1


def test_a_function_lives_only_while_its_module_is_on(world: dict[str, Any]) -> None:
    with acting(system_actor("test")):
        assert function_on(world["office"], "portal.meters")
    _switch(world, world["office"], False, "portal.meters")
    _switch(world, world["top"], False, "portal")
    with acting(system_actor("test")):
        assert not function_on(world["office"], "portal.meters")
        assert not function_on(world["other"], "portal.money")
        assert not function_on(world["top"], "portal")
