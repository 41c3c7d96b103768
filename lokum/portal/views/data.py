"""What residents tell about themselves and their premises."""

from decimal import Decimal
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse

from lokum.core.base import clock
from lokum.core.base.context import current_actor
from lokum.core.base.errors import Refusal
from lokum.core.desk.forms import add_refusal
from lokum.core.desk.routes import resident
from lokum.portal import queries
from lokum.portal.forms import NormForm, PersonsForm
from lokum.portal.frame import page
from lokum.property.occupancy.services import declare


@resident
def persons(request: HttpRequest) -> HttpResponse:
    """Declare a number of persons; the page exists only where no residence register is kept."""
    places = queries.declaring_places(request.user)
    if not places:
        raise Http404
    initial = {"month": clock.add_months(clock.today(), 1)}
    form = PersonsForm(request.POST or None, places=places, initial=initial)
    made = None
    if form.is_bound and form.is_valid():
        values = form.cleaned_data
        made = _declared(request, form, int(values["premises"]), "persons", Decimal(values["count"]))
    status = 422 if form.is_bound and made is None else 200
    waiting = queries.open_declarations(request.user, ("persons",))
    return page(request, "portal/persons.html", "more", {"form": form, "made": made, "waiting": waiting}, status)


def _declared(request: HttpRequest, form: forms.Form, premises: int, kind: str, value: Decimal) -> Any:
    """Declare from the month of a valid form; None when it is refused, which stands in the form then."""
    actor, party, values = current_actor(), queries.party_of(request.user), form.cleaned_data
    assert actor is not None
    try:
        return declare(
            premises, kind, value, values["month"].replace(day=1), actor=actor,
            party_pk=party.pk if party else None, text=values["note"],
        )  # fmt: skip
    except Refusal as refusal:
        add_refusal(form, refusal)
        return None


@resident
def norms(request: HttpRequest) -> HttpResponse:
    """Declare another advance norm: what charges of own premises rest on beside their persons."""
    month = clock.add_months(clock.first_of_month(clock.today()), 1)
    offered = queries.declarable_norms(request.user, month)
    if not offered:
        raise Http404
    form = NormForm(request.POST or None, norms=offered, initial={"month": month})
    made = None
    if form.is_bound and form.is_valid():
        norm = form.cleaned_data["norm"]
        made = _declared(request, form, norm.premises.pk, norm.kind, form.cleaned_data["amount"])
    status = 422 if form.is_bound and made is None else 200
    waiting = queries.open_declarations(request.user, [norm.kind for norm in offered])
    context = {"form": form, "made": made, "waiting": waiting, "norms": offered}
    return page(request, "portal/norms.html", "more", context, status)


@resident
def declarations(request: HttpRequest) -> HttpResponse:
    """What was declared for own premises, and what became of it."""
    rows = queries.declarations_of(request.user)
    return page(request, "portal/declarations.html", "more", {"declarations": rows})
