"""What residents tell about themselves and their premises."""

from decimal import Decimal

from django.http import Http404, HttpRequest, HttpResponse

from lokum.core.base import clock
from lokum.core.base.context import current_actor
from lokum.core.base.errors import Refusal
from lokum.core.desk.forms import add_refusal
from lokum.core.desk.routes import resident
from lokum.portal import queries
from lokum.portal.forms import PersonsForm
from lokum.portal.frame import page
from lokum.property.occupancy.services import declare


@resident
def persons(request: HttpRequest) -> HttpResponse:
    """Declare a number of persons; the page exists only where no residence register is kept."""
    places = queries.declaring_places(request.user)
    if not places:
        raise Http404
    actor, party = current_actor(), queries.party_of(request.user)
    assert actor is not None
    initial = {"month": clock.add_months(clock.today(), 1)}
    form = PersonsForm(request.POST or None, places=places, initial=initial)
    made = None
    if form.is_bound and form.is_valid():
        values = form.cleaned_data
        try:
            made = declare(
                int(values["premises"]), "persons", Decimal(values["count"]), values["month"].replace(day=1),
                actor=actor, party_pk=party.pk if party else None, text=values["note"],
            )  # fmt: skip
        except Refusal as refusal:
            add_refusal(form, refusal)
    status = 422 if form.is_bound and made is None else 200
    waiting = queries.open_declarations(request.user)
    return page(request, "portal/persons.html", "more", {"form": form, "made": made, "waiting": waiting}, status)
