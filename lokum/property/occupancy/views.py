"""Pages of titles beside the registers."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from lokum.core.base import clock, policy
from lokum.core.desk.routes import needs
from lokum.core.desk.sheets import MEDIA_TYPES, write_csv, write_xlsx
from lokum.property.estates.models import Estate, Premises
from lokum.property.estates.queries import open_premises
from lokum.property.occupancy import household_queries, states
from lokum.property.occupancy.forms import StatisticsForm
from lokum.property.occupancy.models import EXCLUSIVE_KINDS, Declaration

REVIEWED = 200


@needs("occupancy.titleholder:view")
def owners(request: HttpRequest) -> HttpResponse:
    """Owners as of today: the register of holders with its filters set; any other day is a change of one filter."""
    query = urlencode({"title__valid_on": clock.today().isoformat(), "title__kind": EXCLUSIVE_KINDS}, doseq=True)
    return redirect(f"{reverse('desk:list', args=['occupancy', 'titleholder'])}?{query}")


@needs("occupancy.declaration:view")
def declarations(request: HttpRequest) -> HttpResponse:
    """Declarations that wait for a decision, the unusual ones first, each with the value that counts now."""
    rows = policy.allowed(Declaration.objects.filter(state="submitted"), request.user, "view")
    waiting = household_queries.waiting_declarations(rows, REVIEWED)
    context = {"title": _("Declarations to review"), "count": rows.count(), "waiting": waiting, "limit": REVIEWED}
    return render(request, "occupancy/declarations.html", context)


@needs("estates.premises:view")
def statistics(request: HttpRequest) -> HttpResponse:
    """Premises that exist on a day, counted by estate, building or kind; as a page or as a sheet."""
    form = StatisticsForm(request.GET or None, estates=policy.allowed(Estate.objects.all(), request.user, "view"))
    values = form.cleaned_data if form.is_valid() else {}
    on, by = values.get("on") or clock.today(), values.get("by") or "estate"
    rows = policy.allowed(Premises.objects.all(), request.user, "view").filter(pk__in=open_premises(on).values("pk"))
    if values.get("estate"):
        rows = rows.filter(building__estate=values["estate"])
    found = states.statistics(rows, by, on)
    kind = request.GET.get("format", "")
    if kind in ("xlsx", "csv"):
        content = write_xlsx(found.heads, found.rows) if kind == "xlsx" else write_csv(found.heads, found.rows)
        response = HttpResponse(content, content_type=MEDIA_TYPES[kind])
        response["Content-Disposition"] = f'attachment; filename="premises-{on:%Y-%m-%d}.{kind}"'
        return response
    context = {"title": _("Statistics of premises"), "form": form, "found": found, "on": on, "by": by}
    return render(request, "occupancy/statistics.html", context, status=422 if form.is_bound and not values else 200)
