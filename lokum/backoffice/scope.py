"""The scope switch in the top bar: work in one branch or estate, or in all places of one's grants."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from lokum.core.access.narrowing import KINDS, SESSION_KEY, widen
from lokum.core.base import clock, policy
from lokum.core.base.errors import Missing
from lokum.core.desk.desk import registry
from lokum.core.desk.filters import apply_search
from lokum.core.desk.routes import staff
from lokum.core.organisation.models import Node
from lokum.core.organisation.queries import tree_on
from lokum.property.estates.models import Estate

SHOWN = 200


@staff
def choose(request: HttpRequest) -> HttpResponse:
    """Nodes and estates of the user's grants to choose from; the choice lasts for the session."""
    chosen = getattr(request.user, "narrowed_to", None)
    widen(request.user)
    back = _back(request)
    if request.method == "POST":
        _take(request)
        return redirect(back)
    text = request.GET.get("q", "")[:100]
    nodes, estates = _allowed(Node, request.user), _allowed(Estate, request.user)
    if text:
        estates = apply_search(registry.desks["estates.estate"], estates, text, request.user)
    context = {
        "title": _("Branch or estate"),
        "lines": [] if text else tree_on(clock.today(), nodes)[:SHOWN],
        "estates": estates[:SHOWN],
        "chosen": chosen,
        "next": back,
        "text": text,
    }
    return render(request, "backoffice/scope.html", context)


def _allowed(model: Any, user: Any) -> Any:
    return policy.allowed(model.objects.all(), user, "view")


def _take(request: HttpRequest) -> None:
    kind, _colon, number = request.POST.get("place", "").partition(":")
    if not kind:
        request.session.pop(SESSION_KEY, None)
        messages.success(request, _("You see all places again."))
        return
    model: Any = dict(zip(KINDS, (Node, Estate), strict=True)).get(kind)
    found = _allowed(model, request.user).filter(pk=int(number)).first() if model and number.isdecimal() else None
    if found is None:
        raise Missing("scope.missing", _("There is no such place."))
    own_node = found.node_id if kind == "estate" else None
    request.session[SESSION_KEY] = {"kind": kind, "id": found.pk, "name": found.name, "own_node": own_node}
    messages.success(request, _("You see only: %(place)s.") % {"place": found.name})


def _back(request: HttpRequest) -> str:
    """Where the user came from; lists start anew, a record of another place may not be there any more."""
    address = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return address.partition("?")[0]
    return "/office/"
