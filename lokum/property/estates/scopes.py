"""What a data scope means for estates: nodes reach their estates, estates and districts their
buildings.

A list of buildings implies nothing else, so a new building is seen only by who holds its estate, its node or
everything.
"""

from collections.abc import Iterable

from lokum.core.access.scopes import Found, operator_today, register_resolver
from lokum.core.access.targets import register_target
from lokum.property.estates.models import Building, Entrance, Estate, GroupMember, Premises, PremisesGroup


def estates_of_nodes(found: Found) -> Iterable[int]:
    nodes = found.get("node")
    return Estate.objects.filter(node_id__in=nodes).values_list("pk", flat=True) if nodes else ()


def buildings_of_estates(found: Found) -> Iterable[int]:
    estates = found.get("estate")
    return Building.objects.filter(estate_id__in=estates).values_list("pk", flat=True) if estates else ()


def buildings_of_groups(found: Found) -> Iterable[int]:
    """Buildings that are whole in a district or group today; a building that moves leaves the sight of the former."""
    groups = found.get("group")
    if not groups:
        return ()
    rows = GroupMember.objects.filter(group_id__in=groups, valid__contains=operator_today())
    return rows.exclude(building=None).values_list("building_id", flat=True)


def premises_of_entrances(found: Found) -> Iterable[int]:
    """What the row policies let through for a grant of entrances: these premises, not the whole building."""
    entrances = found.get("entrance")
    rows = Premises.objects.filter(entrance_id__in=entrances or ())
    return frozenset(rows.values_list("pk", flat=True)) if entrances else ()


def _estate(code: str) -> int | None:
    return Estate.objects.filter(code=code).values_list("pk", flat=True).first()


def _building(code: str) -> int | None:
    return Building.objects.filter(code=code).values_list("pk", flat=True).first()


def _entrance(code: str) -> int | None:
    """By building and entrance: "B12/I"."""
    building, _slash, entrance = code.rpartition("/")
    return Entrance.objects.filter(building__code=building, code=entrance).values_list("pk", flat=True).first()


def _group(code: str) -> int | None:
    return PremisesGroup.objects.filter(code=code).values_list("pk", flat=True).first()


def register() -> None:
    register_target("group", _group)
    register_target("estate", _estate)
    register_target("building", _building)
    register_target("entrance", _entrance)
    register_resolver("estate", estates_of_nodes)
    register_resolver("building", buildings_of_estates)
    register_resolver("building", buildings_of_groups)
    register_resolver("entrance_premises", premises_of_entrances)
