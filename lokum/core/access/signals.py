"""Sign-ins, sign-outs and failed tries go to the log, with time and address."""

from dataclasses import replace
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import connection
from django.db.models import Q
from django.dispatch import receiver

from lokum.core.access import journal
from lokum.core.access.models import User
from lokum.core.access.network import client_address
from lokum.core.base.context import Actor, acting, current_actor


def _note(action: str, user: User | None, request: Any, details: dict[str, Any] | None = None) -> None:
    now = current_actor()
    actor = Actor(
        user_id=user.pk if user else None,
        label=str(user) if user else "",
        address=client_address(request) if request is not None else "",
    )
    if now is not None:
        actor = replace(actor, request_id=now.request_id)
    object_id = user.pk if user else None
    if now is not None and connection.in_atomic_block:
        journal.record(action, actor=actor, table_name="access_user", object_id=object_id, details=details)
    else:
        with acting(actor):
            journal.record(action, actor=actor, table_name="access_user", object_id=object_id, details=details)


@receiver(user_logged_in)
def note_sign_in(sender: Any, request: Any, user: User, **kwargs: Any) -> None:
    _note("signed in", user, request)


@receiver(user_logged_out)
def note_sign_out(sender: Any, request: Any, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        _note("signed out", user, request)


@receiver(user_login_failed)
def note_failure(sender: Any, credentials: dict[str, Any], request: Any = None, **kwargs: Any) -> None:
    """A typed name is kept only when it is somebody's: people type passwords into the wrong field."""
    name = str(credentials.get("username") or credentials.get("email") or "").strip().lower()
    user = User.objects.filter(Q(username__iexact=name) | Q(email=name)).first() if name else None
    _note("sign-in failed", user, request, None if user else {"name": "unknown"})
