"""Home and search of the back office."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from lokum.backoffice.first_steps import first_steps
from lokum.backoffice.tiles import tiles_of
from lokum.core.annex.models import StoredFile
from lokum.core.annex.services import read_file
from lokum.core.annex.views import file_response
from lokum.core.base.errors import Missing
from lokum.core.desk.routes import staff
from lokum.core.desk.search import find_everywhere
from lokum.core.jobs.models import Job


@staff
def home(request: HttpRequest) -> HttpResponse:
    context = {"title": _("Home"), "tiles": tiles_of(request.user), "first_steps": first_steps(request.user)}
    return render(request, "backoffice/home.html", context)


@staff
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """The file a job of the user has written."""
    job = Job.objects.filter(pk=pk, owner_id=request.user.pk, kind="desk.export", state=Job.State.DONE).first()
    if job is None:
        raise Missing("sheet.missing", _("There is no such sheet."))
    stored = StoredFile.objects.get(pk=job.result["file"])
    return file_response(read_file(stored), job.result["name"], stored.media_type)


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
