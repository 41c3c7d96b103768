"""Reports over several currencies: no axis holds two, and each amount says its own."""

import datetime as dt
from decimal import Decimal
from typing import Any

from lokum.core.organisation.models import Entity
from lokum.core.reports.declaration import Chart, Report, ReportColumn
from lokum.core.reports.pages import MOST_BARS, charts_of, rows_of
from lokum.core.reports.running import Result

COLUMNS = [ReportColumn("label", "House"), ReportColumn("owed", "Owed", kind="amount", total=True, tone="bad")]


def _result(rows: list[dict[str, Any]]) -> Result:
    report = Report(
        code="toy", title="Toy", definition="Toy", right="toys:view", scope=Entity, filters=(), columns=COLUMNS,
        sql=lambda values: "", chart=Chart("label", ("owed",)),
    )  # fmt: skip
    return Result(report, {}, COLUMNS, rows, [], [], dt.datetime(2026, 11, 26, tzinfo=dt.UTC), "somebody")


def _row(label: str, owed: str, currency: str) -> dict[str, Any]:
    return {"label": label, "owed": Decimal(owed), "currency": currency}


def test_each_currency_has_an_axis_of_its_own() -> None:
    charts = charts_of(_result([_row("A", "10.50", "PLN"), _row("B", "3000", "TWD"), _row("C", "2.25", "PLN")]))
    assert [(one["currency"], one["labels"]) for one in charts] == [("PLN", ["A", "C"]), ("TWD", ["B"])]
    assert charts[0]["datasets"] == [{"label": "Owed", "tone": "bad", "data": [10.5, 2.25]}]


def test_one_currency_needs_no_heading_and_the_first_rows_are_drawn() -> None:
    charts = charts_of(_result([_row(str(number), "1", "PLN") for number in range(MOST_BARS + 5)]))
    assert [(one["currency"], len(one["labels"])) for one in charts] == [("", MOST_BARS)]
    assert charts_of(_result([])) == []


def test_amounts_of_several_currencies_each_name_their_own() -> None:
    rows = [_row("A", "10.50", "PLN"), _row("B", "3000", "TWD")]
    result = _result(rows)
    result.totals.extend({"currency": one["currency"]} for one in rows)
    assert [cells[1]["sign"] for cells in rows_of(result)] == ["PLN", "TWD"]
    del result.totals[1]
    assert [cells[1]["sign"] for cells in rows_of(result)] == ["", ""]
