"""Valid defaults for supply points. Numbers count up; nothing is random."""

import itertools
from typing import Any

from lokum.core.organisation.factories import make_entity
from lokum.property.estates.factories import make_building, make_premises_entity
from lokum.property.estates.models import Building, Premises
from lokum.property.supply.models import SupplyPoint

_count = itertools.count(1)


def make_network(**over: Any) -> Building:
    number = next(_count)
    values = {"kind": Building.Kind.NETWORK, "name": f"Network {number}", "house_number": ""} | over
    return make_building(**values)


def make_supply_point(**over: Any) -> SupplyPoint:
    """A heat consumer's point that belongs to an entity's books (`entity=None` leaves that out)."""
    entity = over.pop("entity", ...)
    number = next(_count)
    values: dict[str, Any] = {
        "number": f"S{number}", "code": f"SP-{number}", "kind": Premises.Kind.SUPPLY_POINT, "resource": "heat",
        "address": f"ul. Szkolna {number}",
    } | over  # fmt: skip
    if "building" not in values and "building_id" not in values:
        values["building"] = make_network()
    point = SupplyPoint.objects.create(**values)
    if entity is not None:
        node = point.building.estate.node
        make_premises_entity(premises=point, entity=make_entity(node=node) if entity is ... else entity)
    return point
