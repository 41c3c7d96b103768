"""Printed tables: every amount and every word has room in its column, whatever else stands there."""

import datetime as dt
import io

import pypdfium2
import pytest

from lokum.core.papers.rendering.lists import render_list
from lokum.core.papers.rendering.widths import MILLIMETRES, fitted, text_width, word_width

HUGE = "999 999 999 999,99"


@pytest.mark.parametrize("columns", [3, 9, 27])
@pytest.mark.parametrize("amount", ["0,00", HUGE])
def test_the_columns_fill_the_page_and_hold_their_amounts(columns: int, amount: str) -> None:
    headings = ["Building", *["Not due yet"] * (columns - 1)]
    right = [False, *[True] * (columns - 1)]
    letters, widths = fitted(headings, [["B17", *[amount] * (columns - 1)]], right, size=8.0, room=273.0, pad=2.6)
    assert sum(widths) == pytest.approx(273.0)
    for heading, width in zip(headings, widths, strict=True):
        assert width - 2.6 >= word_width(heading) * letters * MILLIMETRES
    assert min(widths[1:]) - 2.6 >= text_width(amount) * letters * MILLIMETRES
    assert letters == 8.0 or columns * len(amount) > 80, "letters shrink only where they have to"


def test_long_numbers_in_text_columns_do_not_run_into_their_neighbours() -> None:
    account = "33999000090000000000002000"
    rows = [[account, "11", "31.10.2025", "489 128,97", "512 402,60", "50", "0", "posted"]]
    right = [False, False, False, True, True, True, True, False]
    letters, widths = fitted(["Account", "No", "To", "Opening", "Closing", "a", "b", "State"], rows, right,
                             size=8.5, room=273.0, pad=3.0)  # fmt: skip
    assert widths[0] - 3.0 >= text_width(account) * letters * MILLIMETRES


@pytest.mark.req("PLT-25")
def test_a_table_too_wide_for_a4_is_printed_on_a3() -> None:
    def page_of(columns: int) -> tuple[int, int]:
        made = render_list(
            "Year", ["Account", *[f"{number:02} charged" for number in range(1, columns)]],
            [["B01/39-1", *[HUGE] * (columns - 1)]], right=[False, *[True] * (columns - 1)], day=dt.date(2026, 11, 26),
        )  # fmt: skip
        width, height = pypdfium2.PdfDocument(io.BytesIO(made))[0].get_size()
        return round(width * MILLIMETRES), round(height * MILLIMETRES)

    assert [page_of(columns) for columns in (3, 7, 24)] == [(210, 297), (297, 210), (420, 297)]
