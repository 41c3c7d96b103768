"""The rights matrix, each right one by one, the same subset on every way out, and tests of these tests."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.access.models import RoleRight, User
from lokum.core.access.policy import GrantPolicy
from lokum.core.base import policy
from lokum.core.desk.desk import registry
from tests.rights.matrix import FOREIGN, OWN, PLACED, Cell, Person, cells, mismatches, people
from tests.rights.world import World, make_world

pytestmark = pytest.mark.usefixtures("as_system")


@pytest.fixture
def world() -> World:
    return make_world()


def sample(chosen: Iterator[Cell], one_in: int) -> list[Cell]:
    """Every `one_in`-th cell by a stride that walks through all persons, routes and records alike."""
    everything = list(chosen)
    stride = one_in if len(everything) % one_in else one_in + 1
    return everything[::stride]


@pytest.mark.req("PLT-10", "PLT-11")
def test_a_sample_of_the_matrix_answers_as_granted(world: World) -> None:
    chosen = sample(cells(world, people(world)), 11)
    assert len(chosen) > 100 and {cell.person.name for cell in chosen} >= {"anonymous", "viewer", "resident", "token"}
    assert mismatches(chosen) == []


@pytest.mark.soak
@pytest.mark.req("PLT-10", "PLT-11")
def test_the_whole_matrix_answers_as_granted(world: World) -> None:
    assert mismatches(cells(world, people(world))) == []


class Open(GrantPolicy):
    """A policy with the filter of rows switched off."""

    def allowed(self, queryset: Any, user: Any, action: str) -> Any:
        return queryset


class Generous(GrantPolicy):
    """A policy that takes every right as given."""

    def may(self, user: Any, right: str) -> bool:
        return True


@pytest.fixture
def swap() -> Iterator[Any]:
    before = policy._policy
    yield policy.install
    policy.install(before)


@pytest.mark.slow
@pytest.mark.req("PLT-10", "PLT-11")
def test_the_matrix_turns_red_without_the_check_of_rights(world: World, swap: Any) -> None:
    chosen = sample(cells(world, people(world)), 11)
    swap(Generous())
    assert mismatches(chosen)


@pytest.mark.req("PLT-11")
def test_the_matrix_turns_red_without_the_filter_of_rows(world: World, swap: Any) -> None:
    persons = [one for one in people(world) if one.name == "viewer"]
    foreign = [cell for cell in cells(world, persons) if cell.record == FOREIGN and cell.label == "estates.building"]
    assert mismatches(foreign) == []
    swap(Open())
    assert mismatches(foreign)


UNGUARDED = ("estates.building", "estates.entrance")
GUARDED = [label for label in PLACED if label in registry.desks and label not in UNGUARDED]


@pytest.mark.req("PLT-11")
def test_with_the_filter_off_the_database_still_shows_no_foreign_row(world: World, swap: Any) -> None:
    viewer = next(one for one in people(world) if one.name == "viewer")
    swap(Open())
    chosen = [cell for cell in cells(world, [viewer]) if cell.record != OWN and cell.label in GUARDED]
    assert chosen and mismatches(chosen) == []
    for label in GUARDED:
        for page in ways_out(label):
            body = text_of(viewer.client, page)
            # Names of buildings may show as choices of a filter; people, homes, agreements and accounts may not.
            shown = [kind + mark for kind in ("P", "Person", "A", "K") for mark in ("XA2", "XB1", "YA1")]
            assert [one for one in shown if one in body] == [], page


def ways_out(label: str) -> list[str]:
    """List, search, suggestions, export and API of a register."""
    desk = registry.desks[label]
    found = [
        desk.path("list"),
        desk.path("list") + "?q=YA1",
        desk.path("choices") + "?q=A1",
        desk.path("export") + "?format=csv",
    ]
    if desk.in_api:
        found.append(f"/api/v1/{desk.app_label}/{desk.model_name}")
    return found


def text_of(client: Client, page: str) -> str:
    answer = client.get(page)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = str(content.decode("utf-8", "replace"))
    for echo in ("q=YA1", "q%3DYA1", 'value="YA1"', "“YA1”"):  # what the reader typed, in the ways a page repeats it
        text = text.replace(echo, "")
    return text


def foreign_marks(body: str) -> set[str]:
    return {mark for mark in ("XA2", "XB1", "YA1") if mark in body}


@pytest.mark.req("PLT-11")
@pytest.mark.parametrize("label", [label for label in PLACED if label in registry.desks])
def test_every_way_out_gives_the_same_subset(world: World, label: str) -> None:
    clerk = make_user()
    make_grant(clerk, ["*:*"], {"building": [world.places[OWN].building.pk]})
    client = Client()
    client.force_login(clerk)
    for page in ways_out(label):
        body = text_of(client, page)
        assert not foreign_marks(body), (page, foreign_marks(body))
    listed = text_of(client, registry.desks[label].path("list"))
    assert OWN in listed or label == "estates.entrance"


@pytest.mark.req("PLT-11", "PLT-26")
def test_results_of_the_search_box_do_not_overlap(world: World) -> None:
    bodies = []
    for mark in (OWN, FOREIGN):
        user = make_user()
        make_grant(user, ["*:view"], {"building": [world.places[mark].building.pk]})
        client = Client()
        client.force_login(user)
        bodies.append(text_of(client, "/office/search/?q=person"))
    assert "XA1" in bodies[0] and "YA1" not in bodies[0]
    assert "YA1" in bodies[1] and "XA1" not in bodies[1]


def _rights() -> list[str]:
    found = []
    for label in PLACED:
        desk = registry.desks.get(label)
        if desk is not None:
            offered = [name for name in desk.action_names() if name not in ("import", "print", "unmask", "add")]
            hidden = {action.name for action in desk.actions if action.collection or action.bulk}
            found += [f"{label}:{name}" for name in offered if name not in hidden]
    return found


def _page(world: World, right: str) -> str:
    label, _colon, action = right.partition(":")
    desk = registry.desks[label]
    pk = getattr(world.places[OWN], PLACED[label]).pk
    if action in ("view", "edit", "delete"):
        return desk.path("detail" if action == "view" else action, pk)
    if action == "export":
        return desk.path("export") + "?format=csv"
    return desk.path("action", pk, action)


@pytest.mark.req("PLT-10")
def test_each_right_one_by_one_off_on_and_withdrawn(world: World) -> None:
    """Off: refused; on: works; withdrawn in another browser: refused on the next click."""
    clerk = make_user()
    grant = make_grant(clerk, [])
    client = Client()
    client.force_login(clerk)
    wrong = []
    for right in _rights():
        label = right.partition(":")[0]
        page = _page(world, right)
        RoleRight.objects.filter(role=grant.role).delete()
        if not right.endswith(":view"):
            RoleRight.objects.create(role=grant.role, right=f"{label}:view")
        off = client.get(page).status_code
        RoleRight.objects.create(role=grant.role, right=right)
        on = client.get(page).status_code
        RoleRight.objects.filter(role=grant.role, right=right).delete()
        withdrawn = client.get(page).status_code
        if (off, withdrawn) != (403, 403) or on not in (200, 302, 409, 422):
            wrong.append((right, off, on, withdrawn))
    assert wrong == []


@pytest.mark.req("PLT-10")
def test_a_missing_right_hides_the_button(world: World) -> None:
    desk = registry.desks["estates.premises"]
    page = desk.path("detail", world.places[OWN].premises.pk)
    seen = {}
    for rights in (("*:view",), ("*:view", "estates.premises:edit")):
        user = make_user()
        make_grant(user, rights)
        client = Client()
        client.force_login(user)
        seen[len(rights)] = desk.path("edit", world.places[OWN].premises.pk) in text_of(client, page)
    assert seen == {1: False, 2: True}


@pytest.mark.req("PLT-06", "PLT-10")
def test_residents_see_no_register_at_all(world: World) -> None:
    person = Person("resident", Client())
    person.client.force_login(User.objects.get(pk=world.places[OWN].user.pk))
    for desk in registry:
        assert person.client.get(desk.path("list")).status_code == 403, desk.label
