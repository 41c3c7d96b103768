"""A second person: proposed by one, decided by another, refused to the first on page, API and in the database."""

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.utils.translation import gettext, gettext_lazy, override

from lokum.core.access.factories import make_grant, make_role, make_user
from lokum.core.access.models import Grant, User
from lokum.core.audit.models import AuditNote
from lokum.core.base import clock
from lokum.core.base.approvals import ApprovalKind, Change, kinds
from lokum.core.base.context import Actor, acting, system_actor
from lokum.core.base.errors import NotAllowed, Refusal
from lokum.core.flow.models import ApprovalRequest
from lokum.core.flow.queries import decidable
from lokum.core.flow.services import approve, refuse, request_approval, withdraw
from lokum.core.organisation.factories import make_entity, make_entity_bank_account, make_node
from lokum.core.organisation.models import EntityBankAccount, Node
from lokum.core.organisation.queries import bank_accounts_on
from lokum.core.outbox.models import Event

pytestmark = [pytest.mark.usefixtures("as_system"), pytest.mark.req("PLT-13")]

NUMBER = "61109010140000071219812874"


def _perform(request: ApprovalRequest, actor: Actor) -> None:
    if request.payload.get("impossible"):
        raise Refusal("toy.impossible", "not now")
    type(request.node).objects.filter(pk=request.target_id).update(name=request.payload["after"])


@pytest.fixture(autouse=True)
def kind() -> Any:
    """A toy act: renaming a node."""
    made = ApprovalKind(
        "toy.rename", "Rename", "organisation.node:rename", _perform,
        lambda request: [Change("Name", request.payload["before"], request.payload["after"])],
    )  # fmt: skip
    kinds[made.code] = made
    yield made
    del kinds[made.code]


@pytest.fixture
def people() -> tuple[User, User]:
    """Two administrators."""
    one, two = make_user(username="one"), make_user(username="two")
    for user in (one, two):
        make_grant(user, ["*:*"])
    return one, two


def actor(user: User) -> Actor:
    return Actor(user_id=user.pk, label=str(user))


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def propose(people: tuple[User, User]) -> Callable[..., ApprovalRequest]:
    def build(**over: Any) -> ApprovalRequest:
        node = over.pop("node", None) or make_node(name="Old")
        values: dict[str, Any] = {
            "target": node,
            "payload": {"before": node.name, "after": "New"} | over.pop("payload", {}),
            "reason": "the council renamed the street",
            "actor": actor(people[0]),
            "node_id": node.pk,
            "amount": Decimal("12.50"),
        } | over
        return request_approval("toy.rename", **values)

    return build


def test_another_person_approves_and_it_is_done_once(propose: Any, people: Any) -> None:
    request = propose()
    approve(request.pk, actor=actor(people[1]))
    request.refresh_from_db()
    assert (request.state, request.decided_by, request.currency) == ("approved", people[1], "PLN")
    assert request.node.name == "New"
    with pytest.raises(Refusal) as caught:
        approve(request.pk, actor=actor(people[1]))
    assert (caught.value.code, caught.value.status) == ("approval.decided", 409)
    verbs = set(AuditNote.objects.filter(object_label="organisation.node").values_list("verb", flat=True))
    assert verbs == {"approval proposed", "approval approved"}
    assert set(Event.objects.values_list("name", flat=True)) == {"approval.proposed", "approval.approved"}


def test_the_proposer_is_refused_by_service_page_api_and_database(propose: Any, people: Any) -> None:
    request = propose()
    for decide in (lambda: approve(request.pk, actor=actor(people[0])),
                   lambda: refuse(request.pk, "no good", actor=actor(people[0]))):  # fmt: skip
        with pytest.raises(NotAllowed) as caught:
            decide()
        assert caught.value.code == "approval.own"
    client = client_of(people[0])
    assert client.post(f"/office/flow/approvalrequest/{request.pk}/do/approve/").status_code == 403
    answer = client.post(f"/api/v1/flow/approvalrequest/{request.pk}/approve", "{}", content_type="application/json")
    assert (answer.status_code, json.loads(answer.content)["code"]) == (403, "approval.own")
    with pytest.raises(IntegrityError, match="approval_second_person"), transaction.atomic():
        ApprovalRequest.objects.filter(pk=request.pk).update(
            state="approved", decided_by=people[0], decided_at=clock.now()
        )
    with pytest.raises(NotAllowed) as caught:
        approve(request.pk, actor=system_actor("job"))
    assert caught.value.code == "approval.no_person"
    request.refresh_from_db()
    assert (request.state, request.node.name) == ("proposed", "Old")


def test_the_page_shows_proposer_change_and_approver(propose: Any, people: Any) -> None:
    request = propose()
    other = client_of(people[1])
    todo = other.get("/office/flow/approvals/")
    page = todo.content.decode()
    assert todo.context["count"] == 1
    assert "Old" in page and "New" in page and str(people[0]) in page and "12.50" in page
    assert "Waiting for your approval" in other.get("/office/").content.decode()
    assert "Waiting for your approval" not in client_of(people[0]).get("/office/").content.decode()
    assert other.post(f"/office/flow/approvalrequest/{request.pk}/do/approve/").status_code == 302
    page = other.get(f"/office/flow/approvalrequest/{request.pk}/?tab=change").content.decode()
    assert "Old" in page and "New" in page
    facts = other.get(f"/office/flow/approvalrequest/{request.pk}/").content.decode()
    assert str(people[0]) in facts and str(people[1]) in facts
    assert other.get("/office/flow/approvals/").context["count"] == 0


def test_api_lists_and_approves(propose: Any, people: Any) -> None:
    request = propose()
    client = client_of(people[1])
    listed = client.get("/api/v1/flow/approvalrequest?state=proposed&act=toy.rename").json()
    assert [one["id"] for one in listed["items"]] == [request.pk]
    answer = client.post(f"/api/v1/flow/approvalrequest/{request.pk}/approve", "{}", content_type="application/json")
    assert answer.status_code == 200, answer.content
    request.refresh_from_db()
    assert request.state == "approved"


def test_right_of_the_kind_and_place_decide_who_may(propose: Any, people: Any) -> None:
    node, other = make_node(), make_node()
    request = propose(node=node)
    rights = ["flow.approvalrequest:*", "organisation.node:rename"]
    here, elsewhere, without = make_user(), make_user(), make_user()
    make_grant(here, rights, {"node": [node.pk]})
    make_grant(elsewhere, rights, {"node": [other.pk]})
    make_grant(without, ["flow.approvalrequest:*"])
    for user in (elsewhere, without):
        with pytest.raises(NotAllowed) as caught:
            approve(request.pk, actor=actor(user))
        assert caught.value.code == "approval.right"
        assert not decidable(user).exists()
    assert client_of(elsewhere).get(f"/office/flow/approvalrequest/{request.pk}/").status_code == 404
    assert list(decidable(here)) == [request]
    approve(request.pk, actor=actor(here))


def test_row_policy_hides_foreign_requests(propose: Any, people: Any) -> None:
    from lokum.core.access.reach import reach_of

    node = make_node()
    request = propose(node=node)
    stranger = make_user()
    make_grant(stranger, ["*:*"], {"node": [make_node().pk]})
    with acting(Actor(user_id=stranger.pk, label="x", reach=reach_of(stranger))):
        assert not ApprovalRequest.objects.exists()
    with acting(Actor(user_id=people[0].pk, label="x")):  # the proposer, without any place
        assert list(ApprovalRequest.objects.all()) == [request]


def test_a_refused_act_leaves_the_request_open(propose: Any, people: Any) -> None:
    request = propose(payload={"impossible": True})
    with pytest.raises(Refusal) as caught:
        approve(request.pk, actor=actor(people[1]))
    assert caught.value.code == "toy.impossible"
    request.refresh_from_db()
    assert request.state == "proposed"
    answer = client_of(people[1]).post(f"/office/flow/approvalrequest/{request.pk}/do/approve/")
    assert answer.status_code == 422 and "not now" in answer.content.decode()


def test_refusing_withdrawing_and_doubles(propose: Any, people: Any) -> None:
    node = make_node()
    request = propose(node=node)
    with pytest.raises(Refusal) as caught:
        propose(node=node)
    assert caught.value.code == "approval.waiting_already"
    with pytest.raises(NotAllowed):
        withdraw(request.pk, actor=actor(people[1]))
    with pytest.raises(Refusal) as caught:
        refuse(request.pk, " ", actor=actor(people[1]))
    assert caught.value.code == "reason.missing"
    refuse(request.pk, "not this year", actor=actor(people[1]))
    again = propose(node=node)
    withdraw(again.pk, actor=actor(people[0]))
    assert set(ApprovalRequest.objects.values_list("state", flat=True)) == {"refused", "withdrawn"}
    node.refresh_from_db()
    assert node.name != "New"


@pytest.mark.parametrize("change", [{"payload": {"after": "Mine"}}, {"amount": Decimal(1)}, {"kind": "toy.other"}])
def test_what_was_proposed_never_changes(propose: Any, change: dict[str, Any]) -> None:
    request = propose()
    with pytest.raises(DatabaseError), transaction.atomic():
        ApprovalRequest.objects.filter(pk=request.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        ApprovalRequest.objects.filter(pk=request.pk).delete()


@pytest.mark.req("PLT-10")
def test_a_role_is_given_by_two_administrators(people: Any) -> None:
    one, two = (client_of(user) for user in people)
    clerk, role = make_user(), make_role(["organisation.node:view"])
    node = make_node(code="NORTH")
    give = {"role": role.pk, "user": clerk.pk, "starts_on": "2026-01-01", "kind": "node", "codes": "NORTH",
            "reason": "starts on Monday"}  # fmt: skip
    assert one.post("/office/access/grant/do/give/", give).status_code == 302
    assert not Grant.objects.filter(user=clerk).exists()
    request = ApprovalRequest.objects.get()
    assert (request.kind, request.node, request.target_id) == ("access.grant", node, clerk.pk)
    assert one.post(f"/office/flow/approvalrequest/{request.pk}/do/approve/").status_code == 403
    assert two.post(f"/office/flow/approvalrequest/{request.pk}/do/approve/").status_code == 302
    assert Grant.objects.get(user=clerk).scopes.get().target_id == node.pk


def test_nobody_gets_rights_by_own_hand_with_a_helper(people: Any) -> None:
    """Neither proposing for oneself nor approving a proposal for oneself gives a right."""
    one, two = (client_of(user) for user in people)
    role = make_role(["organisation.node:view"])
    give = {"role": role.pk, "user": people[0].pk, "starts_on": "2026-01-01", "whole_operator": "on", "reason": "mine"}
    assert one.post("/office/access/grant/do/give/", give).status_code == 403
    assert two.post("/office/access/grant/do/give/", give).status_code == 302
    request = ApprovalRequest.objects.get()
    assert one.post(f"/office/flow/approvalrequest/{request.pk}/do/approve/").status_code == 403
    assert Grant.objects.filter(user=people[0]).count() == 1


def test_rights_of_a_role_members_and_places_wait_too(people: Any) -> None:
    one, two = (client_of(user) for user in people)
    role, clerk = make_role(["organisation.node:view"]), make_user()
    grant = make_grant(clerk, scopes={"node": [make_node().pk]}, role=role)
    make_node(code="SOUTH")
    from lokum.core.access.factories import make_user_group

    group = make_user_group()
    for path, data in (
        (f"/office/access/role/{role.pk}/do/add_rights/", {"rights": "estates.premises:view"}),
        (f"/office/access/usergroup/{group.pk}/do/set_members/", {"members": [clerk.pk]}),
        (f"/office/access/grant/{grant.pk}/do/add_scope/", {"kind": "node", "codes": "SOUTH"}),
    ):
        assert one.post(path, {**data, "reason": "asked for"}).status_code == 302, path
    assert (role.rights.count(), group.members.count(), grant.scopes.count()) == (1, 0, 1)
    for request in ApprovalRequest.objects.all():
        assert two.get(f"/office/flow/approvalrequest/{request.pk}/?tab=change").status_code == 200
        answer = two.post(f"/office/flow/approvalrequest/{request.pk}/do/approve/")
        assert answer.status_code == 302, answer.content.decode()
    assert (role.rights.count(), group.members.count(), grant.scopes.count()) == (2, 1, 2)


def test_a_bank_account_is_opened_and_changed_by_two(people: Any) -> None:
    one, two = (client_of(user) for user in people)
    entity = make_entity()
    data = {"entity": entity.pk, "number": NUMBER, "opened_on": "2026-01-01", "reason": "new bank"}
    answer = one.post("/office/organisation/entitybankaccount/do/propose/", data, follow=True)
    assert "Sent for approval" in answer.content.decode()
    assert not EntityBankAccount.objects.exists()
    request = ApprovalRequest.objects.get()
    assert NUMBER in two.get("/office/flow/approvals/").content.decode()
    two.post(f"/office/flow/approvalrequest/{request.pk}/do/approve/")
    assert EntityBankAccount.objects.get().number == NUMBER
    known = make_entity_bank_account(entity=entity)
    path = f"/office/organisation/entitybankaccount/{known.pk}"
    assert (
        one.post(f"{path}/edit/", {"number": NUMBER, "bank_name": "Other", "file_profile": "auto"}).status_code == 302
    )
    wrong = one.post(f"{path}/do/change_number/", {"number": "12 3456", "reason": "moved"})
    assert wrong.status_code == 422
    taken = one.post(f"{path}/do/change_number/", {"number": NUMBER, "reason": "moved"})
    assert taken.status_code == 422
    before = known.number
    known.refresh_from_db()
    assert (known.number, known.bank_name) == (before, "Other")
    assert one.get("/office/organisation/entitybankaccount/import/").status_code == 404


@pytest.mark.req("PLT-02")
def test_another_number_begins_on_its_day_and_the_old_one_stays(people: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("lokum.core.base.clock.today", lambda zone="": dt.date(2026, 3, 20))
    one, two = (client_of(user) for user in people)
    entity = make_entity()
    known = make_entity_bank_account(entity=entity, bank_name="First Bank")
    before = known.number
    path = f"/office/organisation/entitybankaccount/{known.pk}"
    early = one.post(f"{path}/do/change_number/", {"number": NUMBER, "reason": "moved", "from_on": "1999-12-31"})
    assert early.status_code == 422
    given = {"number": NUMBER, "reason": "moved", "from_on": "2026-04-01"}
    assert one.post(f"{path}/do/change_number/", given).status_code == 302
    request = ApprovalRequest.objects.get()
    shown = two.get(f"/office/flow/approvalrequest/{request.pk}/?tab=change").content.decode()
    assert before in shown and NUMBER in shown and entity.bank_accounts.count() == 1
    assert one.post(f"/office/flow/approvalrequest/{request.pk}/do/approve/").status_code in (403, 422)
    assert two.post(f"/office/flow/approvalrequest/{request.pk}/do/approve/").status_code == 302
    known.refresh_from_db()
    fresh = EntityBankAccount.objects.get(number=NUMBER)
    assert (known.number, known.closed_on) == (before, dt.date(2026, 3, 31))
    assert (fresh.opened_on, fresh.closed_on, fresh.bank_name) == (dt.date(2026, 4, 1), None, "First Bank")
    assert fresh.replaces == known and known.replaced_by == fresh
    for day, number in (((2026, 3, 31), before), ((2026, 4, 1), NUMBER)):
        assert [a.number for a in bank_accounts_on(entity, dt.date(*day))] == [number]
    again = one.post(f"{path}/do/change_number/", {"number": "27114020040000300201355387", "reason": "once more"})
    assert again.status_code in (404, 409, 422) and entity.bank_accounts.count() == 2


def test_a_number_written_wrong_is_put_right_while_nothing_names_it(people: Any) -> None:
    one, two = (client_of(user) for user in people)
    known = make_entity_bank_account()
    given = {"number": NUMBER, "reason": "a slip", "from_on": known.opened_on.isoformat()}
    one.post(f"/office/organisation/entitybankaccount/{known.pk}/do/change_number/", given)
    two.post(f"/office/flow/approvalrequest/{ApprovalRequest.objects.get().pk}/do/approve/")
    assert EntityBankAccount.objects.get().number == NUMBER


def test_the_only_administrator_makes_a_second_one() -> None:
    """Where nobody else could approve, a right is given at once; from then on the two need each other."""
    boss, deputy = make_user(), make_user()
    make_grant(boss, ["*:*"])
    role = make_role(["*:*"])
    give = {"role": role.pk, "user": deputy.pk, "starts_on": "2026-01-01", "whole_operator": "on", "reason": "deputy"}
    assert client_of(boss).post("/office/access/grant/do/give/", give).status_code == 302
    assert Grant.objects.filter(user=deputy).exists()
    assert client_of(boss).post("/office/access/grant/do/give/", {**give, "user": make_user().pk}).status_code == 302
    assert ApprovalRequest.objects.filter(state="proposed").count() == 1


def test_what_the_program_words_is_read_in_the_language_of_the_reader(propose, people, monkeypatch):
    """Proposed by somebody who reads Polish; typed words stay, and so do requests of before."""
    monkeypatch.setattr(Node, "__str__", lambda self: gettext("Premises"))
    with override("pl"):
        asked = propose(reason=gettext_lazy("Change of owner"))
        typed = propose(reason="zmiana nazwy", payload={"after": "Other"})
    for language, about, why in (("pl", "Lokale", "Zmiana właściciela"), ("en", "Premises", "Change of owner")):
        with override(language):
            found = ApprovalRequest.objects.get(pk=asked.pk)
            assert (found.about, found.why, str(found)) == (about, why, f"{found.kind_label}: {about}")
            assert ApprovalRequest.objects.get(pk=typed.pk).why == "zmiana nazwy"
    old = ApprovalRequest(target_label="Lokal 7", reason="bo tak")
    assert (old.about, old.why) == ("Lokal 7", "bo tak")
