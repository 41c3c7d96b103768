"""Reads of the register of documents."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from lokum.core.papers.models import IssuedDocument, NumberSeries, VoidNumber


@dataclass(frozen=True)
class SeriesLine:
    """One number of a series: issued, void, or missing (which must not happen in a series without gaps)."""

    serial: int
    number: str
    state: str
    reason: str = ""


def series_report(series: NumberSeries, period: str) -> Iterator[SeriesLine]:
    """Every serial of a period from 1 to the last one taken, in order."""
    counter = series.counters.filter(period=period).first()
    rows = IssuedDocument.objects.filter(series=series, series_period=period, kind=series.kind)  # copies share a number
    issued = dict(rows.values_list("serial", "number"))
    void = {one.serial: one for one in VoidNumber.objects.filter(series=series, period=period)}
    for serial in range(1, (counter.last if counter else 0) + 1):
        if serial in void:
            yield SeriesLine(serial, void[serial].number, "void", void[serial].reason)
        else:
            yield SeriesLine(serial, issued.get(serial, ""), "issued" if serial in issued else "missing")


def altered_documents() -> list[int]:
    """Documents whose data no longer give the hash they were issued with. Must be empty."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM papers_issueddocument "
            "WHERE content_hash <> encode(sha256(convert_to(data::text, 'UTF8')), 'hex') ORDER BY id"
        )
        return [row[0] for row in cursor.fetchall()]


@dataclass(frozen=True)
class SeriesPage:
    """A period of a series: how many numbers were taken, and every number that is void or missing."""

    period: str
    taken: int
    issued: int
    odd: list[SeriesLine]


def series_pages(series: NumberSeries) -> list[SeriesPage]:
    """The report of a series, newest period first."""
    pages = []
    for counter in series.counters.order_by("-period"):
        lines = list(series_report(series, counter.period))
        issued = sum(line.state == "issued" for line in lines)
        pages.append(SeriesPage(counter.period, counter.last, issued, [one for one in lines if one.state != "issued"]))
    return pages
