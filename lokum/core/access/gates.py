"""Pages that must be passed before any other: an own password, then a second factor where a role asks for it."""

from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from lokum.core.access.passwords import password_is_due
from lokum.core.access.scopes import sights_of

_ALWAYS = {"account_logout", "set_language", "access:language", "health", "health_web"}
_PASSWORD = {"access:own_password"} | _ALWAYS
_FACTOR = {"account_reauthenticate", "access:own_password"} | _ALWAYS


def _route(request: HttpRequest) -> str:
    try:
        return resolve(request.path_info).view_name
    except Resolver404:
        return ""


def _needs_factor(user: Any) -> bool:
    return any(sight.second_factor for sight in sights_of(user)) and not is_mfa_enabled(user)


def closed_gate(request: HttpRequest, *, timed_out: bool = False) -> HttpResponse | None:
    """The answer that sends the user to what is due, or None when the way is free."""
    if timed_out:
        messages.info(request, _("You were signed out after a time without activity. Sign in again."))
    user: Any = request.user
    if not user.is_authenticated or getattr(request, "by_token", False):
        return None
    route = _route(request)
    if password_is_due(user):
        return None if route in _PASSWORD else _send(request, "access:own_password", "password.due")
    if user.is_staff_user and not (route in _FACTOR or route.startswith("mfa_")) and _needs_factor(user):
        return _send(request, "mfa_index", "second_factor.due")
    return None


def _send(request: HttpRequest, name: str, code: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse({"code": code, "detail": _("Finish signing in first.")}, status=403)
    if name == "mfa_index":
        messages.warning(request, _("Your role needs a second factor. Set one up to go on."))
    response: HttpResponse = redirect(name)
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=204, headers={"HX-Redirect": response["Location"]})
    return response
