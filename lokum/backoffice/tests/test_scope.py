"""The scope switch: everything shown shrinks to the chosen place, nothing grows."""

from typing import Any

import pytest
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.organisation.models import Entity
from tests.rights.world import World, make_world

pytestmark = [pytest.mark.usefixtures("as_system"), pytest.mark.req("PLT-11")]

PREMISES, PARTIES = "/office/estates/premises/", "/office/parties/party/"


@pytest.fixture
def world() -> World:
    return make_world()


def client_of(scopes: Any = None) -> Client:
    user = make_user()
    make_grant(user, ["*:*"], scopes)
    client = Client()
    client.force_login(user)
    return client


def choose(client: Client, place: str) -> Any:
    return client.post("/office/scope/", {"place": place, "next": f"{PREMISES}?page=x"})


def count(client: Client, page: str) -> int:
    return len(client.get(page).context["rows"])


def test_lists_figures_choices_and_search_show_the_chosen_estate_only(world: World) -> None:
    client, place = client_of(), world.places["XA1"]
    assert count(client, PREMISES) == 4
    page = client.get("/office/scope/").content.decode()
    assert place.estate.name in page and place.node.name in page
    answer = choose(client, f"estate:{place.estate.pk}")
    assert answer["Location"] == PREMISES
    assert place.estate.name in client.get("/office/").content.decode()
    assert (count(client, PREMISES), count(client, PARTIES)) == (2, 2)
    assert count(client, "/office/organisation/entity/") == place.node.entities.count() < Entity.objects.count()
    foreign = world.places["YA1"].premises
    assert client.get(f"{PREMISES}{foreign.pk}/").status_code == 404
    assert not client.get("/office/search/?q=PYA1").context["groups"]
    assert "YA1" not in client.get(f"{PREMISES}export/?format=csv").content.decode()
    assert client.get("/office/access/user/").context["rows"]  # no place, not narrowed
    assert choose(client, "").status_code == 302
    assert count(client, PREMISES) == 4


def test_a_branch_opens_everything_below_it(world: World) -> None:
    client, node = client_of(), world.places["XA1"].node
    choose(client, f"node:{node.pk}")
    assert count(client, PREMISES) == 3
    choose(client, f"node:{world.top.pk}")
    assert count(client, PREMISES) == 4


def test_the_switch_never_widens_a_grant(world: World) -> None:
    mine, other = world.places["XA1"], world.places["YA1"]
    client = client_of({"building": [mine.building.pk]})
    assert choose(client, f"estate:{other.estate.pk}").status_code == 404
    assert choose(client, "party:1").status_code == 404
    assert count(client, PREMISES) == 1
    wide = client_of({"node": [mine.node.pk]})
    choose(wide, f"estate:{mine.estate.pk}")
    assert count(wide, PREMISES) == 2
    assert wide.get("/api/v1/estates/premises").json()["count"] == 3  # machines know no switch


def test_a_large_sheet_made_by_a_job_keeps_the_choice(world: World) -> None:
    from lokum.core.access.narrowing import as_arguments, narrow, narrowed
    from lokum.property.estates.models import Premises

    estate, user = world.places["XA1"].estate, make_user()
    narrow(user, "estate", estate.pk, estate.name, own_node=estate.node_id)
    arguments = as_arguments(user)
    assert arguments is not None
    again = make_user()
    narrow(again, **arguments)
    assert narrowed(Premises.objects.all(), again).count() == 2
