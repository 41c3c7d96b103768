"""What a report is: title, definition, filters, columns and one set-based statement.

The statement selects one row per line of the report. It names its columns as the declaration does and has a column
`currency` whenever it has amounts: totals are made per currency. Filters arrive as `%(name)s` (None = not filtered),
the rows the reader may see as `{scope}`, a sub-select of ids of `Report.scope`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import models

Values = dict[str, Any]
Row = dict[str, Any]


@dataclass(frozen=True)
class ReportFilter:
    """One question before a report.

    kind: date, moment, month, number, text, yesno, choice, relation; hidden and id are set by links only.
    `options()` gives the choices; `model` the records of a relation, narrowed to what the reader may see.
    `default(user)` is taken when nothing is asked.
    """

    name: str
    label: Any
    kind: str
    options: Callable[[], Sequence[tuple[str, Any]]] = tuple
    model: type[models.Model] | None = None
    default: Callable[[Any], Any] = lambda user: None
    help_text: Any = ""


@dataclass(frozen=True)
class ReportColumn:
    """kind: text, amount, quantity, count, date, month, percent. `total`: added up per currency. `personal`: left
    out of the version for display. `url(row, values)` leads to what the cell is made of; "" = no link.
    `tone`: series of the chart ("ok", "warn", "bad", "primary", "muted"). `ratio`: the total of a percentage is
    made of two totalled columns instead of being added up."""

    name: str
    label: Any
    kind: str = "text"
    total: bool = False
    personal: bool = False
    url: Callable[[Row, Values], str] | None = None
    tone: str = ""
    ratio: tuple[str, str] | None = None
    short: bool = False  # never broken over lines
    shown: Callable[[Any], str] | None = None  # words for a value ("dwelling" -> "Dwelling")

    @property
    def right(self) -> bool:
        return self.kind in ("amount", "quantity", "count", "percent")


@dataclass(frozen=True)
class Chart:
    """The rows of the page as a picture: one bar per row of `label`, one series per column of `series`."""

    label: str
    series: tuple[str, ...]
    kind: str = "bar"
    stacked: bool = True


Columns = Sequence[ReportColumn] | Callable[[Values], Sequence[ReportColumn]]


@dataclass(frozen=True)
class Report:
    """`right` is what a role is given ("arrears.report:view"); rows are those of `scope` the reader may see.

    `check()` yields findings when the report's total is not that of its source; the proof asks it every night.
    `section` groups the list of reports. `order_by`: the statement's order. `note(values)` adds a sentence.
    `named`: SQL that adds columns to the rows of the page alone, `SELECT row.*, ... FROM {rows} row LEFT JOIN ...`, for
    names that neither order nor sum the rows; its joins must keep every row.
    """

    code: str
    title: Any
    definition: Any
    right: str
    scope: type[models.Model]
    filters: Sequence[ReportFilter]
    columns: Columns
    sql: Callable[[Values], str]
    order_by: str | Callable[[Values], str] = "1"
    named: str = ""
    chart: Chart | Callable[[Values], Chart | None] | None = None
    section: Any = ""
    icon: str = "chart-bar"
    check: Callable[[], Any] | None = None
    check_title: Any = ""
    prepare: Callable[[Values], Values] = lambda values: values
    display: str = ""  # name of the yes/no filter that asks for the version without personal columns
    order: int = 100
    page_size: int = 50
    hidden_totals: Sequence[str] = ()  # added up for ratios, not shown
    more: Callable[[list[Row], Values], dict[str, Any]] | None = None  # more for the template of the page
    template: str = "reports/report.html"
    links: Sequence[tuple[Any, str]] = field(default_factory=tuple)  # (label, url name) beside the title

    def columns_for(self, values: Values) -> list[ReportColumn]:
        found = list(self.columns(values) if callable(self.columns) else self.columns)
        if self.display and values.get(self.display):
            found = [replace(one, url=None) for one in found if not one.personal]
        return found

    def chart_for(self, values: Values) -> Chart | None:
        return self.chart(values) if callable(self.chart) else self.chart

    def order_for(self, values: Values) -> str:
        return self.order_by(values) if callable(self.order_by) else self.order_by


_reports: dict[str, Report] = {}


def register_report(report: Report) -> Report:
    if report.code in _reports:
        raise ValueError(f"report {report.code} is registered twice")
    _reports[report.code] = report
    return report


def report_named(code: str) -> Report | None:
    return _reports.get(code)


def reports() -> list[Report]:
    return sorted(_reports.values(), key=lambda one: (one.order, one.code))
