"""The page of what waits for a second person."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from lokum.core.desk.routes import needs
from lokum.core.flow.queries import changes_of, decidable, waiting_of

SHOWN = 100


@needs("flow.approvalrequest:view")
def todo(request: HttpRequest) -> HttpResponse:
    """Requests this user may decide, with what they change, and the user's own open ones."""
    mine = decidable(request.user)
    rows = mine.select_related("proposer", "node")[:SHOWN]
    context = {
        "title": _("Approvals"),
        "count": mine.count(),
        "requests": [{"record": row, "changes": changes_of(row)} for row in rows],
        "own": waiting_of(request.user)[:SHOWN],
    }
    return render(request, "flow/todo.html", context)
