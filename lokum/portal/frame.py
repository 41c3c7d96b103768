"""The frame of every portal page: its menu, and how a page is answered."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

MENU = (
    ("home", "home", "portal:home"),
    ("money", "coin", "portal:money"),
    ("documents", "file-text", "portal:documents"),
    ("more", "dots", "portal:more"),
)


def _labels() -> dict[str, str]:
    return {"home": _("Home"), "money": _("Money"), "documents": _("Documents"), "more": _("More")}


def page(request: HttpRequest, template: str, area: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Answer with a portal page; private pages are never kept by caches between us and the reader."""
    labels = _labels()
    context |= {
        "home_url": reverse("portal:home"),
        "person_name": str(request.user),
        "portal_menu": [
            {"label": labels[name], "icon": icon, "url": reverse(target), "active": name == area}
            for name, icon, target in MENU
        ],
    }
    response = render(request, template, context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response
