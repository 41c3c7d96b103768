"""What the page shells need on every page."""

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject

from lokum.core.desk.menu import menu_of


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def shell(request: HttpRequest) -> dict[str, Any]:
    """Menu and addresses of the back office; nothing is computed for pages that do not show them."""
    values: dict[str, Any] = {"menu": [], "theme": request.COOKIES.get("theme", "auto")}
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated and getattr(user, "is_staff_user", False):
        values["menu"] = SimpleLazyObject(lambda: menu_of(user, request.path))
        values["search_url"] = _address("backoffice:search")
        values["search_drop_url"] = _address("backoffice:search_drop")
        values["home_url"] = _address("backoffice:home")
        values["scope_url"] = _address("backoffice:scope")
        values["person_name"] = str(user)
    return values
