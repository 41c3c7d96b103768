"""Days, months and amounts within names and notes are read in the reader's language; numbers of papers are left."""

import pytest
from django.utils.translation import override

from lokum.core.base.wording import local_text

GAP = "\N{NO-BREAK SPACE}"


@pytest.mark.req("PLT-29")
@pytest.mark.parametrize(
    ("language", "text", "shown"),
    [
        ("pl", "2026-12", "Grudzień 2026"),
        ("pl", "2026-06 – 2026-11: pomiar z 2026-05-04", "Czerwiec 2026 – Listopad 2026: pomiar z 04.05.2026"),
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
