"""Noting a state of premises; a state that a record contradicts is refused, naming the record."""

import datetime as dt

from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lokum.core.audit.services import note
from lokum.core.base.context import Actor, acting
from lokum.core.base.errors import Missing, Refusal
from lokum.property.estates.models import Premises
from lokum.property.estates.services import refuse_supply_points
from lokum.property.occupancy.models import (
    EXCLUSIVE_KINDS,
    HouseholdMember,
    PremisesState,
    Title,
    UseState,
)
from lokum.property.occupancy.services.changes import holders_text

EMPTY = {UseState.VACANT, UseState.UNSOLD, UseState.RESERVED, UseState.OUT_OF_USE, UseState.NOT_MOVED_IN}
UNOWNED = {UseState.UNSOLD, UseState.RESERVED, UseState.OUT_OF_USE}
OWNED = {UseState.SOLD, UseState.HANDED_OVER, UseState.NOT_MOVED_IN}


def state_error(premises_pk: int, state: str, day: dt.date) -> Refusal | None:
    """Which record stands against this state on the day, or None."""
    titles = list(Title.objects.filter(premises=premises_pk, valid__contains=day).order_by("kind"))
    owned = next((one for one in titles if one.kind in EXCLUSIVE_KINDS), None)
    let = next((one for one in titles if one.kind not in EXCLUSIVE_KINDS), None)
    living = HouseholdMember.objects.filter(premises=premises_pk, counted=True, valid__contains=day).first()
    text = ""
    if state in EMPTY and let is not None:
        text = _("“%(kind)s” of %(holders)s runs; end it first.") % {
            "kind": let.get_kind_display(),
            "holders": holders_text([let])[let.pk],
        }
    elif state in EMPTY and living is not None:
        text = _("%(person)s lives here since %(day)s.") % {
            "person": living,
            "day": date_format(living.valid.lower, "SHORT_DATE_FORMAT"),
        }
    elif state in UNOWNED and owned is not None:
        text = _("“%(kind)s” of %(holders)s runs; end it first.") % {
            "kind": owned.get_kind_display(),
            "holders": holders_text([owned])[owned.pk],
        }
    elif state in OWNED and owned is None:
        text = _("Nobody owns these premises on that day; open the title first.")
    elif state == UseState.RENTED and let is None:
        text = _("No lease runs on that day; open it, and the state follows.")
    return Refusal("premises.state_contradicted", text, fields={"state": [text]}) if text else None


def note_state(premises_pk: int, state: str, valid_from: dt.date, *, actor: Actor, document: str = "") -> PremisesState:
    """Note a state from a day on; the noted state before ends the day before."""
    if state not in UseState.values:
        text = _("There is no such state.")
        raise Refusal("premises.unknown_state", text, fields={"state": [text]})
    with acting(actor):
        premises = Premises.objects.select_for_update(of=("self",)).filter(pk=premises_pk).first()
        if premises is None:
            raise Missing("premises.missing", _("There are no such premises."))
        refuse_supply_points([premises_pk])
        wrong = state_error(premises_pk, state, valid_from)
        if wrong is not None:
            raise wrong
        rows = PremisesState.objects.filter(premises=premises)
        rows.filter(valid__startswith__gte=valid_from).delete()
        present = rows.filter(valid__contains=valid_from).first()
        if present is not None:
            present.valid = DateRange(present.valid.lower, valid_from)
            present.save(update_fields=["valid"])
        made = PremisesState.objects.create(
            premises=premises, state=state, valid=DateRange(valid_from, None), document=document[:200]
        )
        note(premises, gettext_noop("state noted"), actor=actor, state=state, day=valid_from.isoformat())
        return made
