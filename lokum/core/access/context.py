"""What the person menu shows beside allauth's own pages."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _


def person(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    items = [{"url": reverse("access:language"), "icon": "language", "label": _("Language")}]
    if user.is_staff_user:
        items.append({"url": reverse("access:tokens"), "icon": "key", "label": _("Access tokens")})
    chosen = getattr(user, "narrowed_to", None)
    return {"person_menu": items, "scope_name": chosen.name if chosen is not None else ""}
