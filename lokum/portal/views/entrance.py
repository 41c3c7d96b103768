"""Pages for everybody: the way in, help, the declaration on accessibility."""

import datetime as dt

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse

from lokum.core.base.context import acting, system_actor
from lokum.core.desk.routes import public
from lokum.portal import queries

# Day of the last review of the pages against WCAG 2.2; it changes with the review, not with the calendar.
REVIEWED_ON = dt.date(2026, 11, 21)


@public
def root(request: HttpRequest) -> HttpResponse:
    """Staff go to the office, residents to their portal, everybody else sees the entrance."""
    if request.user.is_authenticated:
        return redirect("backoffice:home" if request.user.is_staff_user else "portal:home")
    return _entrance(request, "portal/entrance.html")


@public
def help_page(request: HttpRequest) -> HttpResponse:
    return _entrance(request, "portal/help.html")


@public
def accessibility(request: HttpRequest) -> HttpResponse:
    return _entrance(request, "portal/accessibility.html")


def _entrance(request: HttpRequest, template: str) -> HttpResponse:
    """Public contact data are read by the system: a stranger's own reach is empty."""
    with acting(system_actor("entrance")):
        context = {"operator": queries.operator(), "offices": queries.offices(), "reviewed_on": REVIEWED_ON}
    return render(request, template, context)


@public
def manifest(request: HttpRequest) -> HttpResponse:
    """What a phone needs to put the portal on its home screen."""
    with acting(system_actor("entrance")):
        operator = queries.operator()
    name = operator.name if operator else "Lokum"
    icon = {"src": static("lokum/mark.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}
    values = {
        "name": name,
        "short_name": name[:12],
        "start_url": reverse("portal:home"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#0f5e66",
        "icons": [icon],
    }
    return JsonResponse(values, content_type="application/manifest+json")
