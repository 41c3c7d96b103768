"""A list of a register as a tagged PDF."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from lokum.core.papers.rendering import texts
from lokum.core.papers.rendering.process import render
from lokum.core.papers.rendering.widths import fitted

LIST_TIMEOUT = 120.0
MARGINS, MANY, READABLE = 24, 5, 6.0  # millimetres; more columns than these lie across; points


def _table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], totals: Iterable[Sequence[str]], right: Sequence[bool],
    size: float, pad: float,
) -> dict[str, Any]:  # fmt: skip
    """The table with its widths; one whose letters would be too small on A4 takes A3."""
    body, sums = [list(row) for row in rows], [list(row) for row in totals]
    paper, page = "a4", 297 if len(headings) > MANY else 210
    letters, widths = fitted(headings, [*body, *sums], list(right), size=size, room=page - MARGINS, pad=pad)
    if letters < READABLE:
        paper, page = "a3", 420
        letters, widths = fitted(headings, [*body, *sums], list(right), size=size, room=page - MARGINS, pad=pad)
    return {
        "headings": list(headings), "rows": body, "totals": sums, "right": list(right),
        "size": letters, "widths": widths, "paper": paper, "flipped": page > 210,
    }  # fmt: skip


def render_list(
    title: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right: Sequence[bool],
    totals: Iterable[Sequence[str]] = (),
    note: str = "",
    language: str = "en",
    day: dt.date,
) -> bytes:
    """`right`: which columns are aligned right; `totals`: bold rows at the end. Raises RenderProblem."""
    data = {
        "meta": {"issued": [day.year, day.month, day.day]},
        "title": title,
        "note": note,
        "language": language.lower(),
        "lang": texts.typst_language(language.lower()).get("lang", "en"),
        **_table(headings, rows, totals, right, 8.5, 3.0),
    }
    return render("list/1", data, {}, timeout=LIST_TIMEOUT)


def render_report(
    title: str,
    facts: Sequence[tuple[str, str]],
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right: Sequence[bool],
    totals: Iterable[Sequence[str]] = (),
    language: str = "en",
    day: dt.date,
) -> bytes:
    """A report: `facts` (definition, filters, data moment, author) above the rows. Raises RenderProblem."""
    data = {
        "meta": {"issued": [day.year, day.month, day.day]},
        "title": title,
        "facts": [list(fact) for fact in facts],
        "language": language.lower(),
        "lang": texts.typst_language(language.lower()).get("lang", "en"),
        **_table(headings, rows, totals, right, 8.0, 2.6),
    }
    return render("report/1", data, {}, timeout=LIST_TIMEOUT)
