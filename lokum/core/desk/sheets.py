"""Sheets out: xlsx with typed cells, csv that no spreadsheet executes; same columns, filters and masks as the list."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from rustpy_xlsxwriter import Format, write_worksheet

from lokum.core.base import policy
from lokum.core.base.templatetags.lokum import amount_text
from lokum.core.desk.columns import Column, column, plain_text
from lokum.core.desk.listing import Listing
from lokum.core.desk.own_fields import own_names

MEDIA_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
FORMATS = ["xlsx", "csv"]
_printers: dict[str, Callable[["PrintedList"], bytes]] = {}
JOB_ROWS = 5_000  # larger sheets are made by a background job
FORMULA_START = re.compile(r"^[\s]*[=+\-@\t\r]")
PLAIN_NUMBER = re.compile(r"^[+-]?\d+([.,]\d+)?$")
CHUNK = 2_000


@dataclass(frozen=True)
class PrintedList:
    """A list as people read it, for formats that layers above add (pdf)."""

    title: str
    headings: list[str]
    rows: Iterable[list[str]]
    right: list[bool]
    totals: list[list[str]]
    note: str
    count: int


def add_format(name: str, media_type: str, printer: Callable[[PrintedList], bytes]) -> None:
    """Offer one more format on every list."""
    _printers[name] = printer
    MEDIA_TYPES[name] = media_type
    if name not in FORMATS:
        FORMATS.append(name)


def printed(shown: Listing, columns: Sequence[Column]) -> PrintedList:
    desk = shown.desk
    unmasked = not desk.masked or policy.may(shown.user, desk.right("unmask"))
    shown.columns = list(columns)

    known = set(shown.queryset.order_by().values_list(desk.currency, flat=True).distinct()) if desk.currency else set()
    alone = f" ({known.pop()})" if len(known) == 1 else ""

    def cell(one: Column, record: Any) -> str:
        if one.kind == "amount" and (value := one.value(record)) is not None:
            currency = desk.currency_of(record)
            return amount_text(value, places_like=currency) + (f" {currency}" if currency and not alone else "")
        return one.text(record, unmasked=unmasked)

    rows = ([cell(one, record) for one in columns] for record in shown.ordered().iterator(CHUNK))
    totals = []
    for line in shown.totals():
        sums = [line["sums"].get(one.path) for one in columns]
        texts = ["" if value is None else amount_text(value, places_like=line["currency"] or "") for value in sums]
        texts[0] = texts[0] or f"{_('Total')} {line['currency'] or ''}".strip()
        totals.append(texts)
    note = " · ".join(f"{chip.label}: {chip.text}" for chip in shown.chips)
    if shown.search:
        note = " · ".join(text for text in (f"{_('Search')}: {shown.search}", note) if text)
    right = [one.right_aligned for one in columns]
    labels = [one.label + (alone if one.kind == "amount" else "") for one in columns]
    return PrintedList(desk.title, labels, rows, right, totals, note, shown.queryset.order_by().count())


def export_columns(shown: Listing, *, for_import: bool) -> list[Column]:
    """The columns on screen, or all fields a sheet can bring back."""
    if not for_import:
        return shown.columns
    desk = shown.desk
    extras = [one.name for one in desk.sheet_extras]
    names = list(dict.fromkeys([*desk.import_key, *desk.fields, *own_names(desk.model), *extras]))
    return [column(desk, name) for name in names]


def names_currency(shown: Listing, columns: Sequence[Column], *, for_import: bool) -> bool:
    """Whether a sheet needs a column that says in what its amounts are; one that comes back brings fields only."""
    desk = shown.desk
    amounts = any(one.kind == "amount" for one in columns)
    return bool(desk.currency) and amounts and not for_import and all(one.path != desk.currency for one in columns)


def sheet_rows(shown: Listing, columns: Sequence[Column], *, currency: bool = False) -> Iterator[list[Any]]:
    """Rows of values; protected columns stay masked without the right to see them. currency: say it at the end."""
    desk = shown.desk
    unmasked = not desk.masked or policy.may(shown.user, desk.right("unmask"))
    shown.columns = list(columns)
    for record in shown.ordered(keys=True).iterator(chunk_size=CHUNK):
        values = [one.sheet_value(record, unmasked=unmasked) for one in columns]
        yield [*values, desk.currency_of(record)] if currency else values


def unique_headings(columns: Sequence[Column]) -> list[str]:
    """Headings of a sheet; two equal labels are told apart by their field."""
    labels = [one.label for one in columns]
    return [one.label if labels.count(one.label) == 1 else f"{one.label} ({one.path})" for one in columns]


def _cell(value: Any) -> Any:
    """A value as a spreadsheet knows it: numbers as numbers, long integers as text, everything else as text."""
    if isinstance(value, bool):
        return 1 if value else 0
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, int) and abs(value) > 2**53:
        return str(value)
    return value


def write_xlsx(headings: Sequence[str], rows: Iterable[Sequence[Any]], columns: Sequence[Column] = ()) -> bytes:
    """One sheet; text stays text even where it looks like a formula."""
    formats = {}
    for heading, one in zip(headings, columns, strict=False):
        pattern = {"amount": "#,##0.00", "date": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm"}.get(one.kind)
        if pattern:
            formats[heading] = Format().set_num_format(pattern)
    buffer = io.BytesIO()
    records = (dict(zip(headings, map(_cell, row), strict=True)) for row in rows)
    first = next(records, None)
    if first is None:
        # An empty sheet still names its columns: templates are filled in by hand.
        first = dict.fromkeys(headings)
    write_worksheet(
        _chain(first, records), buffer, sheet_name="Lokum", freeze_row=1, bold_headers=True,
        datetime_format="yyyy-mm-dd", column_formats=formats or None, column_width=18.0, autofilter=True,
    )  # fmt: skip
    return buffer.getvalue()


def _chain(first: dict[str, Any], rest: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    yield first
    yield from rest


def safe_text(value: Any) -> str:
    """Text for csv: what a spreadsheet would execute gets an apostrophe in front, numbers stay numbers."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return plain_text(value)
    text = plain_text(value)
    if FORMULA_START.match(text) and not PLAIN_NUMBER.match(text):
        return "'" + text
    return text


def write_csv(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """UTF-8 with a mark for spreadsheets, separated by commas."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([safe_text(heading) for heading in headings])
    for row in rows:
        writer.writerow([safe_text(value) for value in row])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def write_listing(shown: Listing, kind: str, *, for_import: bool = False) -> bytes:
    """The whole filtered list as a file of one of the FORMATS."""
    columns = export_columns(shown, for_import=for_import)
    headings = unique_headings(columns)
    currency = names_currency(shown, columns, for_import=for_import)
    if currency:
        label = _("Currency")
        headings.append(label if label not in headings else f"{label} ({shown.desk.currency})")
    rows = sheet_rows(shown, columns, currency=currency)
    if kind == "csv":
        return write_csv(headings, rows)
    if kind == "xlsx":
        return write_xlsx(headings, rows, columns)
    return _printers[kind](printed(shown, columns))
