"""Refusals as problem documents (RFC 9457): a stable code, a sentence in the caller's language, messages by field."""

import json
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from lokum.core.base.errors import Busy, Missing, Refusal

MEDIA_TYPE = "application/problem+json"
LOCKED = ("55P03", "40P01", "40001")  # lock not available, deadlock, serialisation failure


class Problem(Schema):
    """Why a call was refused; nothing was changed."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    fields: dict[str, list[str]] = {}
    details: dict[str, Any] = {}


def answer(
    status: int, code: str, detail: str, fields: dict[str, list[str]] | None = None, details: Any = None
) -> HttpResponse:
    body = {
        "type": f"urn:lokum:{code}",
        "title": detail,
        "status": status,
        "code": code,
        "detail": detail,
        "fields": fields or {},
        "details": details or {},
    }
    return HttpResponse(json.dumps(body, default=str, ensure_ascii=False), status=status, content_type=MEDIA_TYPE)


def of_refusal(refusal: Refusal) -> HttpResponse:
    fields = {name: [str(text) for text in texts] for name, texts in refusal.fields.items()}
    return answer(refusal.status, refusal.code, str(refusal.message), fields, refusal.details)


def _of_validation(error: ValidationError) -> HttpResponse:
    """What the types refuse, by field: the last part of each location is the field."""
    fields: dict[str, list[str]] = {}
    for each in error.errors:
        place = [str(part) for part in each.get("loc", ())]
        name = place[-1] if place else "__all__"
        fields.setdefault(name, []).append(str(each.get("msg", "")))
    return answer(422, "request.invalid", _("The request does not have the described form."), fields)


def _of_database(error: OperationalError) -> HttpResponse:
    if getattr(error.__cause__, "sqlstate", "") not in LOCKED:
        raise error
    return of_refusal(Busy("busy", _("Somebody else is working on this. Try again in a moment.")))


def install(api: NinjaAPI) -> None:
    """Every way in which a call can fail ends as a problem document."""
    handle: Any = api.add_exception_handler  # its types do not tie the handler to the class of the error
    handle(Refusal, lambda request, error: of_refusal(error))
    handle(ValidationError, lambda request, error: _of_validation(error))
    handle(
        AuthenticationError, lambda request, error: answer(401, "sign_in.missing", _("Sign in or send a valid token."))
    )
    handle(HttpError, lambda request, error: answer(error.status_code, "request.refused", str(error)))
    handle(Http404, lambda request, error: not_found(request))
    handle(
        PermissionDenied,
        lambda request, error: answer(403, "right.missing", _("You do not have the right to do this.")),
    )
    handle(OperationalError, lambda request, error: _of_database(error))


def not_found(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    return of_refusal(Missing("path.missing", _("There is nothing at this address.")))
