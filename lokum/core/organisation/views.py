"""The organisation tree as it stands on a day."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from lokum.core.base import clock, policy
from lokum.core.base.context import current_actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.desk.desk import registry
from lokum.core.desk.forms import add_refusal
from lokum.core.desk.records import record_of
from lokum.core.desk.routes import needs
from lokum.core.desk.services import told_by
from lokum.core.organisation import legal_data
from lokum.core.organisation.deciding import set_setting
from lokum.core.organisation.forms import DecideForm
from lokum.core.organisation.inherited import known_settings, settings_at
from lokum.core.organisation.models import Node
from lokum.core.organisation.queries import as_of, tree_on


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


@needs("organisation.entity:view")
def legal(request: HttpRequest, pk: int) -> HttpResponse:
    """Legal data, mandates, contracts and bank accounts of an entity as of any day, and the history of changes."""
    entity = record_of(registry.desks["organisation.entity"], pk, request.user)
    today = clock.today(entity.time_zone)
    problem, day = "", today
    if text := request.GET.get("on", ""):
        try:
            day = dt.date.fromisoformat(text)
        except ValueError:
            problem = _("Write the date as YYYY-MM-DD.")
    context = {
        "title": _("%(entity)s as of a day") % {"entity": entity},
        "day": day,
        "problem": problem,
        "lines": legal_data.lines_of(legal_data.data_on(entity, day)),
        "history": legal_data.history_of(entity, today),
        **as_of(entity, day, request.user),
        "breadcrumbs": [
            {"label": str(entity), "url": registry.desks["organisation.entity"].path("detail", pk)},
            {"label": _("Legal data"), "url": ""},
        ],
    }
    return render(request, "organisation/legal.html", context, status=422 if problem else 200)


@needs("organisation.nodesetting:edit")
def decide(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """Decide one setting at one node: what counts now, where it comes from, another value."""
    node = record_of(registry.desks["organisation.node"], pk, request.user)
    if code not in known_settings() or not _in_scope(node, request.user):
        raise Missing("setting.missing", _("There is no such setting."))
    held = settings_at(node.pk, codes=[code])[code]
    back = f"{registry.desks['organisation.node'].path('detail', pk)}?tab=settings"
    form = DecideForm(request.POST or None, holds=held, node=node)
    if form.is_bound and form.is_valid():
        try:
            actor: Any = current_actor()
            result = set_setting(node.pk, code, actor=actor, **form.decision())
            messages.success(request, told_by(result) or _("The setting was saved."))
            return redirect(back)
        except Refusal as refusal:
            add_refusal(form, refusal)
    context = {"title": held.setting.label, "held": held, "node": node, "form": form, "cancel_url": back}
    return render(request, "organisation/decide.html", context, status=422 if form.is_bound else 200)


def _in_scope(node: Node, user: Any) -> bool:
    """Who may read a node may not decide there for that: the right to decide must reach it."""
    return policy.within(Node.objects.filter(pk=node.pk), user, "organisation.nodesetting:edit").exists()
