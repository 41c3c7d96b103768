"""A report as xlsx, csv and PDF: the same rows, and on each what it means, what was filtered, when and by whom."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.core.base.errors import Refusal
from lokum.core.base.templatetags.lokum import amount_text
from lokum.core.desk.sheets import write_csv, write_xlsx
from lokum.core.papers.rendering.lists import render_report
from lokum.core.papers.rendering.process import RenderProblem
from lokum.core.reports.declaration import ReportColumn, Row
from lokum.core.reports.running import Result

FILE_ROWS = 200_000
PDF_ROWS = 10_000
MEDIA_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
}


def cell_text(one: ReportColumn, value: Any, currency: str = "") -> str:
    """A value as people read it; an amount has the digits of its currency."""
    if value is None:
        return ""
    if one.shown is not None:
        return str(one.shown(value))
    if one.kind == "amount":
        return amount_text(value, places_like=currency)
    if one.kind == "percent":
        return f"{formats.number_format(value, 2)} %"
    if one.kind == "quantity":
        return formats.number_format(Decimal(value).normalize())
    if one.kind == "month":
        return f"{value:%Y-%m}"
    if one.kind == "date":
        return formats.date_format(value, "SHORT_DATE_FORMAT")
    return str(value)


def names_currencies(result: Result) -> bool:
    """Whether each amount needs its currency: there are several, and no column says which."""
    return len({one["currency"] for one in result.totals}) > 1 and all(one.name != "currency" for one in result.columns)


def facts_of(result: Result) -> list[tuple[str, str]]:
    """What stands on every copy: definition, filters, data moment, author."""
    moment = f"{timezone.localtime(result.moment):%Y-%m-%d %H:%M:%S %Z}"
    asked = "; ".join(f"{label}: {text}" for label, text in result.filters) or _("none")
    return [
        (_("Definition"), str(result.report.definition)),
        (_("Filters"), asked),
        (_("Data of"), moment),
        (_("Made by"), result.author),
    ]


def _cells(result: Result, row: Row) -> list[Any]:
    return [
        cell_text(one, row.get(one.name)) if one.shown is not None or one.kind == "month" else row.get(one.name)
        for one in result.columns
    ]


def _with_currency(result: Result) -> tuple[list[str], bool]:
    named = any(one.name == "currency" for one in result.columns)
    labels = [str(one.label) for one in result.columns]
    return (labels if named else [*labels, _("Currency")]), named


def _sheet_rows(result: Result) -> Iterator[list[Any]]:
    _labels, named = _with_currency(result)
    for row in result.rows:
        yield [*_cells(result, row), *([] if named else [row.get("currency") or ""])]
    width = len(result.columns)
    for total in result.totals:
        cells = [total.get(one.name) if one.total or one.ratio else "" for one in result.columns]
        cells[0] = _("Total") if cells[0] in ("", None) else cells[0]
        yield [*cells, *([] if named else [total["currency"] or ""])]
    blank = [""] * (width - 2 + (0 if named else 1))
    yield ["" for _one in range(width + (0 if named else 1))]
    for label, text in [(_("Report"), str(result.report.title)), *facts_of(result)]:
        yield [label, text, *blank]


def write_report(result: Result, kind: str) -> bytes:
    if result.more:
        raise Refusal("report.too_long", _("So many rows are not written into one file. Filter the report."))
    if kind == "pdf":
        return _pdf(result)
    labels, _named = _with_currency(result)
    unique = [label if labels.count(label) == 1 else f"{label} ({place})" for place, label in enumerate(labels, 1)]
    if kind == "csv":
        return write_csv(unique, _sheet_rows(result))
    return write_xlsx(unique, _sheet_rows(result))


def _pdf(result: Result) -> bytes:
    if len(result.rows) > PDF_ROWS:
        raise Refusal("list.too_long", _("A list of so many rows is not printed. Filter it, or take a sheet."))
    signed = names_currencies(result)

    def text_of(one: ReportColumn, row: Row) -> str:
        value, sign = row.get(one.name), row.get("currency") or ""
        if signed and one.kind == "amount" and one.shown is None:
            return amount_text(value, sign)
        return cell_text(one, value, sign)

    totals = []
    for total in result.totals:
        sign = total["currency"] or ""
        texts = [cell_text(one, total.get(one.name), sign) if one.total or one.ratio else "" for one in result.columns]
        texts[0] = texts[0] or f"{_('Total')} {sign}".strip()
        totals.append(texts)
    try:
        return render_report(
            str(result.report.title),
            facts_of(result),
            [str(one.label) for one in result.columns],
            ([text_of(one, row) for one in result.columns] for row in result.rows),
            right=[one.right for one in result.columns],
            totals=totals,
            language=get_language() or "en",
            day=clock.today(),
        )
    except RenderProblem as problem:
        raise Refusal("list.render", _("The list could not be printed. Try fewer columns.")) from problem
