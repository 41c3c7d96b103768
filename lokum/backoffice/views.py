"""Home and search of the back office."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from lokum.backoffice.tiles import tiles_of
from lokum.core.desk.routes import staff
from lokum.core.desk.search import find_everywhere


@staff
def home(request: HttpRequest) -> HttpResponse:
    context = {"title": _("Home"), "tiles": tiles_of(request.user)}
    return render(request, "backoffice/home.html", context)


@staff
def search(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "")
    context = {"title": _("Search"), "search_query": text, "groups": find_everywhere(request.user, text, 20)}
    return render(request, "backoffice/search.html", context)


@staff
def search_drop(request: HttpRequest) -> HttpResponse:
    """The first hits, shown below the search box while somebody types."""
    text = request.GET.get("q", "")
    context = {"groups": find_everywhere(request.user, text, 4), "search_query": text}
    return render(request, "backoffice/search_drop.html", context)
