"""Reads about estates: facts as of a day, history, sums against declared totals, uses, the tree."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import ForeignObjectRel, Model, OneToOneRel, Q, QuerySet
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.property.estates import bitemporal
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


_SUMS = """
SELECT f.kind, sum(f.value), count(*)
  FROM estates_premisesfact f JOIN estates_premises p ON p.id = f.premises_id
 WHERE p.building_id = %s AND f.valid @> %s::date AND upper_inf(f.recorded)
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
    """Premises that exist on a day."""
    return Premises.objects.filter(Q(opened_on=None) | Q(opened_on__lte=on), Q(closed_on=None) | Q(closed_on__gte=on))


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
class Use:
    """What rests on a record: a kind of rows, how many, and one of them by name."""

    what: str
    count: int
    example: str

    def __str__(self) -> str:
        return _("%(what)s: %(count)s (e.g. %(example)s)") % {
            "what": self.what,
            "count": self.count,
            "example": self.example,
        }


def uses_of(record: Model, depth: int = 3) -> list[Use]:
    """Rows that keep a record from being deleted, and what in turn rests on them (an agreement's account, ...).

    Walks every relation that points at the record, upper layers included; rows deleted together with it do not count.
    """
    uses: list[Use] = []
    level: list[tuple[type[Model], list[int]]] = [(type(record), [record.pk])]
    seen: set[type[Model]] = {type(record)}
    for _step in range(depth):
        following: list[tuple[type[Model], list[int]]] = []
        for model, pks in level:
            for relation in model._meta.get_fields(include_hidden=True):
                if not _protects(relation):
                    continue
                holder: Any = relation.related_model
                if holder in seen:
                    continue
                rows = holder._base_manager.filter(**{f"{relation.field.name}__in": pks})  # type: ignore[union-attr]
                first = rows.first()
                if first is None:
                    continue
                seen.add(holder)
                count = rows.count()
                uses.append(Use(str(holder._meta.verbose_name_plural), count, str(first)))
                following.append((holder, list(rows.values_list("pk", flat=True)[:1000])))
        level = following
    return uses


def _protects(relation: Any) -> bool:
    """Whether a reverse relation holds rows that stay (PROTECT), not parts deleted with the record."""
    if not isinstance(relation, ForeignObjectRel | OneToOneRel) or relation.on_delete is None:
        return False
    return str(getattr(relation.on_delete, "__name__", "")) in ("PROTECT", "RESTRICT")


def buildings_of(estate_pk: int) -> QuerySet[Building]:
    return Building.objects.filter(estate_id=estate_pk)


def today() -> dt.date:
    return clock.today()
