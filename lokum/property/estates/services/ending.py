"""Ending everything that is recorded about premises with a day, and bringing it back: for a split or a merge."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Model, Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from lokum.core.base.context import Actor, acting
from lokum.property.estates.bitemporal import DatedValue, end, record
from lokum.property.estates.models import (
    CostShare,
    FactKind,
    GroupMember,
    OwnershipShare,
    Premises,
    PremisesEntity,
    PremisesFact,
)
from lokum.property.estates.queries import FACTS
from lokum.property.estates.services.changes import ChangeRow, note_changes

Kept = dict[str, list[Any]]


@dataclass(frozen=True)
class _Dated:
    """A table of spans of premises, and under which name its ends are kept."""

    name: str
    model: Any

    def of(self, premises_pk: int) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.model.objects.filter(premises=premises_pk)
        return rows


_TABLES = (
    _Dated("shares", OwnershipShare),
    _Dated("cost_shares", CostShare),
    _Dated("entities", PremisesEntity),
    _Dated("groups", GroupMember),
)


def _beliefs(premises_pk: int) -> QuerySet[PremisesFact]:
    return PremisesFact.objects.filter(premises=premises_pk, recorded__endswith=None)


def later_entries(premises_pk: int, day: dt.date) -> list[str]:
    """What is recorded to begin on or behind a day, in words: it would have to be carried by hand."""
    found = [
        _("%(what)s from %(day)s")
        % {"what": FactKind(row.kind).label, "day": date_format(row.valid.lower, "SHORT_DATE_FORMAT")}
        for row in _beliefs(premises_pk).filter(valid__startswith__gt=day).order_by("valid")
    ]
    for table in _TABLES:
        found += [
            _("%(what)s from %(day)s")
            % {"what": table.model._meta.verbose_name, "day": date_format(row.valid.lower, "SHORT_DATE_FORMAT")}
            for row in table.of(premises_pk).filter(valid__startswith__gt=day).order_by("valid")
        ]
    return found


def end_values(premises_pk: int, day: dt.date, *, actor: Actor, source: str = "") -> Kept:
    """Facts, shares, entity and places in groups of premises end the day before `day`; returns how they stood.

    Each ended value is kept as a change for the corrections of what was charged on it.
    """
    with acting(actor):
        kept: Kept = {
            "facts": [
                [row.kind, str(row.value), row.valid.upper and row.valid.upper.isoformat(), row.source]
                for row in _beliefs(premises_pk).filter(valid__contains=day).order_by("kind")
            ]
        }
        note_changes(
            [
                ChangeRow(premises_pk, kind, day, _last(until), f"{Decimal(value).normalize():f}", "", source)
                for kind, value, until, _paper in kept["facts"]
            ],
            actor=actor,
        )
        rows = [DatedValue(premises_pk, kind, None, day) for kind, _value, _until, _paper in kept["facts"]]
        end(FACTS, rows, actor=actor)
        changes = []
        for table in _TABLES:
            running = list(table.of(premises_pk).filter(_beyond(day)).select_for_update(of=("self",)).order_by("pk"))
            kept[table.name] = [_kept(row) for row in running]
            changes += [_share_change(row, day, source) for row in running if hasattr(row, "numerator")]
            _cut(running, day)
        note_changes(changes, actor=actor)
        return kept


def _beyond(day: dt.date) -> Q:
    return Q(valid__contains=day)


def _kept(row: Any) -> list[Any]:
    """Key and span of a row; of one that begins on the day itself every column, since it is taken away."""
    return [
        row.pk,
        row.valid.lower and row.valid.lower.isoformat(),
        row.valid.upper and row.valid.upper.isoformat(),
        {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.name != "valid"},
    ]


def _cut(rows: Sequence[Any], day: dt.date) -> None:
    for row in rows:
        if row.valid.lower == day:
            row.delete()
        else:
            row.valid = DateRange(row.valid.lower, day)
            row.save(update_fields=["valid"])


def _share_change(row: Any, day: dt.date, source: str) -> ChangeRow:
    kind = getattr(row, "kind", "share")
    last = row.valid.upper - dt.timedelta(days=1) if row.valid.upper else None
    return ChangeRow(row.premises_id, kind, day, last, str(row), "", source)


def _last(until: str | None) -> dt.date | None:
    return dt.date.fromisoformat(until) - dt.timedelta(days=1) if until else None


def restore_values(premises_pk: int, day: dt.date, kept: Kept, *, actor: Actor, source: str = "") -> None:
    """Bring back what `end_values` ended; the facts are recorded anew, their history shows both."""
    with acting(actor):
        rows = [
            DatedValue(premises_pk, kind, Decimal(value), day, _last(until), paper)
            for kind, value, until, paper in kept["facts"]
        ]
        record(FACTS, rows, actor=actor)
        changes = [ChangeRow(row.owner_id, row.name, day, row.valid_to, "", f"{row.value.normalize():f}", source)
                   for row in rows]  # fmt: skip
        for table in _TABLES:
            for pk, lower, upper, values in kept[table.name]:
                back = restore_span(table.model, pk, lower, upper, values)
                if hasattr(back, "numerator"):
                    last = back.valid.upper - dt.timedelta(days=1) if back.valid.upper else None
                    kind = getattr(back, "kind", "share")
                    changes.append(ChangeRow(premises_pk, kind, day, last, "", str(back), source))
        note_changes(changes, actor=actor)


def restore_span(model: type[Model], pk: int, lower: str | None, upper: str | None, values: dict[str, Any]) -> Any:
    """A row with the span it had; one that was taken away comes back under its own key."""
    manager: Any = model._default_manager
    row: Any = manager.filter(pk=pk).first() or model(**values)
    row.valid = DateRange(_day(lower), _day(upper))
    row.save()
    return row


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def values_on(premises: Premises, day: dt.date) -> tuple[dict[str, Decimal], dict[str, tuple[int, int]]]:
    """Facts and shares of premises on a day, by kind."""
    facts = dict(_beliefs(premises.pk).filter(valid__contains=day).values_list("kind", "value"))
    shares: dict[str, tuple[int, int]] = {}
    for own in OwnershipShare.objects.filter(premises=premises, valid__contains=day):
        shares["share"] = (own.numerator, own.denominator)
    for row in CostShare.objects.filter(premises=premises, valid__contains=day):
        shares[row.kind] = (row.numerator, row.denominator)
    return facts, shares
