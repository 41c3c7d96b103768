"""Valid defaults for estates and what they consist of. Numbers count up; nothing is random."""

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from lokum.core.organisation.factories import make_entity, make_node
from lokum.property.estates.models import (
    Building,
    CostShare,
    DeclaredTotal,
    Entrance,
    Estate,
    FactChange,
    FactKind,
    GroupMember,
    OwnershipShare,
    Premises,
    PremisesEntity,
    PremisesFact,
    PremisesGroup,
    PremisesOwnValue,
    Storey,
)

_count = itertools.count(1)


def make_estate(**over: Any) -> Estate:
    number = next(_count)
    values = {"code": f"E{number}", "name": f"Estate {number}"} | over
    if "node" not in values and "node_id" not in values:
        values["node"] = make_node()
    return Estate.objects.create(**values)


def make_building(**over: Any) -> Building:
    number = next(_count)
    values = {
        "code": f"B{number}",
        "street": "ul. Lipowa",
        "house_number": str(number),
        "postal_code": "50-001",
        "city": "Wrocław",
    } | over
    if "estate" not in values and "estate_id" not in values:
        values["estate"] = make_estate()
    return Building.objects.create(**values)


def make_entrance(**over: Any) -> Entrance:
    values = {"code": f"K{next(_count)}"} | over
    if "building" not in values and "building_id" not in values:
        values["building"] = make_building()
    return Entrance.objects.create(**values)


def make_storey(**over: Any) -> Storey:
    values = {"level": next(_count) % 1000} | over
    if "building" not in values and "building_id" not in values:
        values["building"] = make_building()
    return Storey.objects.create(**values)


def make_premises(**over: Any) -> Premises:
    """Premises that belong to an entity's books (`entity=None` leaves that out)."""
    entity = over.pop("entity", ...)
    values = {"number": str(next(_count)), "kind": Premises.Kind.DWELLING} | over
    if "building" not in values and "building_id" not in values:
        values["building"] = make_building()
    premises = Premises.objects.create(**values)
    if not premises.code:
        premises.refresh_from_db(fields=["code"])
    if entity is not None:
        node = premises.building.estate.node
        make_premises_entity(premises=premises, entity=make_entity(node=node) if entity is ... else entity)
    return premises


def make_premises_entity(**over: Any) -> PremisesEntity:
    values = {"valid": DateRange(dt.date(2000, 1, 1), None)} | over
    if "premises" not in values:
        values["premises"] = make_premises(entity=None)
    if "entity" not in values:
        values["entity"] = make_entity()
    return PremisesEntity.objects.create(**values)


def make_premises_fact(**over: Any) -> PremisesFact:
    values = {
        "kind": FactKind.USABLE_AREA,
        "value": Decimal("48.50"),
        "valid": DateRange(dt.date(2000, 1, 1), None),
        "recorded": (dt.datetime(2000, 1, 1, tzinfo=dt.UTC), None),
        "source": "survey",
    } | over
    if "premises" not in values:
        values["premises"] = make_premises()
    return PremisesFact.objects.create(**values)


def make_ownership_share(**over: Any) -> OwnershipShare:
    values = {"numerator": 485, "denominator": 10000, "valid": DateRange(dt.date(2000, 1, 1), None)} | over
    if "premises" not in values:
        values["premises"] = make_premises()
    return OwnershipShare.objects.create(**values)


def make_cost_share(**over: Any) -> CostShare:
    values = {
        "kind": CostShare.Kind.COST,
        "numerator": 1,
        "denominator": 20,
        "valid": DateRange(dt.date(2000, 1, 1), None),
    }
    values |= over
    if "premises" not in values:
        values["premises"] = make_premises()
    return CostShare.objects.create(**values)


def make_declared_total(**over: Any) -> DeclaredTotal:
    values = {"kind": FactKind.USABLE_AREA, "value": Decimal("2400.00"), "source": "building book"} | over
    if "building" not in values:
        values["building"] = make_building()
    return DeclaredTotal.objects.create(**values)


def make_premises_group(**over: Any) -> PremisesGroup:
    number = next(_count)
    values = {"code": f"D{number}", "name": f"District {number}", "kind": PremisesGroup.Kind.DISTRICT} | over
    if "node" not in values and "node_id" not in values:
        values["node"] = make_node()
    return PremisesGroup.objects.create(**values)


def make_group_member(**over: Any) -> GroupMember:
    """A building in a group since 2000 (`premises=` puts single premises into a free group)."""
    values = {"valid": DateRange(dt.date(2000, 1, 1), None)} | over
    if "group" not in values:
        kind = PremisesGroup.Kind.FREE if "premises" in values else PremisesGroup.Kind.DISTRICT
        values["group"] = make_premises_group(kind=kind)
    values.setdefault("kind", values["group"].kind)
    if "building" not in values and "premises" not in values:
        values["building"] = make_building()
    return GroupMember.objects.create(**values)


def make_fact_change(**over: Any) -> FactChange:
    values = {
        "kind": FactKind.USABLE_AREA,
        "effective_from": dt.date(2025, 1, 1),
        "old_value": "48.5",
        "new_value": "50",
        "source": "survey",
        "recorded_at": dt.datetime(2025, 3, 1, tzinfo=dt.UTC),
        "backdated": True,
    } | over
    if "premises" not in values:
        values["premises"] = make_premises()
    return FactChange.objects.create(**values)


def make_premises_own_value(**over: Any) -> PremisesOwnValue:
    values = {
        "code": "heating", "value": "gas", "valid": DateRange(dt.date(2000, 1, 1), None),
        "recorded": (dt.datetime(2000, 1, 1, tzinfo=dt.UTC), None), "source": "survey",
    } | over  # fmt: skip
    if "premises" not in values:
        values["premises"] = make_premises()
    return PremisesOwnValue.objects.create(**values)
