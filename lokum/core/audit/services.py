"""Writing history by hand: notes of intent, and events that change no row (sign-ins, refusals, exports, views)."""

import json
from typing import Any

from django.db import connection, models, transaction

from lokum.core.audit.models import AuditNote
from lokum.core.base import clock
from lokum.core.base.context import Actor, announce, current_actor

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
    content = None if details is None else json.dumps(details)
    present = current_actor()
    with transaction.atomic():
        if present != actor:
            # The line names `actor`, who may differ from the one the transaction is for (a sign-in).
            announce(actor)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT lokum_audit_event(%s, %s, %s, NULL, %s::jsonb)", [action[:30], table_name, object_id, content]
            )
        if present is not None and present != actor:
            announce(present)
