"""Reads about estates: facts as of a day, history, sums against declared totals, uses, the tree."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, Model, Q, QuerySet
from django.utils.formats import number_format

from lokum.core.desk.own_fields import OwnField, own_fields
from lokum.property.estates import bitemporal, seams
from lokum.property.estates.bitemporal import Change, DatedTable
from lokum.property.estates.models import (
    FACT_UNITS,
    Building,
    DeclaredTotal,
    FactKind,
    OwnershipShare,
    Premises,
    PremisesEntity,
    PremisesFact,
    PremisesOwnValue,
)

FACTS = DatedTable(table="estates_premisesfact", owner="premises_id", name="kind", value_type="numeric")


@dataclass(frozen=True)
class Fact:
    """A value as of a day: with its unit, since when it holds, where it comes from and when that was recorded."""

    kind: str
    label: str
    value: Decimal
    unit: str
    valid_from: dt.date | None
    valid_to: dt.date | None
    source: str
    recorded_at: dt.datetime

    @property
    def text(self) -> str:
        return value_text(self.value)


def facts_of(premises_pk: int, on: dt.date, known_at: dt.datetime | None = None) -> QuerySet[PremisesFact]:
    """Rows valid on a day, as believed at `known_at` (None: as believed now)."""
    rows = PremisesFact.objects.filter(premises_id=premises_pk, valid__contains=on)
    if known_at is None:
        return rows.filter(recorded__endswith=None)
    return rows.filter(recorded__contains=known_at)


def facts_as_of(premises_pk: int, on: dt.date, known_at: dt.datetime | None = None) -> dict[str, Fact]:
    """Every known fact of premises on a day, by kind in the order of `FactKind`."""
    found = {row.kind: row for row in facts_of(premises_pk, on, known_at)}
    return {
        kind: Fact(
            kind=kind,
            label=str(FactKind(kind).label),
            value=found[kind].value,
            unit=FACT_UNITS[kind],
            valid_from=found[kind].valid.lower,
            valid_to=found[kind].valid.upper - dt.timedelta(days=1) if found[kind].valid.upper else None,
            source=found[kind].source,
            recorded_at=found[kind].recorded.lower,
        )
        for kind in FactKind.values
        if kind in found
    }


def fact_history(premises_pk: int) -> list[Change]:
    """Every entry about premises: date, attribute, old value, new value, source and both moments of recording."""
    return bitemporal.history(FACTS, premises_pk)


def fact_histories(premises_pks: Sequence[int]) -> dict[int, list[Change]]:
    """The same for many premises, in one statement."""
    return bitemporal.histories(FACTS, premises_pks)


@dataclass(frozen=True)
class Comparison:
    """A building's declared total beside the sum over its premises on a day."""

    kind: str
    label: str
    unit: str
    declared: Decimal | None
    found: Decimal
    premises_count: int
    without_value: int
    source: str

    @property
    def difference(self) -> Decimal | None:
        return None if self.declared is None else self.found - self.declared

    @property
    def found_text(self) -> str:
        return value_text(self.found)

    @property
    def declared_text(self) -> str:
        return "" if self.declared is None else value_text(self.declared)

    @property
    def difference_text(self) -> str:
        """With its sign: "+1.5" when the premises have more than was declared."""
        difference = self.difference or Decimal(0)
        return ("+" if difference > 0 else "") + value_text(difference)


_SUMS = """
SELECT f.kind, sum(f.value), count(*)
  FROM estates_premisesfact f JOIN estates_premises p ON p.id = f.premises_id
 WHERE p.building_id = %s AND p.kind <> 'supply_point' AND f.valid @> %s::date AND upper_inf(f.recorded)
   AND (p.opened_on IS NULL OR p.opened_on <= %s) AND (p.closed_on IS NULL OR p.closed_on >= %s)
 GROUP BY f.kind
"""


def compare_totals(building_pk: int, on: dt.date) -> list[Comparison]:
    """Sums of a building's premises against its declared totals; a kind with neither is left out."""
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, [building_pk, on, on, on])
        sums = {kind: (total, count) for kind, total, count in cursor.fetchall()}
    declared = {row.kind: row for row in DeclaredTotal.objects.filter(building_id=building_pk)}
    total_count = open_premises(on).filter(building_id=building_pk).count()
    lines = []
    for kind in FactKind.values:
        if kind not in sums and kind not in declared:
            continue
        found, count = sums.get(kind, (Decimal(0), 0))
        row = declared.get(kind)
        lines.append(
            Comparison(
                kind=kind,
                label=str(FactKind(kind).label),
                unit=FACT_UNITS[kind],
                declared=row.value if row else None,
                found=found,
                premises_count=count,
                without_value=total_count - count,
                source=row.source if row else "",
            )
        )
    return lines


def open_premises(on: dt.date) -> QuerySet[Premises]:
    """Premises that exist on a day; supply points are none."""
    rows = Premises.objects.proper()
    return rows.filter(Q(opened_on=None) | Q(opened_on__lte=on), Q(closed_on=None) | Q(closed_on__gte=on))


def entity_of(premises_pk: int, on: dt.date) -> int | None:
    """Id of the entity to whose books premises belong on a day."""
    return (
        PremisesEntity.objects.filter(premises_id=premises_pk, valid__contains=on)
        .values_list("entity_id", flat=True)
        .first()
    )


def share_of(premises_pk: int, on: dt.date) -> OwnershipShare | None:
    return OwnershipShare.objects.filter(premises_id=premises_pk, valid__contains=on).first()


@dataclass(frozen=True)
class FactLine:
    """A line of history with the words people read."""

    change: Change
    label: str
    unit: str

    @property
    def old_text(self) -> str:
        return value_text(self.change.old_value)

    @property
    def new_text(self) -> str:
        return value_text(self.change.new_value)


def value_text(value: Any) -> str:
    """A value as people read it: numbers without needless zeros, in the reader's language."""
    if value is None:
        return "–"
    if isinstance(value, Decimal):
        return number_format(format(value.normalize(), "f"), use_l10n=True)
    return str(value)


def history_lines(premises_pk: int) -> list[FactLine]:
    return [
        FactLine(change, str(FactKind(change.name).label), FACT_UNITS[change.name])
        for change in fact_history(premises_pk)
    ]


OWN_VALUES = DatedTable(table="estates_premisesownvalue", owner="premises_id", name="code", value_type="text")


def own_values_as_of(premises_pk: int, on: dt.date, known_at: dt.datetime | None = None) -> list[Fact]:
    """Values of dated own fields on a day, in the order of the fields; as believed at `known_at` (None: now)."""
    rows = PremisesOwnValue.objects.filter(premises_id=premises_pk, valid__contains=on)
    rows = rows.filter(recorded__endswith=None) if known_at is None else rows.filter(recorded__contains=known_at)
    found = {row.code: row for row in rows}
    return [
        Fact(
            kind=f"own_{one.code}",
            label=one.label,
            value=own_value(one, row.value),
            unit="",
            valid_from=row.valid.lower,
            valid_to=row.valid.upper - dt.timedelta(days=1) if row.valid.upper else None,
            source=row.source,
            recorded_at=row.recorded.lower,
        )
        for one in own_fields(Premises)
        if (row := found.get(one.code)) is not None
    ]


def own_value(field: OwnField, text: str | None) -> Any:
    """A kept text as the field's typed value."""
    return None if text is None else field.read(int(text) if field.type == "integer" else text)


def whole_history(premises_pk: int) -> list[FactLine]:
    """Entries about facts and dated own fields, the latest day first; what always held last."""
    fields = {one.code: one for one in own_fields(Premises)}
    lines = history_lines(premises_pk)
    for change in bitemporal.history(OWN_VALUES, premises_pk) if fields else ():
        if (one := fields.get(change.name)) is not None:
            old, new = own_value(one, change.old_value), own_value(one, change.new_value)
            lines.append(FactLine(replace(change, old_value=old, new_value=new), one.label, ""))
    return sorted(lines, key=lambda line: line.change.on or dt.date.min, reverse=True)


# From the premises to the record that contains them.
_INSIDE = {"estate": "__building__estate", "building": "__building", "entrance": "__entrance", "storey": "__storey"}


def held_by(record: Model) -> list[tuple[Any, int]]:
    """What holds a place against deleting, with counts: titles, agreements, accounts, charges of the premises in it."""
    inside = _INSIDE.get(str(record._meta.model_name), "")
    return [
        (model._meta.verbose_name_plural, model._base_manager.filter(**{f"{lookup}{inside}": record.pk}).count())
        for model, lookup in seams.holdings
    ]


@dataclass
class Branch:
    """A record of the tree with what lies in it."""

    record: Model
    premises_count: int = 0
    children: list["Branch"] | None = None


def tree_of(
    estates: QuerySet[Any], buildings: QuerySet[Any], premises: QuerySet[Any], building_pk: int | None = None
) -> list[Branch]:
    """Estates with their buildings, and inside the chosen building its entrances with their premises.

    The querysets are narrowed to the user's scope by the caller. SQL count does not depend on the number of rows.
    """
    counts = dict(premises.order_by().values_list("building_id").annotate(count=Count("pk")))
    by_estate: dict[int, list[Branch]] = {}
    for building in buildings.order_by("sort_code"):
        inside = _entrances(building, premises) if building.pk == building_pk else None
        by_estate.setdefault(building.estate_id, []).append(Branch(building, counts.get(building.pk, 0), inside))
    return [
        Branch(estate, sum(one.premises_count for one in by_estate.get(estate.pk, [])), by_estate.get(estate.pk, []))
        for estate in estates
    ]


def _entrances(building: Building, premises: QuerySet[Any]) -> list[Branch]:
    by_entrance: dict[int | None, list[Branch]] = {}
    for one in premises.filter(building=building).select_related("storey").order_by("sort_number"):
        by_entrance.setdefault(one.entrance_id, []).append(Branch(one))
    entrances = [
        Branch(entrance, len(by_entrance.get(entrance.pk, [])), by_entrance.get(entrance.pk, []))
        for entrance in building.entrances.order_by("sort_code")
    ]
    return entrances + by_entrance.get(None, [])
