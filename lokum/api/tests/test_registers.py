"""The API of registers: same rights, scope and rules as the pages; keys, versions and machine-readable refusals."""

import json
from typing import Any

import pytest
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.access.tokens import issue_token
from lokum.core.base.context import acting, system_actor
from lokum.core.desk.models import IdempotencyKey
from lokum.core.organisation.factories import make_entity, make_node
from lokum.core.organisation.models import Entity, EntityFund

FUNDS = "/api/v1/organisation/entityfund"
ENTITIES = "/api/v1/organisation/entity"


class Api:
    """A caller with a token."""

    def __init__(self, user: Any, scopes: list[str] | None = None) -> None:
        with acting(system_actor("test")) as actor:
            _token, secret = issue_token(user, name="test", scopes=scopes or ["*"], days=3, actor=actor)
        self.client, self.head = Client(enforce_csrf_checks=True), {"Authorization": f"Bearer {secret}"}

    def call(self, method: str, path: str, body: Any = None, **head: str) -> Any:
        names = {name.replace("_", "-"): value for name, value in head.items()}
        data = b"" if body is None else json.dumps(body).encode()
        return self.client.generic(method, path, data, content_type="application/json", headers={**self.head, **names})


@pytest.fixture
def world(db: None) -> dict[str, Any]:
    with acting(system_actor("test")):
        north, south = make_node(code="N"), make_node(code="S")
        mine, other = make_entity(code="SM1", name="Łąka", node=north), make_entity(code="SM2", node=south)
        everything, scoped, reader = make_user(), make_user(), make_user()
        make_grant(everything, ["*"])
        make_grant(scoped, ["organisation.*:*"], scopes={"node": [north.pk]})
        make_grant(reader, ["organisation.entity:view"])
        return {"mine": mine, "other": other, "south": south, "all": everything, "scoped": scoped, "reader": reader}


@pytest.mark.req("PLT-28")
def test_a_record_is_added_changed_and_deleted(world: dict[str, Any]) -> None:
    api = Api(world["all"])
    added = api.call("POST", FUNDS, {"entity": world["mine"].pk, "code": "F1", "name": "Repairs"})
    assert added.status_code == 201, added.content
    pk = added.json()["id"]
    assert added["ETag"] == '"1"'
    missing = api.call("PATCH", f"{FUNDS}/{pk}", {"name": "X"})
    assert (missing.status_code, missing.json()["code"]) == (428, "version.missing")
    changed = api.call("PATCH", f"{FUNDS}/{pk}", {"name": "Repair fund"}, If_Match='"1"')
    assert (changed.status_code, changed.json()["name"], changed["ETag"]) == (200, "Repair fund", '"2"')
    stale = api.call("PATCH", f"{FUNDS}/{pk}", {"name": "Older"}, If_Match='"1"')
    assert (stale.status_code, stale.json()["code"]) == (412, "record.stale")
    assert stale["Content-Type"] == "application/problem+json"
    double = api.call("POST", FUNDS, {"entity": world["mine"].pk, "code": "F1", "name": "Again"})
    assert double.status_code == 422
    unknown = api.call("POST", FUNDS, {"entity": world["mine"].pk, "code": "F2", "name": "X", "color": "red"})
    assert "color" in unknown.json()["fields"]
    assert api.call("DELETE", f"{FUNDS}/{pk}", If_Match='"2"').status_code == 204
    assert api.call("GET", f"{FUNDS}/{pk}").status_code == 404


@pytest.mark.req("PLT-28")
def test_a_key_makes_a_call_happen_once(world: dict[str, Any]) -> None:
    api = Api(world["all"])
    body = {"entity": world["mine"].pk, "code": "F1", "name": "Repairs"}
    first = api.call("POST", FUNDS, body, Idempotency_Key="k1")
    again = api.call("POST", FUNDS, body, Idempotency_Key="k1")
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    other = api.call("POST", FUNDS, {**body, "name": "Other"}, Idempotency_Key="k1")
    assert (other.status_code, other.json()["details"]["different"]) == (409, ["name"])
    refused = api.call("POST", FUNDS, body, Idempotency_Key="k2")
    assert refused.status_code == 422
    with acting(system_actor("test")):
        assert EntityFund.objects.count() == 1
        assert IdempotencyKey.objects.count() == 1


def test_scope_and_rights_are_those_of_the_pages(world: dict[str, Any]) -> None:
    scoped, reader = Api(world["scoped"]), Api(world["reader"])
    assert [row["code"] for row in scoped.call("GET", ENTITIES).json()["items"]] == ["SM1"]
    assert scoped.call("GET", f"{ENTITIES}/{world['other'].pk}").status_code == 404
    address = f"{ENTITIES}/{world['mine'].pk}"
    escape = scoped.call("PATCH", address, {"node": world["south"].pk}, If_Match='"1"')
    assert escape.status_code == 422
    assert reader.call("PATCH", address, {"name": "X"}, If_Match='"1"').status_code == 403
    assert reader.call("GET", FUNDS).status_code == 403
    narrow = Api(world["all"], scopes=["organisation.entity:view"])
    assert narrow.call("GET", address).status_code == 200
    assert narrow.call("PATCH", address, {"name": "X"}, If_Match='"1"').status_code == 403
    assert Client().get(ENTITIES).status_code == 401
    with acting(system_actor("test")):
        assert Entity.objects.get(pk=world["mine"].pk).name == "Łąka"


def test_a_session_needs_the_csrf_token(world: dict[str, Any]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world["all"])
    assert client.get(ENTITIES).status_code == 200
    body = json.dumps({"entity": world["mine"].pk, "code": "F1", "name": "X"})
    assert client.post(FUNDS, body, content_type="application/json").status_code == 403


def test_filters_are_those_of_the_list_and_unknown_ones_are_refused(world: dict[str, Any]) -> None:
    api = Api(world["all"])
    assert [row["code"] for row in api.call("GET", f"{ENTITIES}?q=laka").json()["items"]] == ["SM1"]
    assert api.call("GET", f"{ENTITIES}?nodes=1").json()["code"] == "filter.unknown"
    assert api.call("GET", f"{ENTITIES}?opened_on_from=yesterday").status_code == 422
    page = api.call("GET", f"{ENTITIES}?limit=1").json()
    rest = api.call("GET", f"{ENTITIES}?limit=1&cursor={page['next']}").json()
    assert [page["items"][0]["code"], rest["items"][0]["code"], rest["next"]] == ["SM1", "SM2", None]
    assert api.call("GET", f"{ENTITIES}?cursor=nonsense").status_code == 422


@pytest.mark.req("PLT-01")
def test_an_action_is_a_post(world: dict[str, Any]) -> None:
    api = Api(world["all"])
    node = world["mine"].node_id
    path = f"/api/v1/organisation/node/{node}/move"
    moved = api.call("POST", path, {"parent": world["south"].pk, "from_on": "2026-07-01"})
    assert moved.status_code == 200, moved.content
    cycle = api.call(
        "POST", f"/api/v1/organisation/node/{world['south'].pk}/move", {"parent": node, "from_on": "2026-08-01"}
    )
    assert (cycle.status_code, cycle.json()["code"]) == (422, "node.cycle")


@pytest.mark.req("PLT-31")
def test_an_identifier_gets_one_verdict_everywhere(world: dict[str, Any]) -> None:
    api, entity = Api(world["all"]), world["mine"]
    refused = api.call("PATCH", f"{ENTITIES}/{entity.pk}", {"tax_number": "1234567890"}, If_Match='"1"')
    assert refused.status_code == 422
    reason = refused.json()["fields"]["tax_number"]
    client = Client()
    client.force_login(world["all"])
    values = {**api.call("GET", f"{ENTITIES}/{entity.pk}").json(), "tax_number": "1234567890"}
    page = client.post(
        f"/office/organisation/entity/{entity.pk}/edit/", {k: v for k, v in values.items() if v is not None}
    )
    assert page.status_code == 422
    assert reason[0] in page.content.decode()
    good = api.call("PATCH", f"{ENTITIES}/{entity.pk}", {"tax_number": "526-104-08-28"}, If_Match='"1"')
    assert good.json()["tax_number"] == "5261040828"


def test_what_is_not_there_is_a_problem_document(world: dict[str, Any]) -> None:
    answer = Api(world["all"]).call("GET", "/api/v1/nothing/here")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
