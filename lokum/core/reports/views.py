"""Reports under /office/reports/."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from lokum.core.base import clock, policy
from lokum.core.base.context import current_actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.desk import journal
from lokum.core.desk.routes import staff
from lokum.core.reports.declaration import Report, report_named, reports
from lokum.core.reports.files import FILE_ROWS, MEDIA_TYPES, write_report
from lokum.core.reports.filters import filter_form
from lokum.core.reports.pages import keep_view, page_context, views_of
from lokum.core.reports.running import check_allowed, run_report


@staff
def report_list(request: HttpRequest) -> HttpResponse:
    """All reports the reader may open, by section."""
    sections: dict[str, list[Report]] = {}
    for one in reports():
        if policy.may(request.user, one.right):
            sections.setdefault(str(one.section), []).append(one)
    return render(request, "reports/list.html", {"title": _("Reports"), "sections": list(sections.items())})


def _found(code: str, user: Any) -> Report:
    report = report_named(code)
    if report is None:
        raise Missing("report.missing", _("There is no such report."))
    check_allowed(report, user)
    return report


@staff
def report_page(request: HttpRequest, code: str) -> HttpResponse:
    """A report on screen, or as a file with `?format=xlsx`."""
    report = _found(code, request.user)
    kind = request.GET.get("format", "")
    if kind in MEDIA_TYPES:
        return _file(request, report, kind)
    data = _asked(request, report)
    form = filter_form(report, request.user, data.dict())
    context: dict[str, Any] = {"report": report, "title": report.title, "form": form, "query": data.urlencode()}
    try:
        context |= page_context(run_report(report, request.user, data.dict()))
    except Refusal as refusal:
        context["refusal"] = refusal
    context |= {"views": views_of(report, request.user), "current_view": request.GET.get("view", "")}
    return render(request, report.template, context, status=422 if "refusal" in context else 200)


def _asked(request: HttpRequest, report: Report) -> QueryDict:
    """The address, or that of the saved view it names."""
    number = request.GET.get("view", "")
    found = [one for one in views_of(report, request.user) if str(one.pk) == number] if number else []
    return QueryDict(found[0].query) if found and set(request.GET) <= {"view"} else request.GET


def _file(request: HttpRequest, report: Report, kind: str) -> HttpResponse:
    result = run_report(report, request.user, request.GET.dict() | {"page": "1"}, size=FILE_ROWS)
    content = write_report(result, kind)
    details = {"report": report.code, "format": kind, "rows": len(result.rows),
               "query": request.GET.urlencode()[:500]}  # fmt: skip
    table = report.scope._meta.db_table
    journal.record_event("export", actor=current_actor(), table_name=table, details=details)
    name = f"{report.code}-{clock.today():%Y-%m-%d}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type=MEDIA_TYPES[kind], headers=headers)


@staff
def keep(request: HttpRequest, code: str) -> HttpResponse:
    """Save the filters as a named view, or remove one of one's own."""
    report = _found(code, request.user)
    address = reverse("reports:report", args=[code])
    if request.method != "POST":
        return redirect(address)
    number = request.POST.get("remove", "")
    mine = [one for one in views_of(report, request.user) if str(one.pk) == number and one.owner_id == request.user.pk]
    if number:
        for one in mine:
            one.delete()
        return redirect(address)
    shared = request.POST.get("shared") == "1"
    view = keep_view(report, request.user, name=request.POST.get("name", ""), query=request.POST.get("query", ""),
                     shared=shared)  # fmt: skip
    return redirect(f"{address}?view={view.pk}")
