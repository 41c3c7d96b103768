"""Pages of the charges beside their registers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from lokum.core.desk.routes import needs
from lokum.core.desk.sheets import MEDIA_TYPES
from lokum.money.charges import control, pages, simulating


@needs("charges.component:view")
def formula_bench(request: HttpRequest) -> HttpResponse:
    """A formula worked out on real premises of a day, or on all of the entity; nothing is stored."""
    context = pages.bench_context(request.GET, request.user)
    return render(request, "charges/bench.html", context | {"title": _("Test bench of formulas")})


@needs("charges.tariff:view")
def simulation(request: HttpRequest) -> HttpResponse:
    """New prices tried on a month of an entity, nothing is stored; `?format=xlsx` gives all payers as a workbook."""
    context = simulating.simulation_context(request)
    if request.GET.get("format") == "xlsx" and "result" in context:
        return _workbook(simulating.simulation_workbook(context["result"]), "simulation")
    return render(request, "charges/simulation.html", context | {"title": _("Simulation of new prices")})


@needs("charges.chargerun:view")
def missing_charges_page(request: HttpRequest) -> HttpResponse:
    """What may have been forgotten in a month; `?format=xlsx` gives all rows as a workbook."""
    context = control.control_context(request)
    if request.GET.get("format") == "xlsx" and context["rows"] is not None:
        return _workbook(control.control_workbook(context["rows"]), "missing-charges")
    return render(request, "charges/control.html", context | {"title": _("Charges that may be missing")})


@needs("charges.reduction:view")
def reductions_page(request: HttpRequest) -> HttpResponse:
    """What reductions credited, by kind, approver and estate; `?format=xlsx` gives the same rows as a workbook."""
    context = control.reductions_context(request)
    if request.GET.get("format") == "xlsx" and context["rows"] is not None:
        return _workbook(control.reductions_workbook(context["rows"]), "reductions")
    return render(request, "charges/reductions.html", context | {"title": _("Credited reductions")})


def _workbook(data: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return HttpResponse(data, content_type=MEDIA_TYPES["xlsx"], headers=headers)
