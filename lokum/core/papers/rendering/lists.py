"""A list of a register as a tagged PDF."""

import datetime as dt
from collections.abc import Iterable, Sequence

from lokum.core.papers.rendering import texts
from lokum.core.papers.rendering.process import render

LIST_TIMEOUT = 120.0


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
        "headings": list(headings),
        "rows": [list(row) for row in rows],
        "totals": [list(row) for row in totals],
        "right": list(right),
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
        "headings": list(headings),
        "rows": [list(row) for row in rows],
        "totals": [list(row) for row in totals],
        "right": list(right),
    }
    return render("report/1", data, {}, timeout=LIST_TIMEOUT)
