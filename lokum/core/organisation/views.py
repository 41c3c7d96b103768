"""The organisation tree as it stands on a day."""

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from lokum.core.base import clock, policy
from lokum.core.desk.routes import needs
from lokum.core.organisation.models import Node
from lokum.core.organisation.queries import tree_on


@needs("organisation.node:view")
def tree(request: HttpRequest) -> HttpResponse:
    problem, day = "", clock.today()
    if text := request.GET.get("on", ""):
        try:
            day = dt.date.fromisoformat(text)
        except ValueError:
            problem = _("Write the date as YYYY-MM-DD.")
    nodes = policy.allowed(Node.objects.filter(opened_on__lte=day), request.user, "view")
    context = {"title": _("Organisation tree"), "day": day, "problem": problem, "lines": tree_on(day, nodes)}
    return render(request, "organisation/tree.html", context, status=422 if problem else 200)
