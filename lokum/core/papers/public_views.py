"""The page on which anybody may check a printed document."""

from allauth.core.internal import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from lokum.core.base.context import acting, system_actor
from lokum.core.desk.routes import public
from lokum.core.papers.proofs import proof_of

RATES = {"check_document": "20/m/ip"}


@public
def check_document(request: HttpRequest) -> HttpResponse:
    """Number, date and amount of a genuine document, and nothing more; a stranger's own reach is empty."""
    code = request.GET.get("code", "")[:60]
    context = {"code": code, "asked": bool(code.strip())}
    if code.strip():
        if not ratelimit.consume(request, app="lokum.papers", action="check_document", config=RATES, limit_get=True):
            return ratelimit.respond_429(request)
        with acting(system_actor("check document")):
            context["proof"] = proof_of(code)
    return render(request, "papers/check.html", context)
