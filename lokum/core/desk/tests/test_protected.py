"""Protected fields: masked everywhere, not to be probed, shown in full for a reason that is written down."""

import json
from typing import Any

import pytest
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.audit.models import AuditRow
from lokum.core.base.context import acting, system_actor
from lokum.core.outbox.factories import make_webhook
from lokum.core.outbox.models import Event
from lokum.property.parties.factories import make_party

LIST, API = "/office/parties/party/", "/api/v1/parties/party"
NUMBER = "44051401359"


@pytest.fixture
def world(db: None) -> dict[str, Any]:
    with acting(system_actor("test")):
        party = make_party(personal_number=NUMBER)
        clerk, officer = make_user(), make_user()
        make_grant(clerk, [f"parties.party:{action}" for action in ("view", "edit", "add", "export")])
        make_grant(officer, ["parties.*:*"])
    clients = []
    for user in (clerk, officer):
        client = Client()
        client.force_login(user)
        clients.append(client)
    return {"party": party, "clerk": clients[0], "officer": clients[1]}


def test_the_value_is_masked_on_every_way_out(world: dict[str, Any]) -> None:
    client, pk = world["clerk"], world["party"].pk
    pages = (
        f"{LIST}?columns=personal_number", f"{LIST}{pk}/", f"{LIST}{pk}/edit/", f"{LIST}{pk}/?tab=history",
        f"{API}/{pk}", API, f"{LIST}export/?format=csv&scope=fields",
        f"{LIST}export/?format=csv&columns=personal_number",
    )  # fmt: skip
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200, page
        assert NUMBER not in answer.content.decode(), page


def test_it_can_be_neither_sorted_nor_filtered_nor_written(world: dict[str, Any]) -> None:
    client, pk = world["clerk"], world["party"].pk
    assert client.get(f"{API}?sort=personal_number").status_code == 422
    assert client.get(f"{API}?personal_number={NUMBER[:5]}").status_code == 422
    body = json.dumps({"personal_number": "02070803628"})
    answer = client.patch(f"{API}/{pk}", body, "application/json", headers={"If-Match": '"1"'})
    assert answer.json()["code"] == "record.unknown_field"


def test_showing_it_needs_the_right_and_a_reason_and_is_written_down(world: dict[str, Any]) -> None:
    address = f"{LIST}{world['party'].pk}/unmask/personal_number/"
    assert world["clerk"].get(address).status_code == 403
    assert world["clerk"].post(address, {"reason": "curious"}).status_code == 403
    without = world["officer"].post(address, {"reason": " "})
    assert NUMBER not in without.content.decode()
    shown = world["officer"].post(address, {"reason": "Court request 12/2026"})
    assert NUMBER in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    with acting(system_actor("test")):
        line = AuditRow.objects.get(action="view", table_name="parties_party")
    assert (line.object_id, line.after["reason"]) == (world["party"].pk, "Court request 12/2026")


def test_a_change_is_told_to_webhooks_that_asked(world: dict[str, Any]) -> None:
    client, pk = world["officer"], world["party"].pk

    def change(name: str, version: int) -> None:
        body, head = json.dumps({"first_name": name}), {"If-Match": f'"{version}"'}
        assert client.patch(f"{API}/{pk}", body, "application/json", headers=head).status_code == 200

    change("Anna", 1)
    with acting(system_actor("test")):
        assert not Event.objects.filter(name__startswith="parties.").exists()
        make_webhook(events=["parties.party.changed"])
    change("Ewa", 2)
    with acting(system_actor("test")):
        event = Event.objects.get(name="parties.party.changed")
    assert (event.payload["id"], event.payload["version"]) == (pk, 3)
    assert NUMBER not in json.dumps(event.payload)
