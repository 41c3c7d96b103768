"""The card of premises: which components are attached, since when, and which rate wins on a day (CHG-02, CHG-04)."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection

from lokum.money.charges.models import ComponentAssignment, Tariff
from lokum.money.charges.winning import winning_sql


@dataclass(frozen=True)
class AssignmentCard:
    """An attached component with the tariff that wins on the day; None: no approved price."""

    assignment: ComponentAssignment
    tariff: Tariff | None

    @property
    def last_on(self) -> dt.date | None:
        after = self.assignment.valid.upper
        return after - dt.timedelta(days=1) if after else None

    @property
    def level(self) -> str:
        """By what it was attached: a package, and the group, building or estate chosen; "" for one by one."""
        origin, package = self.assignment.origin, self.assignment.package
        place = origin.place if origin is not None else ""
        return " · ".join(str(part) for part in (package, place) if part)


def winning_tariff(
    component_id: int,
    on: dt.date,
    *,
    entity_id: int,
    building_id: int = 0,
    premises_id: int = 0,
    party_id: int = 0,
    title_kind: str = "",
    member: bool = False,
) -> Tariff | None:
    """The most specific approved tariff of a component on a day for one target."""
    base = (
        "asked AS MATERIALIZED (SELECT %(component)s::bigint AS component_id, %(premises)s::bigint AS premises_id, "
        "%(building)s::bigint AS building_id, %(party)s::bigint AS party_id, %(title_kind)s::text AS title_kind, "
        "%(member)s::boolean AS member)"
    )
    values: dict[str, Any] = {
        "entity": entity_id,
        "day": on,
        "component": component_id,
        "premises": premises_id,
        "building": building_id,
        "party": party_id,
        "title_kind": title_kind,
        "member": member,
    }
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {base}, {winning_sql('asked')} SELECT tariff_id FROM winning", values)  # noqa: S608
        row = cursor.fetchone()
    return Tariff.objects.filter(pk=row[0]).first() if row and row[0] else None
