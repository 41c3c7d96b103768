"""A small world with marked records: two companies, two estates each, buildings, premises, people, accounts."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from lokum.core.access.factories import make_user
from lokum.core.access.models import User
from lokum.core.organisation.factories import make_entity, make_node, make_own_field_definition
from lokum.core.organisation.models import NodePlacement
from lokum.money.ledger.models import Account, AccountBalance
from lokum.property.estates.factories import make_building, make_entrance, make_estate, make_premises
from lokum.property.occupancy.factories import make_agreement, make_title
from lokum.property.parties.factories import make_party, make_party_contact

SINCE = dt.date(2020, 1, 1)


@dataclass
class Place:
    """One building with its premises, the person who lives there and their account."""

    node: Any
    entity: Any
    estate: Any
    building: Any
    entrance: Any
    premises: Any
    party: Any
    title: Any
    agreement: Any
    account: Any
    user: User
    contact: Any


@dataclass
class World:
    top: Any
    places: dict[str, Place] = field(default_factory=dict)


def make_place(mark: str, node: Any, entity: Any, estate: Any) -> Place:
    building = make_building(estate=estate, code=f"B{mark}", street=f"Street{mark}")
    entrance = make_entrance(building=building, code="I")
    premises = make_premises(building=building, entrance=entrance, code=f"P{mark}", number="1")
    user = make_user(username=f"res{mark}".lower(), user_class=User.UserClass.RESIDENT, display_name=f"Person{mark}")
    party = make_party(code=f"N{mark}", last_name=f"Person{mark}", user=user, home_node=node)
    contact = make_party_contact(party=party, value=f"person{mark}@example.org", kind="email")
    title = make_title(premises=premises, party=party)
    agreement = make_agreement(premises=premises, title=title, payer=party, entity=entity, code=f"A{mark}")
    account = Account.objects.create(
        agreement=agreement,
        entity=entity,
        payer=party,
        code=f"K{mark}",
        currency="PLN",
        building_key=building.pk,
        opened_on=SINCE,
    )
    AccountBalance.objects.create(account=account, amount=0)
    return Place(node, entity, estate, building, entrance, premises, party, title, agreement, account, user, contact)


def make_world() -> World:
    """Marks: first letter company, then estate, then building: "XA1", "XA2", "XB1", "YA1"."""
    # Agreements have a form only where the operator added a field of their own.
    make_own_field_definition(object_label="occupancy.agreement")
    top = make_node(code="TOP")
    world = World(top)
    for company, marks in (("X", ("XA1", "XA2", "XB1")), ("Y", ("YA1",))):
        node = make_node(code=f"NODE{company}")
        NodePlacement.objects.create(node=node, parent=top, valid=(SINCE, None))
        entity = make_entity(node=node, code=f"ENT{company}")
        estates: dict[str, Any] = {}
        for mark in marks:
            name = mark[:2]
            if name not in estates:
                estates[name] = make_estate(node=node, code=f"EST{name}")
            world.places[mark] = make_place(mark, node, entity, estates[name])
    return world
