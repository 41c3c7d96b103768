"""One box finds people, premises, accounts and documents by name, number, phone and address, each in the own scope."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import Actor
from lokum.money.charges.models import Notice
from lokum.money.charges.tests.world import make_charged_world, posted_run
from lokum.money.ledger.models import Account
from lokum.property.estates.models import Building
from lokum.property.occupancy.models import Agreement
from lokum.property.parties.factories import make_party_contact
from lokum.property.parties.models import Party


@pytest.mark.req("PLT-26", "PLT-11")
def test_what_is_found_by_any_word_lies_in_the_own_scope(as_system: Actor) -> None:
    """The same words stand in both places: nobody finds the other's."""
    found: dict[str, tuple[Client, dict[str, str]]] = {}
    for tag, last in (("SA", "1"), ("SB", "2")):
        world = make_charged_world(1, actor=as_system, tag=tag)
        posted_run(world, dt.date(2026, 3, 1), actor=as_system)
        premises = Agreement.objects.select_related("premises__building").get(pk=world.agreements[0]).premises
        Building.objects.filter(pk=premises.building_id).update(street="ul. Źródlana", house_number=f"4{last}")
        account = Account.objects.get(pk=world.accounts[0])
        Party.objects.filter(pk=account.payer_id).update(first_name=f"Żaneta{last}", last_name="Gżegżółka")
        make_party_contact(party=Party.objects.get(pk=account.payer_id), kind="phone", value=f"+4860255510{last}")
        user = make_user()
        make_grant(user, ["*:*"], {"node": [world.entity.node_id]})
        client = Client()
        client.force_login(user)
        words = {
            "name without diacritics": "gzegzol", "part of a name": "GŻEGŻ", "phone": "602555", "address": "zrodlana",
            "account": account.code, "premises": premises.code, "document": Notice.objects.get(account=account).number,
        }  # fmt: skip
        found[tag] = (client, words)

    def hits(client: Client, text: str) -> set[Any]:
        groups = client.get("/office/search/", {"q": text}).context["groups"]
        return {(hit.name, hit.url) for group in groups for hit in group.hits}

    (one, words), (other, foreign) = found["SA"], found["SB"]
    for what, text in words.items():
        mine, theirs = hits(one, text), hits(other, foreign[what])
        assert mine and theirs, what
        assert mine.isdisjoint(theirs), what
        assert mine.isdisjoint(hits(other, text)), what
    assert hits(one, foreign["account"]).isdisjoint(hits(other, foreign["account"]))
