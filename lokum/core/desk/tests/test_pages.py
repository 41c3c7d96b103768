"""The pages of a register, seen through the real rights: list, record, form, deleting, bulk."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import acting, system_actor
from lokum.core.organisation.factories import make_entity, make_node
from lokum.core.organisation.models import Entity, Node, NodePlacement

LIST = "/office/organisation/entity/"


@pytest.fixture
def world(db: None) -> dict[str, Any]:
    with acting(system_actor("test")):
        north, south = make_node(code="N", name="Północ"), make_node(code="S", name="South")
        mine = make_entity(code="SM1", name="Spółdzielnia Łąka", node=north)
        other = make_entity(code="SM2", name="Other", node=south)
        everything, scoped, reader = make_user(), make_user(), make_user()
        make_grant(everything, ["*"])
        make_grant(scoped, ["organisation.*:*"], scopes={"node": [north.pk]})
        make_grant(reader, ["organisation.entity:view"])
        return {"north": north, "south": south, "mine": mine, "other": other, "all": everything, "scoped": scoped,
                "reader": reader}  # fmt: skip


def _client(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _values(entity: Entity, **over: Any) -> dict[str, Any]:
    values = {
        "code": entity.code, "name": entity.name, "short_name": entity.short_name, "kind": entity.kind,
        "node": entity.node_id, "country_pack": "pl", "legal_name": entity.legal_name, "currency": "PLN",
        "time_zone": "Europe/Warsaw", "fiscal_year_start": 1, "due_day": 10, "opened_on": "2000-01-01",
        "version": entity.version,
    }  # fmt: skip
    return {**values, **over}


def _now(pk: int) -> Entity:
    with acting(system_actor("test")):
        return Entity.objects.get(pk=pk)


def test_a_list_is_searched_without_diacritics(world: dict[str, Any]) -> None:
    client = _client(world["all"])
    page = client.get(LIST, {"q": "spoldzielnia laka"}).content.decode()
    assert "Spółdzielnia Łąka" in page
    assert "Other" not in page
    part = client.get(LIST, {"q": "other"}, headers={"HX-Request": "true", "HX-Target": "rows"}).content.decode()
    assert "<html" not in part
    assert 'id="list-count" hx-swap-oob="true">1<' in part
    assert "Other" in part


@pytest.mark.req("PLT-02")
def test_scope_limits_list_record_and_choices(world: dict[str, Any]) -> None:
    client = _client(world["scoped"])
    assert "Other" not in client.get(LIST).content.decode()
    assert client.get(f"{LIST}{world['mine'].pk}/").status_code == 200
    assert client.get(f"{LIST}{world['other'].pk}/").status_code == 404
    assert client.get(f"{LIST}{world['other'].pk}/edit/").status_code == 404
    form = client.get(f"{LIST}add/").content.decode()
    assert "Północ" in form
    assert "South" not in form


def test_a_right_is_needed_besides_the_scope(world: dict[str, Any]) -> None:
    client = _client(world["reader"])
    address = f"{LIST}{world['mine'].pk}/"
    assert client.get(address).status_code == 200
    assert client.get(f"{address}edit/").status_code == 403
    assert client.post(f"{address}delete/").status_code == 403
    assert client.get("/office/organisation/node/").status_code == 403
    assert client.get(f"{LIST}export/").status_code == 403
    assert Client().get(LIST).status_code == 302


def test_saving_grows_the_version_and_refuses_the_older_one(world: dict[str, Any]) -> None:
    client, entity = _client(world["all"]), world["mine"]
    address = f"{LIST}{entity.pk}/edit/"
    assert client.post(address, _values(entity, name="New name")).status_code == 302
    assert _now(entity.pk).name == "New name"
    stale = client.post(address, _values(entity, name="Older name"))
    assert stale.status_code == 412
    assert "Older name" in stale.content.decode()
    assert _now(entity.pk).name == "New name"


def test_nobody_edits_a_record_out_of_their_sight(world: dict[str, Any]) -> None:
    client, entity = _client(world["scoped"]), world["mine"]
    answer = client.post(f"{LIST}{entity.pk}/edit/", _values(entity, node=world["south"].pk))
    assert answer.status_code == 422
    assert _now(entity.pk).node_id == world["north"].pk


def test_a_duplicate_is_refused_beside_its_field(world: dict[str, Any]) -> None:
    client, entity = _client(world["all"]), world["mine"]
    answer = client.post(f"{LIST}add/", _values(entity, version="", code="SM2"))
    assert answer.status_code == 422
    assert 'id="id_code_error"' in answer.content.decode()


def test_deleting_says_what_stands_in_the_way(world: dict[str, Any]) -> None:
    client = _client(world["all"])
    address = f"/office/organisation/node/{world['north'].pk}/delete/"
    assert "Entities: 1" in client.get(address).content.decode()
    assert client.post(address).status_code == 409
    assert client.post(f"{LIST}{world['mine'].pk}/delete/").status_code == 302
    assert client.post(address).status_code == 302


def test_bulk_edit_is_all_or_nothing_unless_chosen(world: dict[str, Any]) -> None:
    client = _client(world["all"])
    pks = [world["mine"].pk, world["other"].pk]
    body = {"bulk": "edit", "confirmed": "1", "selected": pks, "set_fields": ["code"], "code": "SAME", "policy": "all"}
    answer = client.post(f"{LIST}bulk/", body)
    assert answer.status_code == 422
    assert {_now(pk).code for pk in pks} == {"SM1", "SM2"}
    assert client.post(f"{LIST}bulk/", {**body, "policy": "good"}).status_code == 302
    assert {_now(pk).code for pk in pks} == {"SAME", "SM2"}
    foreign = _client(world["scoped"]).post(f"{LIST}bulk/", {**body, "set_fields": ["city"], "city": "X"})
    assert foreign.status_code == 404
    assert {_now(pk).city for pk in pks} == {""}


def test_pages_by_key_cover_every_row_once(world: dict[str, Any]) -> None:
    with acting(system_actor("test")):
        for number in range(120):
            make_entity(
                code=f"E{number:03}",
                node=world["north"],
                closed_on=dt.date(2030, 1, 1 + number % 20) if number % 3 else None,
            )
    client = _client(world["all"])
    for sort in ("", "closed_on", "-closed_on", "node", "-name"):
        seen: list[str] = []
        address: str | None = f"{LIST}?sort={sort}"
        while address:
            context = client.get(address).context
            seen += [row["pk"] for row in context["rows"]]
            address = LIST + context["next_url"] if context["next_url"] else None
            previous = context["previous_url"]
        assert len(seen) == len(set(seen)) == 122, sort
        back = client.get(LIST + previous).context
        assert [row["pk"] for row in back["rows"]] == seen[50:100], sort


@pytest.mark.req("PLT-01")
def test_a_node_moves_from_a_day_and_keeps_its_past(world: dict[str, Any]) -> None:
    client = _client(world["all"])
    add = {"code": "O1", "name": "Office", "kind": "office", "country": "PL", "time_zone": "Europe/Warsaw",
           "currency": "PLN", "opened_on": "2020-01-01", "parent": world["north"].pk}  # fmt: skip
    assert client.post("/office/organisation/node/add/", add).status_code == 302
    with acting(system_actor("test")):
        office = Node.objects.get(code="O1")
    move = f"/office/organisation/node/{office.pk}/do/move/"
    assert client.post(move, {"parent": world["south"].pk, "from_on": "2026-07-01"}).status_code == 302
    for day, parent in (("2026-06-30", "N"), ("2026-07-01", "S")):
        lines = client.get(f"/office/organisation/tree/?on={day}").context["lines"]
        line = next(line for line in lines if line.node.pk == office.pk)
        codes = {each.node.pk: each.node.code for each in lines}
        assert codes[line.parent_id] == parent
    cycle = client.post(
        f"/office/organisation/node/{world['south'].pk}/do/move/", {"parent": office.pk, "from_on": "2026-08-01"}
    )
    assert cycle.status_code == 422
    assert "below" in cycle.content.decode()
    duplicate = client.post("/office/organisation/node/add/", add)
    assert duplicate.status_code == 422
    with acting(system_actor("test")):
        assert NodePlacement.objects.filter(node=office).count() == 2


def test_saved_views_are_tabs(world: dict[str, Any]) -> None:
    client = _client(world["all"])
    kept = client.post(f"{LIST}views/", {"name": "Mine", "query": "q=laka&columns=code,city&page=zzz"})
    assert kept.status_code == 302
    context = client.get(kept["Location"]).context
    assert [row["name"] for row in context["rows"]] == ["Spółdzielnia Łąka"]
    assert [heading["label"] for heading in context["headings"]] == ["Code", "Town"]
    assert "Mine" not in _client(world["reader"]).get(LIST).content.decode()
