"""Several persons one after the other, roles for steps, deputies, and the page of what waits."""

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from lokum.core.access.factories import make_grant, make_role, make_user
from lokum.core.access.models import User
from lokum.core.base import clock
from lokum.core.base.approvals import ApprovalKind, Change, kinds
from lokum.core.base.context import Actor
from lokum.core.base.errors import NotAllowed, Refusal
from lokum.core.flow.deputies import appoint_deputy, end_deputy
from lokum.core.flow.factories import make_deputy
from lokum.core.flow.models import ApprovalDecision, ApprovalRequest, Deputy
from lokum.core.flow.queries import decidable, deciders_of, standing_of
from lokum.core.flow.services import approve, refuse, request_approval
from lokum.core.flow.steps import read_rungs, steps_for
from lokum.core.organisation.deciding import set_setting
from lokum.core.organisation.factories import make_node, make_node_placement
from lokum.core.organisation.inherited import settings_at
from lokum.core.organisation.models import Node
from lokum.core.outbox.models import Event

pytestmark = [pytest.mark.usefixtures("as_system"), pytest.mark.req("PLT-13", "PLT-04")]

KIND, STEPS = "toy.pay", "approval.toy.pay.steps"
RIGHTS = ["flow.approvalrequest:*", "organisation.node:pay"]


def _perform(request: ApprovalRequest, _actor: Actor) -> None:
    Node.objects.filter(pk=request.target_id).update(name="Paid")


@pytest.fixture(autouse=True)
def kind() -> Any:
    """A toy act over an amount."""
    kinds[KIND] = ApprovalKind(
        KIND, "Pay", "organisation.node:pay", _perform, lambda request: [Change("Name", "", request.payload["after"])]
    )
    yield
    del kinds[KIND]


@pytest.fixture
def node() -> Node:
    return make_node(name="Old", code="N-1")


@pytest.fixture
def people(node: Node) -> list[User]:
    """The proposer and three who may decide; the last one also as the board."""
    found = [make_user(username=name, display_name=name.title()) for name in ("asker", "one", "two", "board")]
    for user in found[:3]:
        make_grant(user, RIGHTS, {"node": [node.pk]})
    make_grant(found[3], role=make_role(RIGHTS, code="board", name="Board"), scopes={"node": [node.pk]})
    return found


def actor(user: User) -> Actor:
    return Actor(user_id=user.pk, label=str(user))


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def ask(people: list[User], node: Node) -> Callable[..., ApprovalRequest]:
    def build(amount: str = "20000.00", **over: Any) -> ApprovalRequest:
        values: dict[str, Any] = {
            "target": node, "payload": {"after": "Paid", "amount": amount}, "reason": "the roof",
            "actor": actor(people[0]), "node_id": node.pk, "amount": Decimal(amount),
        } | over  # fmt: skip
        return request_approval(KIND, **values)

    return build


def code_of(act: Callable[[], Any]) -> str:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.code


@pytest.mark.parametrize(
    ("text", "amount", "roles"),
    [
        ("1", "999999", ("",)),
        ("2", None, ("", "")),
        ("1; 10000: 2", "9999.99", ("",)),
        ("1; 10000: 2", "10000.00", ("", "")),
        ("1; 10000: 2", "-10000.00", ("", "")),  # a credit is as large as a debt
        ("50000: * > board", "50000", ("", "board")),
        ("50000: * > board", "49999.99", ("",)),
        ("manager > board; 100: 3", "99", ("manager", "board")),
        ("100: 3; 10: 2", "100", ("", "", "")),
    ],
)
def test_the_rung_of_the_amount_says_who(text: str, amount: str | None, roles: tuple[str, ...]) -> None:
    assert steps_for(text, None if amount is None else Decimal(amount)) == roles


@pytest.mark.parametrize(
    "text", ["", "0", "6", "1; 1", "x:", "ten: 2", "-5: 2", "0: 2", "NaN: 2", "a > > b", "5: 2; 5.0: 3"]
)
def test_what_is_no_ladder_is_refused(text: str) -> None:
    assert code_of(lambda: read_rungs(text)) == "approval.steps"


def test_a_ladder_is_inherited_fixed_and_names_known_roles(node: Node, people: list[User]) -> None:
    top, below = make_node(name="Head"), make_node(name="Office")
    make_node_placement(node=below, parent=top)
    assert settings_at(below.pk, codes=[STEPS])[STEPS].value == "1"
    assert code_of(lambda: set_setting(top.pk, STEPS, "1; 5: nobody", actor=actor(people[0]))) == "approval.steps"
    system = Actor(user_id=None, label="head office")
    set_setting(top.pk, STEPS, "1; 5: board", actor=system, locked=True)
    held = settings_at(below.pk, codes=[STEPS])[STEPS]
    assert (held.value, held.node_name, held.locked) == ("1; 5: board", "Head", True)
    assert code_of(lambda: set_setting(below.pk, STEPS, "1", actor=system)) == "setting.locked"
    set_setting(top.pk, STEPS, "2", actor=system)
    set_setting(below.pk, STEPS, "3", actor=system)
    assert settings_at(below.pk, codes=[STEPS])[STEPS].node_name == "Office"


def test_a_ladder_is_decided_by_the_api_with_a_second_person(node: Node, people: list[User]) -> None:
    head, chief, local = (make_user(username=name) for name in ("head", "chief", "local"))
    for user in (head, chief):
        make_grant(user, ["*:*"])
    make_grant(local, ["organisation.*:*", "flow.approvalrequest:*"], {"node": [make_node().pk]})
    path = "/api/v1/organisation/nodesetting/actions/decide"
    given = {"node": node.pk, "code": STEPS, "value": "1; 500: 2", "locked": True, "reason": "resolution 12"}

    def call(user: User, **over: Any) -> Any:
        return client_of(user).post(path, json.dumps(given | over), content_type="application/json")

    for user, over in ((head, {"value": "many"}), (head, {"reason": ""}), (head, {"code": "no.such"}), (local, {})):
        assert call(user, **over).status_code in (403, 404, 422), over
    assert call(head).status_code == 200
    assert settings_at(node.pk, codes=[STEPS])[STEPS].value == "1"
    request = ApprovalRequest.objects.get(kind="organisation.setting")
    with pytest.raises(NotAllowed):
        approve(request.pk, actor=actor(head))
    approve(request.pk, actor=actor(chief))
    held = settings_at(node.pk, codes=[STEPS])[STEPS]
    assert (held.value, held.locked, held.node_name) == ("1; 500: 2", True, "Old")


def test_two_persons_one_after_the_other(ask: Any, people: list[User], node: Node) -> None:
    asker, one, two, board = people
    set_setting(node.pk, STEPS, "1; 10000: * > board", actor=Actor(user_id=None, label="head office"))
    small, large = ask("9999.99"), ask()
    assert (small.steps, large.steps, large.waits_for) == ([""], ["", "board"], "")
    assert deciders_of(large) == [one, two, board]
    answer = client_of(one).post(f"/office/flow/approvalrequest/{large.pk}/do/approve/", follow=True)
    assert "once the next person approves it too" in answer.content.decode()
    large.refresh_from_db()
    node.refresh_from_db()
    assert (large.state, large.waits_for, node.name) == ("proposed", "board", "Old")
    assert Event.objects.filter(name="approval.step_approved").count() == 1
    # Neither the first one again nor somebody without the role of the step; the asker never.
    assert code_of(lambda: approve(large.pk, actor=actor(one))) == "approval.decided_before"
    assert code_of(lambda: refuse(large.pk, "no, after all", actor=actor(one))) == "approval.decided_before"
    assert code_of(lambda: approve(large.pk, actor=actor(two))) == "approval.right"
    assert code_of(lambda: approve(large.pk, actor=actor(asker))) == "approval.own"
    assert large in decidable(board) and not decidable(one).filter(pk=large.pk).exists()
    assert not decidable(two).filter(pk=large.pk).exists() and deciders_of(large) == [board]
    page = client_of(board).get(f"/office/flow/approvalrequest/{large.pk}/?tab=change").content.decode()
    assert "approved by One" in page and "Board" in page and "May decide now: Board" in page
    api = client_of(board).post(
        f"/api/v1/flow/approvalrequest/{large.pk}/approve", "{}", content_type="application/json"
    )
    assert api.status_code == 200, api.content
    large.refresh_from_db()
    node.refresh_from_db()
    assert (large.state, large.decided_by, node.name) == ("approved", board, "Paid")
    assert list(large.decisions.values_list("step", "decided_by__username")) == [(1, "one"), (2, "board")]


def test_a_step_is_turned_down_with_its_reason_told_to_the_asker(ask: Any, people: list[User], node: Node) -> None:
    asker, one, two, _board = people
    set_setting(node.pk, STEPS, "2", actor=Actor(user_id=None, label="head office"))
    request = ask()
    approve(request.pk, actor=actor(one))
    empty = client_of(two).post(f"/office/flow/approvalrequest/{request.pk}/do/refuse/", {"reason": ""})
    assert empty.status_code == 422
    client_of(two).post(f"/office/flow/approvalrequest/{request.pk}/do/refuse/", {"reason": "three offers first"})
    node.refresh_from_db()
    assert node.name == "Old"
    page = client_of(asker).get("/office/flow/approvals/").content.decode()
    assert "What became of your requests" in page and "three offers first" in page and "refused, Two" in page
    page = client_of(asker).get(f"/office/flow/approvalrequest/{request.pk}/?tab=change").content.decode()
    assert "three offers first" in page


def test_the_database_refuses_what_lacks_persons(ask: Any, people: list[User], node: Node) -> None:
    asker, one, two, _board = people
    set_setting(node.pk, STEPS, "2", actor=Actor(user_id=None, label="head office"))
    request = ask()

    def decided(**over: Any) -> None:
        values = {"request": request, "step": 1, "decided_by": one, "decided_at": clock.now()} | over
        ApprovalDecision.objects.create(**values)

    for wrong in ({"decided_by": asker}, {"on_behalf_of": asker}, {"on_behalf_of": one}):
        with pytest.raises(DatabaseError), transaction.atomic():
            decided(**wrong)
    decided()
    for wrong in ({}, {"step": 2}, {"step": 2, "decided_by": two, "on_behalf_of": one}):
        with pytest.raises(DatabaseError), transaction.atomic():
            decided(**wrong)
    done = {"state": "approved", "decided_by": one, "decided_at": clock.now()}
    for change in (done, {"steps": []}):
        with pytest.raises(DatabaseError), transaction.atomic():
            ApprovalRequest.objects.filter(pk=request.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        request.decisions.update(decided_by=two)
    with pytest.raises(DatabaseError), transaction.atomic():
        request.decisions.all().delete()


def test_an_act_refused_at_the_last_step_leaves_that_step_open(ask: Any, people: list[User], monkeypatch: Any) -> None:
    request = ask()

    def impossible(_request: Any, _actor: Any) -> None:
        raise Refusal("toy.impossible", "not now")

    monkeypatch.setitem(kinds, KIND, ApprovalKind(KIND, "Pay", "organisation.node:pay", impossible, lambda one: []))
    assert code_of(lambda: approve(request.pk, actor=actor(people[1]))) == "toy.impossible"
    assert not request.decisions.exists()


def test_a_deputy_decides_in_somebodys_place_within_the_days(ask: Any, people: list[User], node: Node) -> None:
    asker, one, _two, _board = people
    helper, outsider = make_user(username="helper"), make_user(username="outsider")
    make_grant(helper, ["flow.approvalrequest:*"], {"node": [node.pk]})
    make_grant(outsider, ["flow.approvalrequest:*"], {"node": [make_node().pk]})
    request = ask()
    assert standing_of(request, helper) is None and not decidable(helper).exists()
    today = clock.today()
    past = make_deputy(principal=one, deputy=helper, starts_on=today - dt.timedelta(9), ends_on=today - dt.timedelta(1))
    assert code_of(lambda: approve(request.pk, actor=actor(helper))) == "approval.right"
    Deputy.objects.filter(pk=past.pk).update(ends_on=today)
    make_deputy(principal=one, deputy=outsider)  # does not see the place, so decides nothing there
    assert code_of(lambda: approve(request.pk, actor=actor(outsider))) == "approval.right"
    assert not decidable(outsider).exists()
    # What the absent person proposed is not approved in that person's name.
    own = ask("1.00", actor=actor(one))
    assert list(decidable(helper)) == [request]
    assert code_of(lambda: approve(own.pk, actor=actor(helper))) == "approval.right"
    assert helper in deciders_of(request)
    approve(request.pk, actor=actor(helper))
    decision = request.decisions.get()
    assert (decision.decided_by, decision.on_behalf_of) == (helper, one)
    page = client_of(asker).get(f"/office/flow/approvalrequest/{request.pk}/?tab=change").content.decode()
    assert "approved by" not in page  # one person decided: the record itself says who
    assert str(helper) in client_of(asker).get(f"/office/flow/approvalrequest/{request.pk}/").content.decode()


def test_a_deputy_is_no_second_pair_of_eyes_of_the_same_person(ask: Any, people: list[User], node: Node) -> None:
    _asker, one, two, _board = people
    set_setting(node.pk, STEPS, "2", actor=Actor(user_id=None, label="head office"))
    helper = make_user()
    make_grant(helper, ["flow.approvalrequest:*"], {"node": [node.pk]})
    make_deputy(principal=one, deputy=helper)
    request, second = ask(), ask("30000.00")
    approve(request.pk, actor=actor(one))
    assert code_of(lambda: approve(request.pk, actor=actor(helper))) == "approval.right"
    assert request not in decidable(helper)
    approve(second.pk, actor=actor(helper))
    assert code_of(lambda: approve(second.pk, actor=actor(one))) == "approval.decided_before"
    assert second not in decidable(one)
    approve(second.pk, actor=actor(two))
    second.refresh_from_db()
    assert second.state == "approved"


def test_a_deputy_is_appointed_by_two_and_ended(people: list[User]) -> None:
    head, chief, clerk = (make_user(username=name) for name in ("head", "chief", "clerk"))
    for user in (head, chief):
        make_grant(user, ["*:*"])
    today = clock.today()
    given = {"deputy": clerk.pk, "starts_on": today.isoformat(), "ends_on": (today + dt.timedelta(7)).isoformat(),
             "reason": "on leave"}  # fmt: skip
    path = "/office/flow/deputy/do/appoint_own/"
    for wrong in ({"deputy": head.pk}, {"ends_on": "2020-01-01"}, {"ends_on": "2099-01-01"}, {"reason": ""}):
        assert client_of(head).post(path, given | wrong).status_code in (403, 422), wrong
    assert client_of(head).post(path, given).status_code == 302
    request = ApprovalRequest.objects.get(kind="flow.deputy")
    assert not Deputy.objects.exists()
    assert client_of(head).post(f"/office/flow/approvalrequest/{request.pk}/do/approve/").status_code == 403
    assert client_of(chief).post(f"/office/flow/approvalrequest/{request.pk}/do/approve/").status_code == 302
    made = Deputy.objects.get()
    assert (made.principal, made.deputy, made.reason) == (head, clerk, "on leave")
    twice = client_of(head).post(path, given)
    assert twice.status_code == 409 and "deputy already" in twice.content.decode()
    end_deputy(made.pk, actor=actor(head))
    assert not Deputy.objects.exists()  # it had not begun yesterday


def test_nobody_becomes_a_deputy_by_own_hand(people: list[User]) -> None:
    head, chief = make_user(username="head"), make_user(username="chief")
    for user in (head, chief):
        make_grant(user, ["*:*"])
    today = clock.today()
    values: dict[str, Any] = {"starts_on": today, "ends_on": today, "reason": "on leave"}
    with pytest.raises(NotAllowed, check=lambda refusal: refusal.code == "deputy.own"):
        appoint_deputy(principal=chief, deputy=head, actor=actor(head), **values)
    request = appoint_deputy(principal=chief, deputy=head, actor=actor(chief), **values)
    with pytest.raises(NotAllowed, check=lambda refusal: refusal.code == "deputy.own"):
        approve(request.pk, actor=actor(head))


def test_the_page_of_what_waits_is_filtered(ask: Any, people: list[User], node: Node) -> None:
    one = people[1]
    ask("5.00")
    ask("700.00")
    client = client_of(one)
    get = lambda **query: client.get("/office/flow/approvals/", query)  # noqa: E731
    assert get().context["count"] == 2
    assert get(from_amount="700").context["count"] == 1
    assert get(act=KIND, node=node.pk, proposer=people[0].pk).context["count"] == 2
    assert get(days="1").context["count"] == 0
    assert "No request fits" in get(days="1").content.decode()
    wrong = get(act="toy.unknown")
    assert wrong.context["count"] == 0 and wrong.status_code == 200
    listed = client.get("/api/v1/flow/approvalrequest", {"mine": "1", "amount_from": "100"}).json()
    assert [Decimal(row["amount"]) for row in listed["items"]] == [Decimal("700.00")]
    assert client.get("/api/v1/flow/approvalrequest", {"mine": "maybe"}).status_code == 422
    assert len(client_of(people[0]).get("/api/v1/flow/approvalrequest", {"mine": "1"}).json()["items"]) == 0
