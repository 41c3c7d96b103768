"""Districts and groups: who is in them, from and to which day."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor, acting
from lokum.core.base.errors import Missing, Refusal
from lokum.property.estates.models import GroupMember, Premises, PremisesGroup
from lokum.property.estates.models.changes import ChangeKind
from lokum.property.estates.services.changes import ChangeRow, note_changes


@dataclass(frozen=True)
class Placed:
    """How many places came in, and how many of them left another district for it."""

    added: int
    moved: int


def put_in_group(
    group_pk: int,
    *,
    actor: Actor,
    valid_from: dt.date,
    valid_to: dt.date | None = None,
    buildings: Collection[int] = (),
    premises: Collection[int] = (),
) -> Placed:
    """Put whole buildings or single premises into a group from a day on (`valid_to`: last day).

    A building that comes into a district leaves its present one the day before. Places that are in the group for the
    whole time already are left alone; a place that enters a district, or this group, later anyway is refused by name.
    """
    if valid_to is not None and valid_to < valid_from:
        text = _("The last day lies before the first.")
        raise Refusal("group.days_in_wrong_order", text, fields={"valid_to": [text]})
    with acting(actor):
        group = PremisesGroup.objects.select_for_update().filter(pk=group_pk).first()
        if group is None:
            raise Missing("group.missing", _("There is no such group."))
        if group.kind == PremisesGroup.Kind.DISTRICT and premises:
            text = _("A district takes whole buildings only.")
            raise Refusal("group.district_of_buildings", text, fields={"premises": [text]})
        span = DateRange(valid_from, valid_to + dt.timedelta(days=1) if valid_to else None)
        places = [("building", pk) for pk in sorted(set(buildings))] + [
            ("premises", pk) for pk in sorted(set(premises))
        ]
        in_the_way = _in_the_way(group, places, span)
        moved, new = _make_room(in_the_way, group, places, span)
        GroupMember.objects.bulk_create(
            [GroupMember(group=group, kind=group.kind, valid=span, **{f"{name}_id": pk}) for name, pk in new],
            batch_size=5000,
        )
        _note_moves(group, new, span, moved, actor)
        if new:
            note(group, gettext_noop("places added"), actor=actor, count=len(new), day=valid_from.isoformat())
        return Placed(len(new), len(moved))


def _in_the_way(
    group: PremisesGroup, places: Sequence[tuple[str, int]], span: DateRange
) -> dict[tuple[str, int], list[GroupMember]]:
    """Present and later places that may not stand beside the new ones, by place."""
    rows = GroupMember.objects.filter(valid__overlap=span).select_related("group", "building", "premises")
    rows = rows.filter(kind=group.kind) if group.kind == PremisesGroup.Kind.DISTRICT else rows.filter(group=group)
    found: dict[tuple[str, int], list[GroupMember]] = {}
    rows = rows.order_by("valid").select_for_update(of=("self",))
    for name in ("building", "premises"):
        keys = [pk for kind, pk in places if kind == name]
        for row in rows.filter(**{f"{name}__in": keys}) if keys else ():
            found.setdefault((name, getattr(row, f"{name}_id")), []).append(row)
    return found


def _make_room(
    in_the_way: dict[tuple[str, int], list[GroupMember]],
    group: PremisesGroup,
    places: Sequence[tuple[str, int]],
    span: DateRange,
) -> tuple[dict[tuple[str, int], PremisesGroup], list[tuple[str, int]]]:
    """End what the new places follow; returns where they came from, and which places are new."""
    moved: dict[tuple[str, int], PremisesGroup] = {}
    new = []
    for place in places:
        rows = in_the_way.get(place, [])
        if any(row.group_id == group.pk and _covers(row.valid, span) for row in rows):
            continue
        for row in rows:
            begins_later = row.valid.lower is not None and row.valid.lower > span.lower
            ends_later = span.upper is not None and (row.valid.upper is None or row.valid.upper > span.upper)
            if row.group_id == group.pk or begins_later or ends_later:
                raise _taken(row)
            moved[place] = row.group
            if row.valid.lower == span.lower:
                row.delete()
            else:
                row.valid = DateRange(row.valid.lower, span.lower)
                row.save(update_fields=["valid"])
        new.append(place)
    return moved, new


def _covers(outer: DateRange, inner: DateRange) -> bool:
    starts = outer.lower is None or outer.lower <= inner.lower
    return starts and (outer.upper is None or (inner.upper is not None and inner.upper <= outer.upper))


def _taken(row: GroupMember) -> Refusal:
    text = _("%(place)s is in %(group)s from %(first)s to %(last)s.") % {
        "place": row,
        "group": row.group,
        "first": date_format(row.valid.lower, "SHORT_DATE_FORMAT") if row.valid.lower else "…",
        "last": date_format(row.valid.upper - dt.timedelta(days=1), "SHORT_DATE_FORMAT") if row.valid.upper else "…",
    }
    return Refusal("group.taken", text, fields={"valid_from": [text]}, details={"member": row.pk})


def _note_moves(
    group: PremisesGroup,
    places: Sequence[tuple[str, int]],
    span: DateRange,
    moved: dict[tuple[str, int], Any],
    actor: Actor,
) -> None:
    """Prices may follow groups: a move, or an entry back in time, is recorded for each of the premises it touches."""
    buildings = {pk: moved.get(("building", pk)) for name, pk in places if name == "building"}
    single = {pk: moved.get(("premises", pk)) for name, pk in places if name == "premises"}
    inside = list(Premises.objects.filter(building_id__in=buildings).values_list("pk", "building_id").order_by("pk"))
    touched = [(pk, buildings[building_pk]) for pk, building_pk in inside] + sorted(single.items())
    last = span.upper - dt.timedelta(days=1) if span.upper else None
    note_changes(
        [
            ChangeRow(pk, ChangeKind.GROUP, span.lower, last, former.code if former else "", group.code)
            for pk, former in touched
            if former is not None or span.lower < clock.today()
        ],
        actor=actor,
    )


def leave_group(member_pk: int, *, actor: Actor, last_on: dt.date) -> GroupMember:
    """End a place in a group with its last day."""
    with acting(actor):
        row = GroupMember.objects.select_for_update(of=("self",)).select_related("group").filter(pk=member_pk).first()
        if row is None:
            raise Missing("group.member_missing", _("There is no such place in a group."))
        lower, upper = row.valid.lower, row.valid.upper
        if lower is not None and last_on < lower:
            text = _("It begins later, on %(day)s.") % {"day": date_format(lower, "SHORT_DATE_FORMAT")}
            raise Refusal("group.ends_before_start", text, fields={"last_on": [text]})
        after = last_on + dt.timedelta(days=1)
        if upper is not None and after >= upper:
            text = _("It ends earlier already.")
            raise Refusal("group.ended", text, fields={"last_on": [text]})
        row.valid = DateRange(lower, after)
        row.save(update_fields=["valid"])
        touched = Premises.objects.filter(building_id=row.building_id) if row.building_id else [row.premises]
        last = upper - dt.timedelta(days=1) if upper else None
        changes = [
            ChangeRow(one.pk, ChangeKind.GROUP, after, last, row.group.code, "") for one in touched if one is not None
        ]
        note_changes(changes, actor=actor)
        note(row.group, gettext_noop("place ended"), actor=actor, place=str(row), last_day=last_on.isoformat())
        return row
