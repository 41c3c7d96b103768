"""An administrator's day on the pages: a new user, a role, a grant, a group; and what the pages refuse."""

import re
from typing import Any

import pytest
from django.test import Client

from lokum.core.access.factories import PASSWORD, make_grant, make_role, make_user, make_user_group
from lokum.core.access.models import Grant, Role, User
from lokum.core.access.services import add_scope, give_grant, set_members
from lokum.core.access.tokens import issue_token, user_of_token
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import NotAllowed, Refusal
from lokum.core.base.policy import may
from lokum.core.organisation.factories import make_node
from lokum.core.outbox.models import Message

pytestmark = pytest.mark.usefixtures("as_system")


@pytest.fixture
def boss() -> User:
    user = make_user(username="boss")
    make_grant(user, ["*:*"])
    return user


@pytest.fixture
def office(boss: User) -> Client:
    client = Client()
    client.force_login(boss)
    return client


def actor(user: User) -> Actor:
    return Actor(user_id=user.pk, label=str(user))


@pytest.mark.req("PLT-08", "PLT-10", "PLT-11")
def test_a_new_member_of_staff_from_nothing_to_the_first_page(office: Client) -> None:
    node = make_node(code="NORTH")
    make_node(code="SOUTH")
    data = {
        "username": "ola", "display_name": "Ola", "email": "ola@example.org", "user_class": "staff", "language": "en",
    }  # fmt: skip
    assert office.post("/office/access/user/add/", data).status_code == 302
    ola = User.objects.get(username="ola")
    assert Client().post("/account/login/", {"login": "ola", "password": ""}).status_code == 200
    answer = office.post(f"/office/access/user/{ola.pk}/do/start_access/", {"channel": "email"})
    assert answer.status_code == 302
    role = make_role(["organisation.node:view"], name="Looker")
    give = {
        "role": role.pk,
        "user": ola.pk,
        "starts_on": clock.today().isoformat(),
        "kind": "node",
        "codes": "NORTH",
        "reason": "new",
    }
    assert office.post("/office/access/grant/do/give/", give).status_code == 302
    assert Grant.objects.get(user=ola).scopes.get().target_id == node.pk
    body = Message.objects.get(recipient="ola@example.org").body
    password = re.search(r"[a-z0-9]{5}(?:-[a-z0-9]{5}){3}", body)
    assert password
    client = Client()
    client.post("/account/login/", {"login": "ola", "password": password.group()})
    own = "our garden has nine gates"
    assert client.post("/account/own-password/", {"password": own, "again": own}).status_code == 302
    page = client.get("/office/organisation/node/").content.decode()
    assert "NORTH" in page and "SOUTH" not in page
    assert office.post(f"/office/access/user/{ola.pk}/do/disable/", {"reason": "left"}).status_code == 302
    assert client.get("/office/organisation/node/").status_code == 302


@pytest.mark.req("PLT-10")
def test_unknown_rights_and_places_are_named_beside_the_field(office: Client) -> None:
    role = make_role([])
    page = f"/office/access/role/{role.pk}/do/add_rights/"
    answer = office.post(page, {"rights": "estates.premisis:view", "reason": "new"})
    assert answer.status_code == 422 and "estates.premisis:view" in answer.content.decode()
    assert office.post(page, {"rights": "estates.premises:view\n*:export", "reason": "new"}).status_code == 302
    assert set(Role.objects.get(pk=role.pk).rights.values_list("right", flat=True)) == {
        "estates.premises:view",
        "*:export",
    }
    give = {
        "role": role.pk,
        "user": make_user().pk,
        "starts_on": "2026-01-01",
        "kind": "node",
        "codes": "NOWHERE",
        "reason": "new",
    }
    answer = office.post("/office/access/grant/do/give/", give)
    assert answer.status_code == 422 and "NOWHERE" in answer.content.decode()
    assert not Grant.objects.filter(role=role).exists()


@pytest.mark.req("PLT-10", "PLT-11")
def test_nobody_hands_out_more_than_they_hold(boss: User) -> None:
    node, other = make_node(), make_node()
    clerk, friend = make_user(), make_user()
    make_grant(clerk, ["access.*:*", "organisation.node:view"], {"node": [node.pk]})
    day = clock.today()
    small = make_role(["organisation.node:view"])
    give_grant(small, user=friend, starts_on=day, scopes={"node": [node.pk]}, actor=actor(clerk))
    for wrong in (
        {"user": clerk, "scopes": {"node": [node.pk]}},
        {"user": friend, "whole_operator": True},
        {"user": friend, "scopes": {"node": [other.pk]}},
    ):
        with pytest.raises(NotAllowed):
            give_grant(small, starts_on=day, actor=actor(clerk), **wrong)  # type: ignore[arg-type]
    with pytest.raises(NotAllowed):
        give_grant(make_role(["*:*"]), user=friend, starts_on=day, scopes={"node": [node.pk]}, actor=actor(clerk))
    with pytest.raises(NotAllowed):
        add_scope(Grant.objects.get(user=clerk).pk, kind="node", codes=[other.code], actor=actor(clerk))
    bosses = make_user_group()
    make_grant(group=bosses, rights=["*:*"])
    for member in (clerk, friend):
        with pytest.raises(NotAllowed):
            set_members(bosses.pk, members=[member], actor=actor(clerk))
    set_members(bosses.pk, members=[friend], actor=actor(boss))
    assert may(User.objects.get(pk=friend.pk), "estates.premises:delete")


@pytest.mark.req("PLT-10")
def test_tokens_are_shown_once_narrow_and_end() -> None:
    user = make_user()
    make_grant(user, ["organisation.*:*"])
    client = Client()
    client.post("/account/login/", {"login": user.username, "password": PASSWORD})
    answer = client.post("/account/tokens/", {"name": "Sheet", "days": "30", "scopes": "*:view"})
    secret = re.search(r"lokum_[\w-]{40,}", answer.content.decode())
    assert secret
    assert secret.group() not in client.get("/account/tokens/").content.decode()
    assert secret.group() not in str(user.api_tokens.values())
    owner = user_of_token(secret.group())
    assert owner == user
    assert may(owner, "organisation.node:view") and not may(owner, "organisation.node:edit")
    assert user_of_token("lokum_wrong") is None
    token = user.api_tokens.get()
    assert client.post(f"/account/tokens/{token.pk}/withdraw/").status_code == 302
    assert user_of_token(secret.group()) is None
    with pytest.raises(Refusal):
        issue_token(user, name="long", scopes=["*:view"], days=4000, actor=actor(user))


@pytest.mark.req("PLT-10")
@pytest.mark.parametrize("end", [{"is_active": False}, {"ends_on": "2020-01-01"}, {"must_change_password": True}])
def test_a_token_ends_with_its_owner(end: dict[str, Any]) -> None:
    user = make_user()
    _token, secret = issue_token(user, name="t", scopes=["*:view"], days=1, actor=actor(user))
    assert user_of_token(secret) == user
    User.objects.filter(pk=user.pk).update(**end)
    assert user_of_token(secret) is None


@pytest.mark.req("PLT-10")
def test_a_token_of_another_user_is_not_there_to_withdraw() -> None:
    token, _secret = issue_token(make_user(), name="t", scopes=["*:view"], days=1, actor=actor(make_user()))
    thief = Client()
    thief.force_login(make_user())
    assert thief.post(f"/account/tokens/{token.pk}/withdraw/").status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None
