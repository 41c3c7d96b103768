"""Settings down the tree: where a value comes from, what a locked one stops, and that every way of writing obeys."""

import datetime as dt
import io
import json
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.flow.models import ApprovalRequest
from lokum.core.organisation import inherited
from lokum.core.organisation.deciding import set_setting
from lokum.core.organisation.factories import make_node, make_node_placement
from lokum.core.organisation.inherited import Setting, setting, settings_at
from lokum.core.organisation.models import Node, NodeSetting

pytestmark = [pytest.mark.usefixtures("as_system"), pytest.mark.req("PLT-04")]


@pytest.fixture(autouse=True)
def toys() -> Iterator[None]:
    before = dict(inherited._settings)
    inherited.register_setting("toy.days", "Days", "integer", 7)
    inherited.register_setting("toy.rate", "Rate", "decimal", None, dated=True)
    inherited.register_setting("toy.guarded", "Guarded", "yesno", True, guarded=True)
    yield
    inherited._settings.clear()
    inherited._settings.update(before)


@pytest.fixture
def tree() -> tuple[Node, Node, Node]:
    """Head office, a branch below it, an office below that."""
    head, branch, office = make_node(name="Head"), make_node(name="Branch"), make_node(name="Office")
    make_node_placement(node=branch, parent=head)
    make_node_placement(node=office, parent=branch)
    return head, branch, office


@pytest.fixture
def office_client(tree: Any) -> Client:
    """Somebody who may do everything, at the office alone."""
    user = make_user()
    make_grant(user, ["*:*"], {"node": [tree[2].pk]})
    client = Client()
    client.force_login(user)
    return client


def decide(node: Node, code: str, value: str, **more: Any) -> Any:
    return set_setting(node.pk, code, value, actor=Actor(user_id=None, label="test"), **more)


def test_the_nearest_node_decides_and_is_named(tree: Any) -> None:
    head, branch, office = tree
    assert setting("toy.days", office.pk) == 7
    decide(head, "toy.days", "10")
    decide(branch, "toy.days", "14")
    held = settings_at(office.pk)["toy.days"]
    assert (held.value, held.node_name, held.locked) == (14, "Branch", False)
    assert setting("toy.days", head.pk) == 10
    assert setting("toy.days", None) == 10  # the top of the tree
    set_setting(branch.pk, "toy.days", None, actor=Actor(user_id=None, label="test"))
    assert settings_at(office.pk)["toy.days"].node_name == "Head"
    assert [setting("toy.days", node.pk) for node in tree] == [10, 10, 10]


def test_reading_costs_one_query(tree: Any) -> None:
    decide(tree[0], "toy.days", "10")
    with CaptureQueriesContext(connection) as captured:
        assert setting("toy.days", tree[2].pk) == 10
    assert len(captured) == 1
    with CaptureQueriesContext(connection) as captured:
        assert len(settings_at(tree[2].pk)) >= 3
    assert len(captured) == 1


def test_dated_values_follow_the_day_and_the_tree_of_the_day(tree: Any) -> None:
    head, _branch, office = tree
    decide(head, "toy.rate", "0.05", starts_on=dt.date(2025, 1, 1))
    decide(head, "toy.rate", "0.06", starts_on=dt.date(2026, 1, 1))
    assert setting("toy.rate", office.pk, dt.date(2024, 12, 31)) is None
    assert str(setting("toy.rate", office.pk, dt.date(2025, 12, 31))) == "0.05"
    assert str(setting("toy.rate", office.pk, dt.date(2026, 1, 1))) == "0.06"


def test_a_locked_value_stops_page_import_api_and_database(tree: Any, office_client: Client) -> None:
    head, branch, office = tree
    decide(head, "toy.days", "10", locked=True)
    page = f"/office/organisation/node/{office.pk}/setting/toy.days/"
    shown = office_client.get(page).content.decode()
    assert "Head" in shown
    answer = office_client.post(page, {"decided": "here", "value": "3"})
    assert answer.status_code == 422 and "Head" in answer.content.decode()
    add = {"node": office.pk, "code": "toy.days", "value": "3", "starts_on": "1990-01-01"}
    assert office_client.post("/office/organisation/nodesetting/add/", add).status_code in (409, 422)
    answer = office_client.post("/api/v1/organisation/nodesetting", json.dumps(add), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "setting.locked")
    assert _import(office_client, [office.code, "toy.days", "3", "1990-01-01"]) == 1
    with pytest.raises(IntegrityError, match="fixed by a node above"), transaction.atomic():
        NodeSetting.objects.create(node=office, code="toy.days", value="3")
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert not NodeSetting.objects.filter(node=office).exists()
    assert setting("toy.days", office.pk) == 10
    decide(head, "toy.days", "10", locked=False)
    assert office_client.post(page, {"decided": "here", "value": "3"}).status_code == 302
    assert setting("toy.days", office.pk) == 3
    assert setting("toy.days", branch.pk) == 10


def _import(client: Client, row: list[str]) -> int:
    """Import one row; returns the number of rows refused."""
    book = openpyxl.Workbook()
    book.active.append(["Node", "Setting", "Value", "From"])
    book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    upload = client.post(
        "/office/organisation/nodesetting/import/", {"file": SimpleUploadedFile("s.xlsx", stream.getvalue())}
    )
    columns = {"column-0": "node", "column-1": "code", "column-2": "value", "column-3": "starts_on"}
    client.post(upload["Location"], {"step": "check", "policy": "all", **columns})
    return client.get(upload["Location"]).context["batch"].error_count  # type: ignore[no-any-return]


def test_an_older_value_below_gives_way_to_a_later_lock(tree: Any) -> None:
    head, _branch, office = tree
    decide(office, "toy.days", "3")
    with connection.cursor() as cursor:  # the end of the transaction in which the office decided
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    decide(head, "toy.days", "10", locked=True)
    held = settings_at(office.pk)["toy.days"]
    assert (held.value, held.node_name, held.locked) == (10, "Head", True)


def test_the_tab_shows_where_each_value_comes_from(tree: Any, office_client: Client) -> None:
    decide(tree[0], "toy.days", "10")
    page = office_client.get(f"/office/organisation/node/{tree[2].pk}/?tab=settings").content.decode()
    assert "Days" in page and "Head" in page and "default" in page
    other = make_node()
    assert office_client.get(f"/office/organisation/node/{other.pk}/setting/toy.days/").status_code == 404


@pytest.mark.parametrize(("code", "value", "wrong"), [
    ("toy.days", "soon", "setting.value"), ("toy.days", "1.5", "setting.value"), ("toy.none", "1", "setting.unknown"),
    ("toy.guarded", "maybe", "setting.value"), ("access.first_password_days", "0", "setting.value"),
])  # fmt: skip
def test_wrong_values_are_refused(tree: Any, code: str, value: str, wrong: str) -> None:
    with pytest.raises(Refusal) as caught:
        decide(tree[0], code, value)
    assert caught.value.code == wrong


@pytest.mark.req("PLT-13")
def test_switching_off_the_second_person_needs_one(tree: Any) -> None:
    one, two = make_user(), make_user()
    for user in (one, two):
        make_grant(user, ["*:*"])
    head = tree[0]
    client, other = Client(), Client()
    client.force_login(one)
    other.force_login(two)
    add = {"node": head.pk, "code": "approval.access.grant", "value": "0", "starts_on": "1990-01-01"}
    assert client.post("/office/organisation/nodesetting/add/", add).status_code == 422  # by no plain edit
    page = f"/office/organisation/node/{head.pk}/setting/approval.access.grant/"
    data = {"decided": "here", "value": "0", "reason": "a small house"}
    assert client.post(page, data).status_code == 302
    assert setting("approval.access.grant", head.pk) is True
    request = ApprovalRequest.objects.get()
    assert other.post(f"/office/flow/approvalrequest/{request.pk}/do/approve/").status_code == 302
    assert setting("approval.access.grant", head.pk) is False


def test_sources_of_settings_are_asked_each_time() -> None:
    found: list[Setting] = []
    inherited.add_source(lambda: found)
    assert "toy.late" not in inherited.known_settings()
    found.append(Setting("toy.late", "Late", "text", ""))
    assert "toy.late" in inherited.known_settings()
    inherited._sources.pop()
