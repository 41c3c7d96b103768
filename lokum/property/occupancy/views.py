"""Pages of titles beside the registers."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from lokum.core.base import clock
from lokum.core.desk.routes import needs
from lokum.property.occupancy.models import EXCLUSIVE_KINDS


@needs("occupancy.titleholder:view")
def owners(request: HttpRequest) -> HttpResponse:
    """Owners as of today: the register of holders with its filters set; any other day is a change of one filter."""
    query = urlencode({"title__valid_on": clock.today().isoformat(), "title__kind": EXCLUSIVE_KINDS}, doseq=True)
    return redirect(f"{reverse('desk:list', args=['occupancy', 'titleholder'])}?{query}")
