"""Adding, closing and deleting estates, buildings, entrances, storeys and premises."""

import datetime as dt
from typing import Any, TypeVar

from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lokum.core.audit.services import note
from lokum.core.base.context import Actor, acting
from lokum.core.base.errors import Missing, Refusal
from lokum.property.estates import seams
from lokum.property.estates.models import Building, Entrance, Estate, Premises, PremisesEntity, Storey

# The kinds of record that this module adds, closes and opens again.
Place = TypeVar("Place", Estate, Building, Entrance, Storey, Premises)

# What lies inside a record and must be closed before it.
_INSIDE: dict[type[Model], tuple[str, ...]] = {
    Estate: ("buildings",),
    Building: ("entrances", "storeys", "premises"),
    Entrance: ("premises",),
    Storey: ("premises",),
    Premises: (),
}


def add_premises(
    building_pk: int,
    number: str,
    kind: str,
    *,
    actor: Actor,
    code: str = "",
    entrance_pk: int | None = None,
    storey_pk: int | None = None,
    opened_on: dt.date | None = None,
    entity_pk: int | None = None,
    entity_from: dt.date | None = None,
) -> Premises:
    """Add numbered premises to a building; with `entity_pk` they belong to that entity's books from `entity_from`.

    Raises Refusal when the number is taken in the building or the kind is unknown.
    """
    if kind not in Premises.Kind.values:
        text = _("There are no premises of the kind “%(kind)s”.") % {"kind": kind}
        raise Refusal("premises.unknown_kind", text, fields={"kind": [text]})
    with acting(actor):
        building = _locked(Building, building_pk)
        if building.closed_on is not None:
            raise Refusal("building.closed", _("The building is closed."), fields={"building": [_("It is closed.")]})
        if Premises.objects.filter(building=building, number=number).exists():
            text = _("The number %(number)s is taken in the building %(building)s.") % {
                "number": number,
                "building": building.code,
            }
            raise Refusal("premises.number_taken", text, fields={"number": [text]})
        premises = Premises.objects.create(
            building=building,
            number=number,
            kind=kind,
            code=code or f"{building.code}/{number}",
            entrance_id=entrance_pk,
            storey_id=storey_pk,
            opened_on=opened_on,
        )
        if entity_pk is not None:
            assign_entity(premises.pk, entity_pk, entity_from or opened_on or dt.date(1900, 1, 1), actor=actor)
        return premises


def assign_entity(premises_pk: int, entity_pk: int, valid_from: dt.date, *, actor: Actor) -> PremisesEntity:
    """Premises belong to an entity's books from a day on; what held before ends the day before."""
    with acting(actor):
        _locked(Premises, premises_pk)
        rows = PremisesEntity.objects.filter(premises_id=premises_pk)
        later = rows.filter(valid__startswith__gte=valid_from).order_by("valid").first()
        if later is not None and later.valid.lower > valid_from:
            text = _("A later change of entity is recorded already, from %(day)s.") % {"day": later.valid.lower}
            raise Refusal("premises.entity_later", text, fields={"valid_from": [text]})
        current = rows.filter(valid__contains=valid_from).first()
        if current is not None:
            if current.entity_id == entity_pk:
                return current
            if current.valid.lower == valid_from:
                current.delete()
            else:
                current.valid = (current.valid.lower, valid_from)
                current.save(update_fields=["valid"])
        row = PremisesEntity.objects.create(premises_id=premises_pk, entity_id=entity_pk, valid=(valid_from, None))
        note(
            Premises(pk=premises_pk),
            gettext_noop("given to an entity"),
            actor=actor,
            entity=str(row.entity),
            day=valid_from.isoformat(),
        )
        return row


def _locked(model: type[Place], pk: int) -> Place:
    record = model.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if record is None:
        raise Missing(f"{model._meta.model_name}.missing", _("There is no such record."))
    return record


def _close(model: type[Place], pk: int, closed_on: dt.date, actor: Actor) -> Place:
    with acting(actor):
        record = _locked(model, pk)
        if record.closed_on is not None:
            raise Refusal("record.closed", _("It is closed since %(day)s.") % {"day": record.closed_on})
        if record.opened_on is not None and closed_on < record.opened_on:
            text = _("It was opened later, on %(day)s.") % {"day": record.opened_on}
            raise Refusal("record.closed_before_opened", text, fields={"closed_on": [text]})
        reasons: list[Any] = []
        for name in _INSIDE[model]:
            children = getattr(record, name).filter(closed_on=None) | getattr(record, name).filter(
                closed_on__gt=closed_on
            )
            if children.exists():
                count = children.count()
                label = children.model._meta.verbose_name_plural
                reasons.append(
                    _("still open: %(what)s (%(count)s), first %(first)s")
                    % {"what": label, "count": count, "first": children.first()}
                )
        for check in seams.close_checks:
            reasons.extend(check(record, closed_on))
        if reasons:
            text = _("%(record)s cannot be closed: %(reasons)s.") % {
                "record": record,
                "reasons": "; ".join(str(reason) for reason in reasons),
            }
            raise Refusal("record.in_use", text, fields={"closed_on": [text]})
        record.closed_on = closed_on
        record.version += 1
        record.save(update_fields=["closed_on", "version"])
        note(record, gettext_noop("closed"), actor=actor, last_day=closed_on.isoformat())
        return record


def _reopen(model: type[Place], pk: int, actor: Actor) -> Place:
    with acting(actor):
        record = _locked(model, pk)
        if record.closed_on is None:
            raise Refusal("record.open", _("It is open."))
        for parent in ("estate", "building"):
            above = getattr(record, parent, None)
            if above is not None and above.closed_on is not None:
                raise Refusal(
                    "record.parent_closed", _("First reopen %(parent)s, which it belongs to.") % {"parent": above}
                )
        record.closed_on = None
        record.version += 1
        record.save(update_fields=["closed_on", "version"])
        note(record, gettext_noop("reopened"), actor=actor)
        return record


def close_estate(pk: int, *, actor: Actor, closed_on: dt.date) -> Estate:
    """Close an estate as of its last day; refused while a building in it is open."""
    return _close(Estate, pk, closed_on, actor)


def close_building(pk: int, *, actor: Actor, closed_on: dt.date) -> Building:
    """Close a building as of its last day; refused while anything in it is open."""
    return _close(Building, pk, closed_on, actor)


def close_entrance(pk: int, *, actor: Actor, closed_on: dt.date) -> Entrance:
    """Close an entrance as of its last day; refused while premises in it are open."""
    return _close(Entrance, pk, closed_on, actor)


def close_storey(pk: int, *, actor: Actor, closed_on: dt.date) -> Storey:
    """Close a storey as of its last day; refused while premises on it are open."""
    return _close(Storey, pk, closed_on, actor)


def close_premises(pk: int, *, actor: Actor, closed_on: dt.date) -> Premises:
    """Close premises as of their last day; refused while a title or agreement runs beyond it, which is named."""
    return _close(Premises, pk, closed_on, actor)


def reopen_estate(pk: int, *, actor: Actor) -> Estate:
    return _reopen(Estate, pk, actor)


def reopen_building(pk: int, *, actor: Actor) -> Building:
    return _reopen(Building, pk, actor)


def reopen_entrance(pk: int, *, actor: Actor) -> Entrance:
    return _reopen(Entrance, pk, actor)


def reopen_storey(pk: int, *, actor: Actor) -> Storey:
    return _reopen(Storey, pk, actor)


def reopen_premises(pk: int, *, actor: Actor) -> Premises:
    return _reopen(Premises, pk, actor)
