"""Answers when a view could not: pages in the reader's language with a way back, problem documents for the API.

The pages are drawn without the request, so that no part of them asks a database that may be the very thing that fails.
"""

import sys
from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.csrf import csrf_failure as csrf_page
from django.views.defaults import bad_request as bad_request_page

from lokum.api import problems

RETRY_SECONDS = "120"
GONE = ("08", "57P", "53")  # connection, server going down or starting, out of connections or disk


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _state_of(error: BaseException | None) -> str | None:
    """The SQLSTATE of a database error; "" when there was no connection to say one; None for any other error."""
    if not isinstance(error, OperationalError | InterfaceError):
        return None
    return str(getattr(error.__cause__, "sqlstate", None) or "")


def server_error(request: HttpRequest) -> HttpResponse:
    """500; 503 when the database is away; 409 when another transaction held what this one needed."""
    state = _state_of(sys.exc_info()[1])
    if state in problems.LOCKED:
        return _answer(request, 409, "busy", _("Somebody else is working on this. Try again in a moment."))
    if state is not None and (state == "" or state.startswith(GONE)):
        response = _answer(request, 503, "service.away", _("The service is not available for a moment. Try again."))
        response.headers["Retry-After"] = RETRY_SECONDS
        return response
    return _answer(request, 500, "server.error", _("Something broke on our side. Nothing was saved."))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return _answer(request, 413, "request.too_large", _("This is more than can be sent at once."))
    if _is_api(request):
        return problems.answer(400, "request.unreadable", _("The request could not be read."))
    return bad_request_page(request, exception)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if _is_api(request):
        text = _("A call with the session of a browser needs its CSRF token. Use an access token instead.")
        return problems.answer(403, "csrf.missing", text)
    return csrf_page(request, reason)


def _answer(request: HttpRequest, status: int, code: str, text: str) -> HttpResponse:
    if _is_api(request):
        response = problems.answer(status, code, text)
    else:
        retry = request.get_full_path() if request.method in ("GET", "HEAD") else ""
        response = HttpResponse(render_to_string(f"errors/{status}.html", {"retry_url": retry}), status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


class MethodPageMiddleware:
    """An address that does not take the method says so in words; Django answers with an empty page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code != 405 or "problem" in response.headers.get("Content-Type", ""):
            return response
        answer = _answer(request, 405, "method.refused", _("This address does not take %s.") % request.method)
        for name, value in response.headers.items():
            if name.lower() not in ("content-type", "content-length"):
                answer.headers[name] = value
        answer.cookies = response.cookies
        return answer
