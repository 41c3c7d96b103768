"""One transaction per request, in which Python and the database know who acts and what they may reach."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils import translation

from lokum.core.access import journal
from lokum.core.access.gates import closed_gate
from lokum.core.access.narrowing import narrow_by_session
from lokum.core.access.network import client_address
from lokum.core.access.reach import reach_of, reach_of_sights
from lokum.core.access.scopes import remember_sights
from lokum.core.access.sessions import end_when_too_old
from lokum.core.access.tokens import user_of_token
from lokum.core.base.context import Actor, acting
from lokum.core.base.errors import Refusal

SLOW_DOWN_SECONDS = 60


class _Undo(BaseException):
    """Carries a refusing answer out of the transaction it must undo."""

    def __init__(self, response: HttpResponseBase) -> None:
        super().__init__()
        self.response = response


class RequestContextMiddleware:
    """Stands last, so every view, page of allauth and API call runs inside.

    An answer of 400 and above undoes whatever the request wrote; then the refusal itself is noted. Nothing is
    kept from one request to the next: user, grants and reach are read anew each time.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        signed_out_by_age = end_when_too_old(request)
        _sign_in_by_token(request)
        actor = _actor_of(request)
        _speak_language_of(request)
        request.actor = actor  # type: ignore[attr-defined]
        try:
            with acting(actor):
                narrow_by_session(request)
                response = closed_gate(request, timed_out=signed_out_by_age) or self.get_response(request)
                if response.status_code >= 400:
                    raise _Undo(response)
        except _Undo as undo:
            response = undo.response
            _note_refusal(request, response, actor)
        _finish(request, response, actor)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A refusal that no view turned into its own page becomes a plain page that says what to do."""
        if not isinstance(exception, Refusal) or request.path.startswith("/api/"):
            return None
        return render(request, "access/refusal.html", {"refusal": exception}, status=exception.status)


def _sign_in_by_token(request: HttpRequest) -> None:
    """A bearer token speaks for its owner on the API; it never mixes with the session of a browser."""
    if not request.path.startswith("/api/"):
        return
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return
    user = user_of_token(secret.strip())
    request.user = user if user is not None else AnonymousUser()
    request.by_token = user is not None  # type: ignore[attr-defined]
    # Nothing a foreign page could make a browser send: the header is the proof of intent.
    request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]


def _actor_of(request: HttpRequest) -> Actor:
    user: Any = request.user
    request_id = uuid.uuid4().hex
    if user.is_authenticated and user.is_staff_user:
        reach = reach_of_sights(remember_sights(user, request_id)[1])
    else:
        reach = reach_of(user)
    return Actor(
        user_id=user.pk,
        label=str(user) if user.is_authenticated else "",
        reach=reach,
        request_id=request_id,
        address=client_address(request),
    )


def _speak_language_of(request: HttpRequest) -> None:
    """A signed-in user reads the language of their choice, on every device."""
    language = getattr(request.user, "language", "")
    if language and language in dict(settings.LANGUAGES):
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]


def _note_refusal(request: HttpRequest, response: HttpResponseBase, actor: Actor) -> None:
    """Note a refused or hidden page of a signed-in person, and every slowed-down caller."""
    watched = response.status_code == 429 or (actor.user_id is not None and response.status_code in (403, 404))
    if not watched:
        return
    try:
        resolve(request.path_info)
    except Resolver404:
        return
    details = {"status": response.status_code, "method": request.method, "path": request.path[:200]}
    with acting(actor):
        journal.record("refused", actor=actor, details=details)


def _finish(request: HttpRequest, response: HttpResponseBase, actor: Actor) -> None:
    response.headers["X-Request-ID"] = actor.request_id
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    if response.status_code == 429:
        response.headers.setdefault("Retry-After", str(SLOW_DOWN_SECONDS))
    if actor.user_id is not None and not request.user.is_authenticated:
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
    if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
        response.streaming_content = _stream(response.streaming_content, actor)


def _stream(content: Any, actor: Actor) -> Iterator[bytes]:
    """The rows of a streamed answer are read after the view is left: in a transaction of the same actor."""
    with acting(actor):
        yield from content
