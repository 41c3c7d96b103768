"""Contacts and interruptions of limitation are kept as they were entered; a mistake is withdrawn, with a reason."""

from typing import TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor, acting
from lokum.core.base.errors import Missing, Refusal
from lokum.money.arrears.models import LimitationEvent, PayerContact

One = TypeVar("One", PayerContact, LimitationEvent)


def withdraw_contact(pk: int, reason: str, *, actor: Actor) -> PayerContact:
    """Take a contact out of the lists; those of a moment before still show it."""
    return _withdraw(PayerContact, pk, reason, actor)


def withdraw_interruption(pk: int, reason: str, *, actor: Actor) -> LimitationEvent:
    """Take an interruption back: limitation runs as if it had not been; lists of a moment before still show it."""
    return _withdraw(LimitationEvent, pk, reason, actor)


def _withdraw(model: type[One], pk: int, reason: str, actor: Actor) -> One:
    if not reason.strip():
        text = _("Say why it is withdrawn.")
        raise Refusal("arrears.no_reason", text, fields={"reason": [text]})
    with acting(actor), transaction.atomic():
        row = model.objects.select_for_update().filter(pk=pk).first()
        if row is None:
            raise Missing("arrears.missing", _("There is no such record."))
        if row.withdrawn_at is not None:
            raise Refusal("arrears.withdrawn", _("It was withdrawn already."), status=409)
        row.withdrawn_at, row.withdrawn_reason = clock.now(), reason.strip()[:250]
        row.save(update_fields=["withdrawn_at", "withdrawn_reason"])
        note(row, "withdrawn", actor=actor, reason=reason)
        return row
