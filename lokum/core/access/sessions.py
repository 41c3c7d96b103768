"""How long a session lives: idle and absolute limits per class of user."""

import datetime as dt

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest

from lokum.core.base import clock

_STARTED = "lokum_started_at"
_SEEN = "lokum_seen_at"
_NOTE_EVERY = dt.timedelta(seconds=30)


def _limits(user_class: str) -> tuple[dt.timedelta, dt.timedelta]:
    idle, absolute = settings.SESSION_LIMIT_MINUTES[user_class]
    return dt.timedelta(minutes=idle), dt.timedelta(minutes=absolute)


def end_when_too_old(request: HttpRequest) -> bool:
    """Sign the user out when the session was idle too long or is too old. Returns whether it did.

    The marks are in the session itself, so a copied cookie ages with it. The mark of last use moves at most
    every half minute, which spares a write per click.
    """
    user = request.user
    if not user.is_authenticated:
        return False
    idle, absolute = _limits(user.user_class)
    now = clock.now()
    started = request.session.get(_STARTED)
    seen = request.session.get(_SEEN)
    if started is None or seen is None:
        request.session[_STARTED] = request.session[_SEEN] = now.isoformat()
        return False
    last = dt.datetime.fromisoformat(seen)
    if now - last > idle or now - dt.datetime.fromisoformat(started) > absolute:
        logout(request)
        return True
    if now - last > _NOTE_EVERY:
        request.session[_SEEN] = now.isoformat()
    return False
