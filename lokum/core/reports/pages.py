"""What the page of a report shows, put together from its result."""

from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lokum.core.base import policy
from lokum.core.base.errors import NotAllowed, Refusal
from lokum.core.base.templatetags.lokum import amount_text
from lokum.core.desk.columns import unbroken
from lokum.core.desk.models import SavedView
from lokum.core.reports.declaration import Report, Row
from lokum.core.reports.files import cell_text, facts_of, names_currencies
from lokum.core.reports.running import Result

MOST_BARS = 30  # of one picture


def views_of(report: Report, user: Any) -> list[SavedView]:
    rows = SavedView.objects.filter(desk=f"report.{report.code}")
    return [one for one in rows.order_by("position", "name") if one.shared or one.owner_id == user.pk]


def keep_view(report: Report, user: Any, *, name: str, query: str, shared: bool) -> SavedView:
    """Save the filters of a report under a name; the same name of the same owner is overwritten."""
    name = name.strip()[:80]
    if not name:
        text = _("Give the view a name.")
        raise Refusal("view.name", text, fields={"name": [text]})
    if shared and not policy.may(user, "ledger.batch:view"):
        raise NotAllowed("right.missing", _("Views are shared by people who see the books."))
    view, _made = SavedView.objects.update_or_create(
        desk=f"report.{report.code}", owner_id=user.pk, name=name, defaults={"query": query[:4000], "shared": shared}
    )
    return view


def rows_of(result: Result) -> list[list[dict[str, Any]]]:
    """Cells as the page draws them."""
    signed = names_currencies(result)
    return [
        [
            {
                "text": (text := cell_text(one, row.get(one.name), row.get("currency") or "")),
                "sign": (row.get("currency") or "") if signed else "",
                "currency": row.get("currency") or "",
                "value": row.get(one.name),
                "kind": one.kind,
                "right": one.right,
                "short": one.kind in ("date", "month") or one.short or unbroken(text),
                "label": str(one.label),
                "url": one.url(row, result.values) if one.url is not None and row.get(one.name) else "",
            }
            for one in result.columns
        ]
        for row in result.rows
    ]


def totals_of(result: Result) -> list[list[dict[str, Any]]]:
    found = []
    for total in result.totals:
        sign = total["currency"] or ""
        cells: list[dict[str, Any]] = []
        for place, one in enumerate(result.columns):
            summed = one.total or one.ratio
            text = cell_text(one, total.get(one.name), sign) if summed else ""
            if not place and not summed:
                text = f"{_('Total')} {sign}".strip()
            kind = one.kind if summed else "text"
            cells.append(
                {"text": text, "value": total.get(one.name), "kind": kind, "right": one.right, "currency": sign}
            )
        found.append(cells)
    return found


def charts_of(result: Result) -> list[dict[str, Any]]:
    """Figures of the pictures, the same as in the table below: one picture per currency, never two on one axis."""
    chart = result.report.chart_for(result.values)
    by_name = {one.name: one for one in result.columns}
    label = by_name.get(chart.label) if chart is not None else None
    series = [by_name[name] for name in chart.series if name in by_name] if chart is not None else []
    if chart is None or label is None or not series:
        return []
    by_currency: dict[str, list[Row]] = {}
    for row in result.rows:
        by_currency.setdefault(str(row.get("currency") or ""), []).append(row)
    return [
        {
            "type": chart.kind,
            "stacked": chart.stacked,
            "currency": currency if len(by_currency) > 1 else "",
            "labels": [_short(cell_text(label, row.get(label.name))) for row in rows[:MOST_BARS]],
            "datasets": [
                {
                    "label": str(one.label),
                    "tone": one.tone,
                    "data": [float(row.get(one.name) or 0) for row in rows[:MOST_BARS]],
                }
                for one in series
            ],
        }
        for currency, rows in by_currency.items()
    ]


def _short(text: str) -> str:
    return f"{text[:17]}…" if len(text) > 18 else text or "—"


def summary_of(result: Result) -> list[str]:
    """The report in a few sentences, for whoever would rather not look at a picture."""
    found = []
    for total in result.totals:
        sums = [one for one in result.columns if one.total and one.kind == "amount" and total.get(one.name)]
        words = ", ".join(f"{one.label} {amount_text(total[one.name], total['currency'] or '')}" for one in sums[:6])
        count = int(total["count"])
        rows = ngettext("%(count)d row", "%(count)d rows", count) % {"count": count}
        found.append(capfirst(f"{rows}: {words}." if words else f"{rows}."))
    return found


def page_context(result: Result) -> dict[str, Any]:
    return {
        "report": result.report,
        "title": result.report.title,
        "result": result,
        "facts": facts_of(result)[1:],  # the definition stands on top
        "columns": result.columns,
        "rows": rows_of(result),
        "totals": totals_of(result),
        "charts": charts_of(result),
        "summary": summary_of(result),
        **result.more_context,
    }
