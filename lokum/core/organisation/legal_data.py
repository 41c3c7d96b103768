"""Legal data of entities with their days: a change holds from a day on, documents print what was valid on theirs.

A change concerns the fields that were changed and nothing else: from the day on they have the new value, also in what
was planned for later. The columns of the entity follow on the day itself (`take_effect`).
"""

import copy
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.core.base.errors import Refusal
from lokum.core.desk.refusals import from_validation
from lokum.core.organisation.models import LEGAL_FIELDS, Entity, LegalData

RECENT = dt.timedelta(days=31)  # how late the columns of an entity may follow a planned change


def legal_values(record: Entity | LegalData) -> dict[str, Any]:
    return {name: getattr(record, name) for name in LEGAL_FIELDS}


def data_on(entity: Entity, day: dt.date) -> Entity | LegalData:
    """What is valid on a day; before the first known day the first data; the entity itself while nothing changed."""
    known: dict[dt.date, Entity | LegalData] = entity.__dict__.setdefault("_data_by_day", {})
    if day not in known:  # thousands of documents of one batch ask for the same entity and day
        rows = LegalData.objects.filter(entity=entity)
        known[day] = rows.filter(valid__contains=day).first() or rows.order_by("valid").first() or entity
    return known[day]


def plan(entity: Entity, valid_from: dt.date | None) -> None:
    """Called before an edited entity is checked and saved: remembers what changed; a change that begins later leaves
    the columns as they are. Asks the database for nothing."""
    if entity._loaded_legal is None:
        return
    before, after = entity._loaded_legal, legal_values(entity)
    changed = {name: after[name] for name in LEGAL_FIELDS if before[name] != after[name]}
    today = clock.today(entity.time_zone)
    entity.__dict__["legal_change"] = (before, changed, valid_from or today)
    if valid_from is not None and valid_from > today:
        for name in changed:
            setattr(entity, name, before[name])


def keep(entity: Entity, *, document: str = "") -> None:
    """Write the change that `plan` remembered; a planned one is checked like one of today."""
    change = entity.__dict__.pop("legal_change", None)
    if change is None or not change[1]:
        return
    before, changed, valid_from = change
    probe = copy.copy(entity)
    for name, value in changed.items():
        setattr(probe, name, value)
    try:
        probe.clean_fields()
        probe.clean()
    except ValidationError as problem:
        raise from_validation(problem) from problem
    record_change(entity, before, changed, valid_from, document=document)
    entity._loaded_legal = legal_values(entity)


def record_change(
    entity: Entity, before: Mapping[str, Any], changed: Mapping[str, Any], valid_from: dt.date, *, document: str = ""
) -> None:
    """From a day on the given fields have other values. `before`: all fields as they were, for the first change."""
    entity.__dict__.pop("_data_by_day", None)
    with transaction.atomic():
        Entity.objects.select_for_update().get(pk=entity.pk)
        rows = list(LegalData.objects.filter(entity=entity).order_by("valid"))
        first = rows[0].valid.lower if rows else entity.opened_on
        if valid_from < first:
            text = _("The entity is known since %(day)s only.") % {"day": date_format(first, "SHORT_DATE_FORMAT")}
            raise Refusal("legal_data.before_first", text, fields={"valid_from": [text]})
        if not rows:
            rows = [LegalData.objects.create(entity=entity, valid=DateRange(first, None), **before)]
        for row in rows:
            upper = row.valid.upper
            if upper is not None and upper <= valid_from:
                continue
            if row.valid.lower < valid_from:
                row.valid = DateRange(row.valid.lower, valid_from)
                row.save(update_fields=["valid"])
                row = LegalData(entity=entity, valid=DateRange(valid_from, upper), **legal_values(row))
            for name, value in changed.items():
                setattr(row, name, value)
            if row.valid.lower == valid_from:
                row.document = document[:200]
            row.save()


def take_effect(entity_pk: int, day: dt.date) -> list[str]:
    """The columns of an entity follow what was planned to begin by a day; returns the names of the fields that did."""
    with transaction.atomic():
        entity = Entity.objects.select_for_update().get(pk=entity_pk)
        rows = list(LegalData.objects.filter(entity=entity, valid__startswith__lte=day).order_by("valid"))
        followed = []
        for former, row in pairwise(rows):
            if row.valid.lower < day - RECENT:
                continue
            for name in LEGAL_FIELDS:
                old, new = getattr(former, name), getattr(row, name)
                if old != new and getattr(entity, name) == old:
                    setattr(entity, name, new)
                    followed.append(name)
        if followed:
            entity.version += 1
            entity.save(update_fields=[*dict.fromkeys(followed), "version"])
        return list(dict.fromkeys(followed))


def take_effect_everywhere() -> int:
    """Bring the columns of all entities in line with what has begun by the entity's today; how many changed."""
    begun = LegalData.objects.filter(valid__startswith__gte=clock.today() - RECENT)
    entities = Entity.objects.filter(pk__in=begun.values("entity")).order_by("pk")
    return sum(bool(take_effect(one.pk, clock.today(one.time_zone))) for one in entities)


@dataclass(frozen=True)
class LegalChange:
    """One line of the history: what a field was and is from a day on."""

    on: dt.date
    label: str
    old: str
    new: str
    document: str
    planned: bool


def history_of(entity: Entity, today: dt.date) -> Sequence[LegalChange]:
    """Every change of legal data, the latest day first; `planned`: it begins after today."""
    rows = list(LegalData.objects.filter(entity=entity).order_by("valid"))
    found = [
        LegalChange(
            row.valid.lower, str(LegalData._meta.get_field(name).verbose_name),  # type: ignore[union-attr]
            shown(former, name), shown(row, name), row.document, row.valid.lower > today,
        )
        for former, row in pairwise(rows)
        for name in LEGAL_FIELDS
        if getattr(former, name) != getattr(row, name)
    ]  # fmt: skip
    return sorted(found, key=lambda one: one.on, reverse=True)


def shown(record: Entity | LegalData, name: str) -> str:
    return str(record.get_kind_display() if name == "kind" else getattr(record, name))


def lines_of(record: Entity | LegalData) -> list[tuple[str, str]]:
    """Fields and values as people read them."""
    return [(str(LegalData._meta.get_field(name).verbose_name), shown(record, name)) for name in LEGAL_FIELDS]  # type: ignore[union-attr]
