"""Writing history by hand: notes of intent, and events that change no row (sign-ins, refusals, exports, views)."""

from typing import Any

from django.db import models

from lokum.core.audit.models import AuditNote, AuditRow
from lokum.core.base import clock
from lokum.core.base.context import Actor

LONGEST_LABEL = 150


def note(obj: models.Model, verb: str, *, actor: Actor, **details: Any) -> AuditNote:
    """Note what somebody did to `obj`, in a word ("approved"), with plain details (JSON values)."""
    return AuditNote.objects.create(
        at=clock.now(),
        actor_id=actor.user_id,
        actor_label=actor.label[:LONGEST_LABEL],
        object_label=obj._meta.label_lower,
        object_id=obj.pk,
        verb=verb,
        details=details,
    )


def note_event(
    action: str,
    *,
    actor: Actor,
    table_name: str = "",
    object_id: int | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Write a line that rests on no row change. `details` must hold no secret and no protected number."""
    AuditRow.objects.create(
        at=clock.now(),
        actor_id=actor.user_id,
        actor_label=actor.label[:LONGEST_LABEL],
        request_id=actor.request_id,
        address=actor.address[:64],
        action=action,
        table_name=table_name,
        object_id=object_id,
        after=details,
    )
