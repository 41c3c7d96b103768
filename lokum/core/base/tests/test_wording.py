"""Days, months and amounts within names and notes are read in the reader's language; numbers of papers are left."""

import datetime as dt

import pytest
from django import forms
from django.utils import formats
from django.utils.translation import override

from lokum.core.base.wording import local_text, read_day

GAP = "\N{NO-BREAK SPACE}"


@pytest.mark.req("PLT-29")
@pytest.mark.parametrize(
    ("language", "text", "shown"),
    [
        ("pl", "2026-12", "Grudzień 2026"),
        ("pl", "2026-06 – 2026-11: pomiar z 2026-05-04", "Czerwiec 2026 – Listopad 2026: pomiar z 04.05.2026"),
        ("en", "2026-03-12, 1805.88 PLN", f"12 Mar 2026, 1,805.88{GAP}zł"),
        ("zh-hant", "B01/17 2026-12-16", "B01/17 2026年12月16日"),
        ("zh-hans", "2026-12", "2026年12月"),
        ("pl", "1805.88 PLN", f"1{GAP}805,88{GAP}zł"),
        ("pl", "-2778.30 PLN", f"\N{MINUS SIGN}2{GAP}778,30{GAP}zł"),
        ("zh-hant", "20000 TWD", "$20,000"),
        ("pl", "Wezwano 2000.00", f"Wezwano 2{GAP}000,00"),
        ("pl", "N/2026/03/00001, 2026-03-001, 31.12.2026, art. 43 ust. 1, 2026-13-40", None),
        ("pl", "AL/2026-11/002 W1-2026-10", None),
    ],
)
def test_a_name_is_read_in_the_language_of_its_reader(language: str, text: str, shown: str | None) -> None:
    with override(language):
        assert local_text(text) == (text if shown is None else shown)


@pytest.mark.req("PLT-29")
@pytest.mark.parametrize(
    ("language", "shown"),
    [("en", "3 Dec 2026"), ("pl", "03.12.2026"), ("zh-hant", "2026年12月3日"), ("zh-hans", "2026年12月3日")],
)
def test_a_day_is_shown_without_doubt_and_read_as_it_is_shown(language: str, shown: str) -> None:
    """3 December is never written 12/3: English readers put the month on either side."""
    day = dt.date(2026, 12, 3)
    with override(language):
        assert formats.date_format(day, "SHORT_DATE_FORMAT") == shown
        assert read_day(shown) == read_day("2026-12-03") == forms.DateField().clean(shown) == day
        for text in ("12/03/2026", "2026-13-01", "yesterday"):
            with pytest.raises(ValueError, match=text):
                read_day(text)
