"""The state of premises on any day: what titles, leases and households say, then what somebody noted; and counts of it.

One SQL serves card, filter and statistics, so that their figures cannot differ.
"""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.property.estates.models import Building, Estate, Premises
from lokum.property.estates.queries import value_text
from lokum.property.occupancy.models import EXCLUSIVE_KINDS, TitleKind, UseState

# Placeholders: on, first (of the span for vacancy days), premises (bigint[]). A lease comes before ownership, people
# who live there before a noted state; without any title the noted state holds, else the premises are vacant.
STATES = """
WITH chosen AS MATERIALIZED (
  SELECT p.id, p.kind, p.building_id, p.opened_on, p.closed_on FROM estates_premises p WHERE p.id = ANY(%(premises)s)
), held AS MATERIALIZED (
  SELECT t.premises_id, min(t.kind) FILTER (WHERE t.kind = ANY(%(owning)s)) AS owned,
         min(t.kind) FILTER (WHERE t.kind <> ALL(%(owning)s)) AS let
    FROM occupancy_title t JOIN chosen c ON c.id = t.premises_id WHERE t.valid @> %(on)s::date GROUP BY t.premises_id
), living AS MATERIALIZED (
  SELECT DISTINCT m.premises_id FROM occupancy_householdmember m JOIN chosen c ON c.id = m.premises_id
   WHERE m.counted AND m.valid @> %(on)s::date
), noted AS MATERIALIZED (
  SELECT s.premises_id, s.state FROM occupancy_premisesstate s JOIN chosen c ON c.id = s.premises_id
   WHERE s.valid @> %(on)s::date
), used AS MATERIALIZED (
  SELECT premises_id, range_agg(span) AS spans FROM (
    SELECT t.premises_id, t.valid AS span FROM occupancy_title t JOIN chosen c ON c.id = t.premises_id
    UNION ALL
    SELECT m.premises_id, m.valid FROM occupancy_householdmember m JOIN chosen c ON c.id = m.premises_id
     WHERE m.counted) s WHERE NOT isempty(span) GROUP BY premises_id
), areas AS MATERIALIZED (
  SELECT f.premises_id, f.value FROM estates_premisesfact f JOIN chosen c ON c.id = f.premises_id
   WHERE f.kind = 'usable_area' AND f.valid @> %(on)s::date AND upper_inf(f.recorded)
)
SELECT c.id, c.kind, c.building_id, coalesce(h.owned, h.let, '') AS title_kind,
       CASE WHEN c.closed_on < %(on)s THEN 'out_of_use'
            WHEN n.state = 'out_of_use' AND h.premises_id IS NULL THEN 'out_of_use'
            WHEN h.let IS NOT NULL THEN 'rented'
            WHEN l.premises_id IS NOT NULL THEN 'moved_in'
            WHEN h.owned IS NOT NULL THEN
              CASE WHEN n.state IN ('handed_over', 'not_moved_in', 'fit_out', 'moved_in', 'vacant') THEN n.state
                   ELSE 'sold' END
            WHEN n.state IN ('unsold', 'reserved', 'fit_out', 'vacant') THEN n.state
            ELSE 'vacant' END AS state,
       a.value AS area,
       (SELECT coalesce(sum(upper(free) - lower(free)), 0)::int
          FROM unnest(datemultirange(daterange(c.opened_on, c.closed_on, '[]') * daterange(%(first)s, %(on)s, '[]'))
                      - coalesce(u.spans, '{}')) AS free) AS vacant_days
  FROM chosen c
  LEFT JOIN held h ON h.premises_id = c.id
  LEFT JOIN living l ON l.premises_id = c.id
  LEFT JOIN noted n ON n.premises_id = c.id
  LEFT JOIN used u ON u.premises_id = c.id
  LEFT JOIN areas a ON a.premises_id = c.id
 ORDER BY c.id
"""
OCCUPIED = (UseState.MOVED_IN, UseState.RENTED)


@dataclass(frozen=True)
class UseRow:
    """One of the premises on a day: its title, its state, its usable area, and the days of the span it stood empty."""

    premises_pk: int
    kind: str
    building_pk: int
    title_kind: str
    state: str
    area: Decimal | None
    vacant_days: int


def uses_on(premises: Collection[int], on: dt.date, first: dt.date | None = None) -> list[UseRow]:
    """Premises with their states on a day; vacancy is counted from `first` (the first of January) to that day."""
    values: dict[str, Any] = {
        "premises": sorted(set(premises)),
        "on": on,
        "first": first or on.replace(month=1, day=1),
        "owning": list(EXCLUSIVE_KINDS),
    }
    with connection.cursor() as cursor:
        cursor.execute(STATES, values)
        return [UseRow(*row) for row in cursor.fetchall()]


def state_on(premises_pk: int, on: dt.date) -> str:
    return uses_on([premises_pk], on)[0].state


def by_state(premises: QuerySet[Any], values: list[str], user: Any) -> QuerySet[Any]:
    """Filter of the register of premises: today's state."""
    wanted = set(values)
    if not wanted <= set(UseState.values):
        raise ValueError(_("There is no such state."))
    ids = list(Premises.objects.proper().order_by().values_list("pk", flat=True))
    found = [row.premises_pk for row in uses_on(ids, clock.today()) if row.state in wanted]
    return premises.filter(pk__in=found)


@dataclass
class Figures:
    """Counts of one line of the statistics."""

    label: str
    count: int = 0
    area: Decimal = Decimal(0)
    occupied: int = 0
    vacant_days: int = 0
    states: dict[str, int] = field(default_factory=dict)
    titles: dict[str, int] = field(default_factory=dict)

    def add(self, row: UseRow) -> None:
        self.count += 1
        self.area += row.area or 0
        self.occupied += row.state in OCCUPIED
        self.vacant_days += row.vacant_days
        self.states[row.state] = self.states.get(row.state, 0) + 1
        self.titles[row.title_kind] = self.titles.get(row.title_kind, 0) + 1

    @property
    def occupied_percent(self) -> Decimal | None:
        """Part of the premises that somebody lives in or rents."""
        return round(Decimal(100) * self.occupied / self.count, 1) if self.count else None


@dataclass(frozen=True)
class Statistics:
    lines: Sequence[Figures]
    total: Figures
    state_labels: Sequence[tuple[str, str]]
    title_labels: Sequence[tuple[str, str]]

    def cells(self, line: Figures) -> list[Any]:
        """A line as a row of the sheet, in the order of `heads`."""
        states = [line.states.get(code, 0) for code, _label in self.state_labels]
        titles = [line.titles.get(code, 0) for code, _label in self.title_labels]
        return [line.label, line.count, line.area, *titles, *states, line.vacant_days, line.occupied_percent]

    @property
    def heads(self) -> list[str]:
        names = [label for _code, label in (*self.title_labels, *self.state_labels)]
        return [_("Group"), _("Premises"), _("Usable area"), *names, _("Vacancy days"), _("Occupied, %")]

    @property
    def rows(self) -> list[list[Any]]:
        """All lines and the total, as figures."""
        return [self.cells(line) for line in (*self.lines, self.total)]

    @property
    def shown(self) -> list[list[str]]:
        """The same as people read them."""
        return [[value_text(Decimal(one) if isinstance(one, int) else one) for one in row] for row in self.rows]


def _label(lines: dict[Any, Figures], by: str) -> None:
    """Write the names of estates, buildings or kinds onto their lines."""
    names: dict[Any, str]
    codes: dict[Any, str] = {}
    if by == "estate":
        rows = Estate.objects.filter(pk__in=lines).values_list("pk", "code", "name")
        names = {pk: str(name) for pk, _code, name in rows}
        codes = {pk: str(code) for pk, code, _name in rows}
    elif by == "building":
        found = Building.objects.filter(pk__in=lines).values_list("pk", "code", "street", "house_number")
        names = {pk: f"{street} {house}".strip() for pk, _code, street, house in found}
        codes = {pk: str(code) for pk, code, _street, _house in found}
    else:
        names = {code: str(label) for code, label in Premises.Kind.choices}
    often = Counter(names[key] for key in lines)
    for key, line in lines.items():
        name = names[key]
        line.label = name if name and (often[name] == 1 or key not in codes) else f"{name} ({codes[key]})".strip()


def statistics(premises: QuerySet[Any], by: str, on: dt.date, first: dt.date | None = None) -> Statistics:
    """Premises counted by "estate", "building" or "kind"; the caller narrows them to what the reader sees.

    Places are told apart by their keys; where two would read the same, the code says which is which.
    """
    known = {
        pk: (estate, building)
        for pk, estate, building in premises.order_by().values_list("pk", "building__estate_id", "building_id")
    }
    lines: dict[Any, Figures] = {}
    total = Figures(_("Together"))
    for row in uses_on(known, on, first):
        estate, building = known[row.premises_pk]
        key = {"estate": estate, "building": building}.get(by, row.kind)
        for line in (lines.setdefault(key, Figures("")), total):
            line.add(row)
    _label(lines, by)
    return Statistics(
        sorted(lines.values(), key=lambda line: line.label),
        total,
        [(code, str(label)) for code, label in UseState.choices if code in total.states],
        [(code, str(label)) for code, label in (*TitleKind.choices, ("", _("No title"))) if code in total.titles],
    )
