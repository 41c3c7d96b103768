"""Recording dated facts about premises."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lokum.core.audit.services import note
from lokum.core.base.context import Actor, acting
from lokum.core.base.errors import Missing, Refusal
from lokum.property.estates import seams
from lokum.property.estates.bitemporal import DatedValue, record
from lokum.property.estates.models import POINT_FACTS, FactKind, Premises
from lokum.property.estates.queries import FACTS
from lokum.property.estates.services.changes import note_fact_changes

FactRow = DatedValue  # owner_id = premises, name = kind of fact

_COUNTED = {FactKind.ROOMS, FactKind.PERSONS, FactKind.WATER_METERS, FactKind.SOCKETS}
_LARGEST = Decimal("9999999999.9999")


def record_fact(
    premises_pk: int,
    kind: str,
    value: Decimal,
    valid_from: dt.date,
    *,
    source: str,
    actor: Actor,
    valid_to: dt.date | None = None,
) -> bool:
    """Record that `value` holds from `valid_from` to `valid_to` (the last day; None = until further notice).

    What was believed before stays readable with its own moment of recording, and each stretch of time that gets another
    value is kept as a `FactChange`. Returns False when this very value was
    believed for the whole time already: nothing is recorded then. Raises Refusal for an unknown kind, a negative
    or fractional count, days in the wrong order; Missing for premises that do not exist.
    """
    with acting(actor):
        if not record_facts([FactRow(premises_pk, kind, value, valid_from, valid_to, source)], actor=actor):
            return False
        note(Premises(pk=premises_pk), gettext_noop("fact recorded"), actor=actor, kind=kind, value=str(value),
             day=valid_from.isoformat(), source=source)  # fmt: skip
        return True


def record_facts(rows: Sequence[FactRow], *, actor: Actor, guarded: bool = True) -> int:
    """Record many facts at once (imports, demo data); one wrong row refuses all. Returns how many were new.

    guarded=False: said by the very layer that guards the kind (a residence register for the number of persons).
    """
    for row in rows:
        wrong = fact_error(row)
        if wrong:
            raise wrong
    if guarded:
        for check in seams.fact_checks:
            refusal = check(rows)
            if refusal is not None:
                raise refusal
    with acting(actor):
        owners = sorted({row.owner_id for row in rows})
        found = dict(
            Premises.objects.select_for_update(no_key=True, of=("self",))
            .filter(pk__in=owners)
            .order_by("pk")
            .values_list("pk", "kind")
        )
        if len(found) != len(owners):
            raise Missing("premises.missing", _("There are no such premises."))
        for row in rows:
            if found[row.owner_id] == Premises.Kind.SUPPLY_POINT and row.name not in POINT_FACTS:
                text = _("A supply point has no %(kind)s.") % {"kind": str(FactKind(row.name).label).lower()}
                raise Refusal("fact.not_of_a_point", text, fields={"kind": [text]})
        note_fact_changes(rows, actor=actor)
        return record(FACTS, list(rows), actor=actor)


def fact_error(row: FactRow) -> Refusal | None:
    """Why this fact cannot be recorded, or None."""
    if row.name not in FactKind.values:
        text = _("There is no fact of the kind “%(kind)s”.") % {"kind": row.name}
        return Refusal("fact.unknown_kind", text, fields={"kind": [text]})
    value = row.value
    if not isinstance(value, Decimal) or not value.is_finite():
        text = _("This is not a number.")
        return Refusal("fact.not_a_number", text, fields={"value": [text]})
    if value < 0:
        text = _("%(kind)s must not be negative.") % {"kind": FactKind(row.name).label}
        return Refusal("fact.negative", text, fields={"value": [text]})
    if value > _LARGEST or value != round(value, 4):
        text = _("At most ten digits before and four after the decimal point.")
        return Refusal("fact.out_of_range", text, fields={"value": [text]})
    if row.name in _COUNTED and value != value.to_integral_value():
        text = _("%(kind)s must be a whole number.") % {"kind": FactKind(row.name).label}
        return Refusal("fact.not_whole", text, fields={"value": [text]})
    if row.valid_to is not None and row.valid_to < row.valid_from:
        text = _("The last day lies before the first.")
        return Refusal("fact.days_in_wrong_order", text, fields={"valid_to": [text]})
    return None
