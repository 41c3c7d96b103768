"""A resident sees the own person, home, money and papers; of a neighbour's not even that they exist."""

from typing import Any

import pytest
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.access.models import User
from lokum.core.access.reach import reach_of
from lokum.core.base.context import Actor, acting, system_actor
from lokum.core.papers.models import IssuedDocument
from lokum.money.ledger.factories import make_entry
from lokum.money.ledger.models import Entry
from lokum.money.ledger.services import prepare_books
from tests.rights.world import World, make_world

pytestmark = pytest.mark.usefixtures("as_system")
OWN, NEIGHBOUR = "XA1", "XA2"
PAGES = ["/portal/", "/portal/money/", "/portal/documents/", "/portal/me/", "/portal/more/"]


@pytest.fixture
def world() -> World:
    return make_world()


def papers_of(world: World, mark: str) -> dict[str, Any]:
    """An entry and a paper of the account of one place, both marked."""
    place = world.places[mark]
    prepare_books(place.entity.pk, actor=system_actor("test"))
    entry = make_entry(account=place.account, description=f"Secret{mark}")
    document = IssuedDocument.objects.create(
        entity=place.entity,
        kind="letter",
        number=f"Secret{mark}",
        issued_on="2026-03-02",
        account_key=place.account.pk,
        party_key=place.party.pk,
        building_key=place.building.pk,
        template="letter/1",
        data={"text": f"Secret{mark}"},
        content_hash="0" * 64,
    )
    return {"entry": entry, "document": document}


@pytest.fixture
def resident(world: World) -> Client:
    client = Client()
    client.force_login(world.places[OWN].user)
    return client


@pytest.mark.req("PLT-11")
def test_no_page_of_the_portal_shows_a_neighbour(world: World, resident: Client) -> None:
    own, other = papers_of(world, OWN), papers_of(world, NEIGHBOUR)
    marks = ("SecretXA2", "PersonXA2", "KXA2", "PXA2", "personxa2@", "YA1")
    pages = [*PAGES, f"/portal/money/entry/{own['entry'].pk}/"]
    for page in pages:
        answer = resident.get(page)
        assert answer.status_code == 200, page
        assert [mark for mark in marks if mark in answer.content.decode()] == [], page
    for page in (f"/portal/money/entry/{other['entry'].pk}/", f"/portal/documents/{other['document'].pk}/"):
        assert resident.get(page).status_code == 404, page
    account = world.places[NEIGHBOUR].account
    for page in (f"/portal/money/{account.pk}/csv/", "/portal/money/entry/999999999/", "/portal/documents/999999999/"):
        assert resident.get(page).status_code == 404, page
    body = resident.get(f"/portal/money/?account={account.pk}").content.decode()
    assert "SecretXA2" not in body and "KXA2" not in body


@pytest.mark.req("PLT-11")
def test_the_database_alone_keeps_neighbours_apart(world: World) -> None:
    papers_of(world, OWN)
    papers_of(world, NEIGHBOUR)
    user = User.objects.get(pk=world.places[OWN].user.pk)
    with acting(Actor(user_id=user.pk, label="", reach=reach_of(user))):
        assert {entry.description for entry in Entry.objects.all()} == {"SecretXA1"}
        assert {one.number for one in IssuedDocument.objects.all()} == {"SecretXA1"}


@pytest.mark.req("PLT-10")
def test_staff_and_strangers_do_not_enter_the_portal(world: World) -> None:
    clerk = make_user()
    make_grant(clerk, ["*:*"])
    office = Client()
    office.force_login(clerk)
    for page in PAGES:
        assert office.get(page).status_code in (302, 403), page
        answer = Client().get(page)
        assert answer.status_code == 302 and "/account/login/" in answer["Location"], page
