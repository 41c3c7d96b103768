"""The steps before the button: who takes over, on which day, what was read and agreed."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor, acting
from lokum.core.base.errors import Missing, Refusal
from lokum.money.changeover.models import BorderReading, HandedKey, NewHolder, OwnerChange
from lokum.property.occupancy.models import EXCLUSIVE_KINDS, Title
from lokum.property.occupancy.services import Share, TitleRow, title_error
from lokum.property.parties.models import Party


@dataclass(frozen=True)
class Reading:
    meter: str
    value: Decimal
    unit: str = ""


@dataclass(frozen=True)
class Keys:
    what: str
    count: int = 1


def locked(change_pk: int, *states: str) -> OwnerChange:
    """The change, locked, in one of the states; refused otherwise."""
    change = OwnerChange.objects.select_for_update(of=("self",)).filter(pk=change_pk).first()
    if change is None:
        raise Missing("changeover.missing", _("There is no such change of owner."))
    if change.state not in states:
        text = _("This change of owner is %(state)s.") % {"state": change.get_state_display()}
        raise Refusal("changeover.state", text, status=409)
    return change


def day_error(title: Title, day: dt.date) -> Refusal | None:
    """Why the title cannot pass on to somebody else on this day, or None."""
    lower, upper = title.valid.lower, title.valid.upper
    text = None
    if lower is not None and day <= lower:
        text = _("The title begins on %(day)s; it passes on at the earliest the day after.") % {
            "day": date_format(lower, "SHORT_DATE_FORMAT")
        }
    elif upper is not None and day > upper:
        text = _("The title ended earlier, on %(day)s.") % {
            "day": date_format(upper - dt.timedelta(days=1), "SHORT_DATE_FORMAT")
        }
    return Refusal("changeover.day", text, fields={"transferred_on": [text]}) if text else None


def start(title_pk: int, transferred_on: dt.date, *, actor: Actor, document: str = "") -> OwnerChange:
    """Begin to prepare a change of owner; nothing of the register changes. One is prepared per title at a time."""
    with acting(actor):
        title = Title.objects.select_related("premises").filter(pk=title_pk).first()
        if title is None:
            raise Missing("title.missing", _("There is no such title."))
        if title.kind not in EXCLUSIVE_KINDS:
            text = _("Only an owner's title passes on; end a lease and open another one.")
            raise Refusal("changeover.no_owner", text, fields={"title": [text]})
        wrong = day_error(title, transferred_on)
        if wrong is not None:
            raise wrong
        try:
            with transaction.atomic():
                change = OwnerChange.objects.create(
                    premises_id=title.premises_id,
                    title=title,
                    transferred_on=transferred_on,
                    kind=title.kind,
                    document=document[:200],
                    prepared_at=clock.now(),
                )
        except IntegrityError as problem:
            if "owner_change_open_once" not in str(problem):
                raise
            other = OwnerChange.objects.get(title=title, state="prepared")
            text = _("A change of owner is in preparation already, for %(day)s.") % {
                "day": date_format(other.transferred_on, "SHORT_DATE_FORMAT")
            }
            raise Refusal("changeover.open", text, status=409, details={"change": other.pk}) from problem
        note(change, gettext_noop("prepared"), actor=actor)
        return change


def set_holders(
    change_pk: int,
    holders: Sequence[Share | tuple[Party, int, int]],
    *,
    actor: Actor,
    payer_pk: int | None = None,
    transferred_on: dt.date | None = None,
    kind: str = "",
    member: bool = False,
    document: str = "",
    due_day: int | None = None,
) -> OwnerChange:
    """Say who takes over in which shares, and who pays (None: the first of them)."""
    shares = [(one.pk if isinstance(one, Party) else one, top, bottom) for one, top, bottom in holders]
    with acting(actor):
        change = locked(change_pk, OwnerChange.State.PREPARED)
        day, kind = transferred_on or change.transferred_on, kind or change.kind
        wrong = day_error(change.title, day) or title_error(TitleRow(change.premises_id, kind, shares, day))
        if wrong is None and kind not in EXCLUSIVE_KINDS:
            text = _("Only an owner's title passes on; end a lease and open another one.")
            wrong = Refusal("changeover.no_owner", text, fields={"kind": [text]})
        if wrong is None and due_day is not None and not 1 <= due_day <= 28:
            text = _("The due day lies between 1 and 28.")
            wrong = Refusal("agreement.due_day", text, fields={"due_day": [text]})
        if wrong is not None:
            raise wrong
        change.transferred_on, change.kind, change.member = day, kind, member
        change.payer_id = payer_pk or shares[0][0]
        change.document, change.due_day = document[:200], due_day
        _save(change)
        change.holders.all().delete()
        NewHolder.objects.bulk_create(
            NewHolder(change=change, party_id=pk, numerator=top, denominator=bottom) for pk, top, bottom in shares
        )
        return change


def set_details(
    change_pk: int,
    *,
    actor: Actor,
    readings: Sequence[Reading] = (),
    arrears: str = OwnerChange.Arrears.STAYS,
    takeover_document: str = "",
    deposits: str = OwnerChange.Deposits.STAYS,
    deposit_document: str = "",
    keys: Sequence[Keys] = (),
    handed_over: str = "",
) -> OwnerChange:
    """Border readings, what becomes of arrears and deposits, what was handed over. What passes on needs its paper."""
    with acting(actor):
        change = locked(change_pk, OwnerChange.State.PREPARED)
        if arrears == OwnerChange.Arrears.TAKEN_OVER and not takeover_document.strip():
            text = _("Arrears pass on only in writing: name the document.")
            raise Refusal("changeover.takeover_document", text, fields={"takeover_document": [text]})
        if deposits == OwnerChange.Deposits.PASSED_ON and not deposit_document.strip():
            text = _("A deposit passes on only in writing: name the agreement.")
            raise Refusal("changeover.deposit_document", text, fields={"deposit_document": [text]})
        if len({one.what.strip().lower() for one in keys}) != len(keys):
            text = _("Keys of one kind are named once.")
            raise Refusal("changeover.keys_twice", text, fields={"keys": [text]})
        names = [one.meter.strip() for one in readings]
        if len(set(names)) != len(names) or not all(names):
            text = _("Each meter is named once.")
            raise Refusal("changeover.meter_twice", text, fields={"readings": [text]})
        if any(one.value < 0 for one in readings):
            text = _("A reading is not negative.")
            raise Refusal("changeover.reading", text, fields={"readings": [text]})
        change.arrears, change.takeover_document = arrears, takeover_document.strip()[:200]
        change.deposits, change.deposit_document = deposits, deposit_document.strip()[:200]
        change.handed_over = handed_over[:250]
        _save(change)
        change.keys.all().delete()
        HandedKey.objects.bulk_create(HandedKey(change=change, what=one.what, count=one.count) for one in keys)
        change.readings.all().delete()
        BorderReading.objects.bulk_create(
            BorderReading(
                change=change, meter=one.meter.strip(), value=one.value, unit=one.unit, read_on=change.transferred_on
            )
            for one in readings
        )
        return change


def discard(change_pk: int, *, actor: Actor) -> OwnerChange:
    """Give a prepared change up; nothing had been changed."""
    with acting(actor):
        change = locked(change_pk, OwnerChange.State.PREPARED)
        change.state = OwnerChange.State.DISCARDED
        _save(change)
        note(change, gettext_noop("discarded"), actor=actor)
        return change


def _save(change: OwnerChange) -> None:
    change.version += 1
    change.save()


def start_on_premises(premises_pk: int, transferred_on: dt.date, *, actor: Actor, document: str = "") -> OwnerChange:
    """Begin with the owner's title that runs on the day before."""
    before = transferred_on - dt.timedelta(days=1)
    title = Title.objects.filter(premises=premises_pk, kind__in=EXCLUSIVE_KINDS, valid__contains=before).first()
    if title is None:
        text = _("Nobody owns these premises on %(day)s.") % {"day": date_format(before, "SHORT_DATE_FORMAT")}
        raise Refusal("changeover.no_owner", text, fields={"transferred_on": [text]})
    return start(title.pk, transferred_on, actor=actor, document=document)
