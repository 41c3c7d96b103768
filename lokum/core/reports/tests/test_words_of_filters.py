"""What a report was asked stands on every copy of it, days and months in the order of the reader's language."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.utils.translation import override

from lokum.core.reports.declaration import ReportFilter
from lokum.core.reports.filters import words_of


class _Asked(forms.Form):
    on = forms.DateField()
    month = forms.DateField()


@pytest.mark.req("RPT-11")
@pytest.mark.parametrize(
    ("language", "day", "month"),
    [("pl", "26.11.2026", "Listopad 2026"), ("zh-hans", "2026年11月26日", "2026年11月")],
)
def test_days_and_months_follow_the_language(language: str, day: str, month: str) -> None:
    report: Any = SimpleNamespace(filters=(ReportFilter("on", "On", "date"), ReportFilter("month", "Month", "month")))
    form = _Asked({"on": dt.date(2026, 11, 26), "month": dt.date(2026, 11, 1)})
    with override(language):
        assert words_of(report, form) == [("On", day), ("Month", month)]
