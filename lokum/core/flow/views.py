"""The page of what waits for a second person."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from lokum.core.desk.routes import needs
from lokum.core.flow.forms import queue_form, queued
from lokum.core.flow.queries import changes_of, decidable, elsewhere_of, lately_decided_of, waiting_of

SHOWN = 100


@needs("flow.approvalrequest:view")
def todo(request: HttpRequest) -> HttpResponse:
    """Requests this user may decide, filtered, with what they change; the user's own ones, and what became of them."""
    mine = decidable(request.user)
    form = queue_form(mine, request.GET or None)
    chosen = queued(mine, form)
    rows = chosen.select_related("proposer", "node").prefetch_related("decisions__decided_by")[:SHOWN]
    context = {
        "title": _("Approvals"),
        "count": chosen.count(),
        "requests": [{"record": row, "changes": changes_of(row)} for row in rows],
        "shown": SHOWN,
        "form": form,
        "filtered": form.is_bound,
        "elsewhere": elsewhere_of(request.user),
        "own": waiting_of(request.user)[:SHOWN],
        "lately": lately_decided_of(request.user)[:20],
    }
    return render(request, "flow/todo.html", context)
