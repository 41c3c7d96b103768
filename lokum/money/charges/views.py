"""Pages of the charges beside their registers: the test bench of formulas."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from lokum.core.desk.routes import needs
from lokum.money.charges import pages


@needs("charges.component:view")
def formula_bench(request: HttpRequest) -> HttpResponse:
    """A formula worked out on real premises of a day, or on all of the entity; nothing is stored."""
    context = pages.bench_context(request.GET, request.user)
    return render(request, "charges/bench.html", context | {"title": _("Test bench of formulas")})
