"""The card of premises: which components are attached, since when, and which rate wins on a day (CHG-02, CHG-04)."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection

from lokum.money.charges.models import ComponentAssignment, Tariff
from lokum.money.charges.winning import winning_sql

# The agreement that pays on the day decides title and membership; without one the rate for everybody is shown.
CARD_BASE = """
card_base AS MATERIALIZED (
  SELECT s.id AS assignment_id, s.component_id, s.premises_id, p.building_id, coalesce(g.payer_id, 0) AS party_id,
         coalesce(t.kind, '') AS title_kind,
         EXISTS (SELECT FROM title_membership m WHERE m.title_id = t.id AND m.entity_id = %(entity)s
                 AND m.valid @> %(day)s::date) AS member
  FROM charges_componentassignment s
  JOIN charges_component c ON c.id = s.component_id AND c.entity_id = %(entity)s
  JOIN estates_premises p ON p.id = s.premises_id
  LEFT JOIN LATERAL (
    SELECT * FROM occupancy_agreement g WHERE g.premises_id = p.id AND g.entity_id = c.entity_id
      AND g.valid @> %(day)s::date ORDER BY g.id LIMIT 1) g ON true
  LEFT JOIN occupancy_title t ON t.id = g.title_id
  WHERE s.premises_id = ANY(%(premises)s) AND s.valid @> %(day)s::date
)
"""


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


def assignment_cards(entity_id: int, premises_ids: Collection[int], on: dt.date) -> list[AssignmentCard]:
    """What is attached to premises on a day, with the winning rate and its level. The same SQL as the month run."""
    query = f"WITH {CARD_BASE}, {winning_sql('card_base')} SELECT assignment_id, tariff_id FROM winning"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(query, {"entity": entity_id, "day": on, "premises": list(premises_ids)})
        winners = dict(cursor.fetchall())
    tariffs = Tariff.objects.in_bulk([pk for pk in winners.values() if pk])
    rows = ComponentAssignment.objects.filter(pk__in=winners).select_related(
        "component", "premises", "package", "origin__group", "origin__building", "origin__estate"
    )
    rows = rows.order_by("premises__code", "component__position", "component__code")
    return [AssignmentCard(row, tariffs.get(winners[row.pk] or 0)) for row in rows]


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
