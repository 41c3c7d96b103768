"""Running a report: rows and totals of one statement, in what the reader may see, at one moment."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lokum.core.base import clock, policy
from lokum.core.base.errors import NotAllowed
from lokum.core.reports.declaration import Report, ReportColumn, Row, Values
from lokum.core.reports.filters import filter_form, values_of, words_of

MARK = re.compile(r"(?<!%)%s")
WHOLE = re.compile(r"\S+ IN \(\{scope\}\)")


@dataclass
class Result:
    """One page of a report with the totals of the whole of it."""

    report: Report
    values: Values
    columns: list[ReportColumn]
    rows: list[Row]
    totals: list[Row]  # one per currency, with "count"
    filters: list[tuple[str, str]]
    moment: dt.datetime
    author: str
    more: bool = False
    page: int = 1
    more_context: dict[str, Any] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return sum(int(one["count"]) for one in self.totals)


def scope_of(queryset: QuerySet[Any], prefix: str = "scope") -> tuple[str, Values]:
    """Ids of a queryset as a sub-select with named parameters."""
    try:
        sql, params = queryset.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return "SELECT NULL::bigint WHERE false", {}
    names = iter(range(len(params)))
    named = MARK.sub(lambda _found: f"%({prefix}_{next(names)})s", sql)
    return named, {f"{prefix}_{number}": value for number, value in enumerate(params)}


def check_allowed(report: Report, user: Any) -> None:
    if not policy.may(user, report.right):
        raise NotAllowed("right.missing", _("You do not have the right to do this."), details={"right": report.right})


def prepared(report: Report, user: Any, data: Mapping[str, Any]) -> tuple[Any, Values]:
    form = filter_form(report, user, data)
    return form, values_of(report, form)


def statement(report: Report, values: Values, scope: QuerySet[Any]) -> tuple[str, Values]:
    sql = report.sql(values)
    query = scope.query
    if not (query.where or query.combinator or query.is_sliced or len(query.alias_map) > 1):
        # Nothing narrows the scope (the row policies hold all the same): the table need not be read once more.
        sql = WHOLE.sub("true", sql)
    text, params = scope_of(scope)
    return sql.replace("{scope}", text), {**values, **params}


def _summed(report: Report, columns: Sequence[ReportColumn]) -> list[str]:
    return [*(one.name for one in columns if one.total), *report.hidden_totals]


def _totals_sql(names: Sequence[str]) -> str:
    sums = "".join(f", 'c{place}', sum({name})::text" for place, name in enumerate(names))
    return (
        "SELECT jsonb_agg(line ORDER BY line ->> 'currency') FROM (SELECT jsonb_build_object("  # noqa: S608
        f"'currency', currency, 'count', count(*){sums}) AS line FROM report GROUP BY currency) by_currency"
    )


def run_report(report: Report, user: Any, data: Mapping[str, Any], *, size: int | None = None) -> Result:
    """A page of a report as one user sees it. Raises Refusal on wrong filters, NotAllowed without the right."""
    check_allowed(report, user)
    form, values = prepared(report, user, data)
    scope = policy.allowed(report.scope._default_manager.all(), user, "view")
    page = int(number) if (number := str(data.get("page", "1"))).isdigit() and 0 < len(number) < 7 else 1
    result = _run(report, values, scope, max(page, 1), size or report.page_size)
    result.filters, result.author = words_of(report, form), str(user)
    if report.more is not None:
        result.more_context = report.more(result.rows, values)
    return result


def run_whole(report: Report, values: Values, scope: QuerySet[Any]) -> Result:
    """All rows, as the system sees them (proofs)."""
    return _run(report, values, scope, 1, 10_000_000)


def _run(report: Report, values: Values, scope: QuerySet[Any], page: int, size: int) -> Result:
    columns = report.columns_for(values)
    text, params = statement(report, values, scope)
    order = report.order_for(values)
    page_sql = (
        f"(SELECT true AS here, report.* FROM report ORDER BY {order} LIMIT {size + 1} OFFSET {(page - 1) * size})"  # noqa: S608
    )
    if report.named:
        page_sql = f"(SELECT * FROM ({report.named.replace('{rows}', page_sql)}) named ORDER BY {order})"  # noqa: S608
    sql = (
        f"WITH report AS MATERIALIZED ({text}) SELECT rows.*, totals.lines FROM {page_sql} rows "  # noqa: S608 - declared
        f"RIGHT JOIN (SELECT ({_totals_sql(_summed(report, columns))}) AS lines) totals ON true"
    )
    moment = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        names = [one.name for one in cursor.description]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    lines = found[0]["lines"] or []
    rows = [row for row in found if row["here"]]
    summed = _summed(report, columns)
    totals = [_total(line, columns, summed) for line in (lines if isinstance(lines, list) else _json(lines))]
    return Result(report, values, columns, rows[:size], totals, [], moment, "", len(rows) > size, page)


def _json(text: str) -> list[dict[str, Any]]:
    import json

    found: list[dict[str, Any]] = json.loads(text)
    return found


def _total(line: dict[str, Any], columns: Sequence[ReportColumn], summed: Sequence[str]) -> Row:
    found: Row = {"currency": line["currency"], "count": line["count"]}
    for place, name in enumerate(summed):
        text = line.get(f"c{place}")
        found[name] = Decimal(text) if text is not None else None
    for one in columns:
        if one.ratio:
            part, whole = (found.get(name) for name in one.ratio)
            found[one.name] = percent(part, whole)
    return found


def percent(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    """A rate in percent with two places; over zero it is empty."""
    return (part * 100 / whole).quantize(Decimal("0.01")) if part is not None and whole else None
