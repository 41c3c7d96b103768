"""Pages of interest beside its registers: rates over time, the calculator."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from lokum.core.desk.desk import registry
from lokum.core.desk.routes import needs
from lokum.money.interest import pages
from lokum.money.interest.forms import CalculatorForm


@needs("interest.interestregime:view")
def rates(request: HttpRequest) -> HttpResponse:
    """Rates of a regime as a step line and a table."""
    context = pages.rates_over_time(request.GET.get("regime", "")) | {
        "title": _("Interest rates over time"),
        "primary_url": registry.desks["interest.interestrate"].path("add"),
        "primary_label": _("Add a rate"),
        "primary_icon": "plus",
    }
    return render(request, "interest/rates.html", context)


@needs("interest.interestregime:view")
def calculator(request: HttpRequest) -> HttpResponse:
    """Interest of any debt, with the whole calculation; nothing is stored."""
    form = CalculatorForm(request.GET if "principal" in request.GET else None)
    result = pages.calculated(form) if form.is_bound and form.is_valid() else {}
    return render(request, "interest/calculator.html", {"title": _("Interest calculator"), "form": form, **result})
