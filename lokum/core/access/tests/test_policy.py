"""Rights and data scopes: what a grant lets its holder do, where, and until when."""

import datetime as dt
from typing import Any

import pytest

from lokum.core.access import scopes
from lokum.core.access.factories import make_grant, make_role, make_user, make_user_group
from lokum.core.access.models import User
from lokum.core.access.rights import check_right, matches
from lokum.core.base.errors import NotAllowed, Refusal
from lokum.core.base.policy import allowed, may
from lokum.core.organisation.models import Entity, Mandate, Node, NodePlacement

pytestmark = pytest.mark.usefixtures("as_system")
DAY = dt.date(2026, 11, 21)


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scopes, "operator_today", lambda: DAY)


def node(code: str, parent: Node | None = None, since: dt.date = dt.date(2020, 1, 1)) -> Node:
    made = Node.objects.create(code=code, name=code, kind=Node.Kind.OFFICE, opened_on=since)
    if parent is not None:
        NodePlacement.objects.create(node=made, parent=parent, valid=(since, None))
    return made


def codes(user: User, action: str = "view") -> set[str]:
    return set(allowed(Node.objects.all(), user, action).values_list("code", flat=True))


@pytest.mark.req("PLT-10")
@pytest.mark.parametrize(
    ("pattern", "right", "fits"),
    [
        ("*:*", "estates.premises:edit", True),
        ("*:view", "estates.premises:view", True),
        ("*:view", "estates.premises:edit", False),
        ("estates.*:view", "estates.premises:view", True),
        ("estates.*:view", "estatesx.premises:view", False),
        ("estates.premises:*", "estates.premises:close", True),
        ("estates.premises:*", "estates.premisesx:close", False),
        ("estates.premises:view", "estates.premises:view", True),
    ],
)
def test_patterns_cover_what_they_say(pattern: str, right: str, fits: bool) -> None:
    assert matches(pattern, right) is fits


@pytest.mark.req("PLT-10")
def test_an_unknown_right_is_refused() -> None:
    check_right("organisation.node:view")
    with pytest.raises(Refusal):
        check_right("organisation.nod:view")


@pytest.mark.req("PLT-10")
def test_a_right_works_when_given_and_stops_when_withdrawn() -> None:
    node("A")
    user = make_user()
    assert not may(user, "organisation.node:view") and codes(user) == set()
    grant = make_grant(user, ["organisation.node:view"])
    assert may(user, "organisation.node:view") and codes(user) == {"A"}
    assert not may(user, "organisation.node:edit") and codes(user, "edit") == set()
    grant.role.rights.all().delete()
    assert not may(user, "organisation.node:view") and codes(user) == set()


@pytest.mark.req("PLT-11")
def test_a_node_grant_reaches_all_below_as_of_today() -> None:
    top = node("top")
    left, right = node("left", top), node("right", top)
    node("leaf", left)
    user = make_user()
    make_grant(user, ["*:view"], {"node": [left.pk]})
    assert codes(user) == {"left", "leaf"}
    # A branch hung elsewhere yesterday is reached through its parent of today only.
    moved = node("moved", right)
    NodePlacement.objects.filter(node=moved).update(valid=(dt.date(2020, 1, 1), DAY))
    NodePlacement.objects.create(node=moved, parent=left, valid=(DAY, None))
    assert codes(user) == {"left", "leaf", "moved"}


@pytest.mark.req("PLT-11")
def test_grants_are_dated_and_end_with_the_mandate() -> None:
    node("A")
    user = make_user()
    late = make_grant(user, ["*:view"], starts_on=DAY + dt.timedelta(days=1))
    assert codes(user) == set()
    late.starts_on, late.ends_on = DAY, DAY
    late.save()
    assert codes(user) == {"A"}
    late.ends_on = DAY - dt.timedelta(days=1)
    late.save()
    assert codes(user) == set()
    entity = Entity.objects.create(
        code="E", name="E", short_name="E", kind="cooperative", node=Node.objects.get(), legal_name="E", opened_on=DAY
    )
    mandate = Mandate.objects.create(
        entity=entity, person_name="Jan", body="board", starts_on=dt.date(2026, 1, 1), ends_on=DAY
    )
    make_grant(user, ["*:view"], mandate=mandate)
    assert codes(user) == {"A"}
    mandate.ends_on = DAY - dt.timedelta(days=1)
    mandate.save()
    assert codes(user) == set()


@pytest.mark.req("PLT-11")
def test_a_group_passes_its_grants_to_its_members_once() -> None:
    node("A")
    user, group = make_user(), make_user_group()
    make_grant(group=group, rights=["*:view"])
    assert codes(user) == set()
    group.members.add(user)
    assert list(allowed(Node.objects.all(), user, "view").values_list("code", flat=True)) == ["A"]


@pytest.mark.req("PLT-10")
@pytest.mark.parametrize(
    "over", [{"is_active": False}, {"ends_on": DAY - dt.timedelta(days=1)}, {"user_class": User.UserClass.RESIDENT}]
)
def test_disabled_former_and_portal_users_get_nothing(over: dict[str, Any]) -> None:
    node("A")
    user = make_user(**over)
    make_grant(user, ["*:*"])
    assert codes(user) == set() and not may(user, "organisation.node:view")


@pytest.mark.req("PLT-10")
def test_a_token_never_exceeds_its_scopes_nor_its_owner() -> None:
    node("A")
    user = make_user()
    make_grant(user, ["organisation.node:view"])
    user.token_scopes = ("estates.*:view",)
    assert codes(user) == set()
    user.token_scopes = ("*:*",)
    assert codes(user) == {"A"} and not may(user, "organisation.node:edit")


@pytest.mark.req("PLT-11")
def test_classes_narrow_a_place_and_reach_everywhere_alone() -> None:
    from django.db.models import Q

    path = {"node": "entity__node_id", "component_class": "component_class"}
    both = scopes.Sight(frozenset(), ids={"node": frozenset({1})}, classes=frozenset({"heating"}))
    assert both.condition(path) == Q(entity__node_id__in=frozenset({1})) & Q(component_class__in=["heating"])
    alone = scopes.Sight(frozenset(), ids={}, classes=frozenset({"heating"}))
    assert alone.condition(path) == Q(component_class__in=["heating"])
    assert alone.condition({"node": "pk"}) is None


@pytest.mark.req("PLT-11")
def test_nobody_gives_rights_to_themselves() -> None:
    from lokum.core.access.services import give_grant
    from lokum.core.base.context import Actor

    user = make_user()
    with pytest.raises(NotAllowed):
        give_grant(make_role(["*:*"]), user=user, starts_on=DAY, actor=Actor(user_id=user.pk, label="me"))
