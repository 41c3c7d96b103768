"""Reports as API calls: the same rights, filters, rows and totals as on the page."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router

from lokum.api import problems
from lokum.core.base import policy
from lokum.core.base.errors import Missing, Refusal
from lokum.core.reports.declaration import report_named, reports
from lokum.core.reports.files import facts_of
from lokum.core.reports.running import run_report

MOST_ROWS = 1000
PROBLEMS = dict.fromkeys((401, 403, 404, 422), problems.Problem)


def list_reports(request: HttpRequest) -> Any:
    """Reports the caller may run, with definition and filters."""
    mine = [one for one in reports() if policy.may(request.user, one.right)]
    return [
        {
            "code": one.code,
            "title": str(one.title),
            "definition": str(one.definition),
            "filters": [{"name": each.name, "label": str(each.label), "kind": each.kind} for each in one.filters],
        }
        for one in mine
    ]


def show_report(request: HttpRequest, code: str, limit: int = 200, page: int = 1) -> Any:
    """A page of a report; filters are query parameters. Amounts are texts with two decimals."""
    report = report_named(code)
    if report is None:
        raise Missing("report.missing", _("There is no such report."))
    known = {one.name for one in report.filters} | {"limit", "page"}
    if unknown := sorted(set(request.GET) - known):
        text = _("There is no such parameter.")
        raise Refusal("filter.unknown", text, fields={name: [text] for name in unknown})
    size = max(1, min(limit, MOST_ROWS))
    result = run_report(report, request.user, request.GET.dict() | {"page": str(page)}, size=size)
    names = [one.name for one in result.columns]
    return {
        "code": report.code,
        "title": str(report.title),
        "moment": result.moment.isoformat(),
        "facts": [{"label": label, "text": text} for label, text in facts_of(result)],
        "columns": [{"name": one.name, "label": str(one.label), "kind": one.kind} for one in result.columns],
        "rows": [{"currency": row.get("currency")} | {name: _plain(row.get(name)) for name in names}
                 for row in result.rows],
        "totals": [{name: _plain(value) for name, value in total.items()} for total in result.totals],
        "count": result.count,
        "more": result.more,
    }  # fmt: skip


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int) else str(value)


def router() -> Router:
    made = Router(tags=["reports"])
    answers: dict[int, Any] = {200: Any, **PROBLEMS}
    made.add_api_operation("", ["GET"], list_reports, response=answers, operation_id="list_reports",
                           summary="List: reports")  # fmt: skip
    made.add_api_operation("/{code}", ["GET"], show_report, response=answers, operation_id="show_report",
                           summary="Show: report")  # fmt: skip
    return made
