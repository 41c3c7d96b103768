"""The workbook out: an empty template, or an estate as it is on a day, ready to be changed and brought back."""

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from typing import Any

import xlsxwriter
from django.db import connection
from django.utils.text import capfirst

from lokum.property.occupancy.workbook.layout import FACT_COLUMNS, SHEETS, Sheet

_FACTS = ", ".join(f"max(f.value) FILTER (WHERE f.kind = '{name}') AS {name}" for name in FACT_COLUMNS)
_QUERIES = {
    "buildings": """
        SELECT e.code, b.code, b.street, b.house_number, b.name, b.postal_code, b.city, b.territory_code,
               b.register_number, b.built_year
          FROM estates_building b JOIN estates_estate e ON e.id = b.estate_id
         WHERE e.id = ANY(%(estates)s) AND b.closed_on IS NULL AND b.kind = 'building' ORDER BY b.sort_code""",
    "entrances": """
        SELECT b.code, x.code, x.address FROM estates_entrance x JOIN estates_building b ON b.id = x.building_id
         WHERE b.estate_id = ANY(%(estates)s) AND x.closed_on IS NULL AND b.closed_on IS NULL
         ORDER BY b.sort_code, x.sort_code""",
    "storeys": """
        SELECT b.code, x.level, x.name FROM estates_storey x JOIN estates_building b ON b.id = x.building_id
         WHERE b.estate_id = ANY(%(estates)s) AND x.closed_on IS NULL AND b.closed_on IS NULL
         ORDER BY b.sort_code, x.level""",
    "premises": f"""
        SELECT p.code, b.code, p.number, p.kind, x.code, l.level, p.register_number,
               {", ".join(f"v.{name}" for name in FACT_COLUMNS)}
          FROM estates_premises p JOIN estates_building b ON b.id = p.building_id
          LEFT JOIN estates_entrance x ON x.id = p.entrance_id
          LEFT JOIN estates_storey l ON l.id = p.storey_id
          LEFT JOIN (SELECT f.premises_id, {_FACTS} FROM estates_premisesfact f
                      WHERE f.valid @> %(on)s::date AND upper_inf(f.recorded) GROUP BY f.premises_id) v
            ON v.premises_id = p.id
         WHERE b.estate_id = ANY(%(estates)s) AND p.closed_on IS NULL AND p.kind <> 'supply_point'
         ORDER BY b.sort_code, p.sort_number""",  # noqa: S608
    "shares": """
        SELECT p.code, s.numerator, s.denominator
          FROM estates_ownershipshare s JOIN estates_premises p ON p.id = s.premises_id
          JOIN estates_building b ON b.id = p.building_id
         WHERE b.estate_id = ANY(%(estates)s) AND s.valid @> %(on)s::date AND p.closed_on IS NULL
         ORDER BY b.sort_code, p.sort_number""",
    "owners": """
        SELECT p.code, t.kind, lower(t.valid), y.code, y.kind, y.last_name, y.first_name,
               CASE WHEN %(unmasked)s THEN y.personal_number END, y.tax_number,
               (SELECT c.value FROM parties_partycontact c WHERE c.party_id = y.id AND c.kind = 'phone'
                 ORDER BY c.preferred DESC, c.id LIMIT 1),
               (SELECT c.value FROM parties_partycontact c WHERE c.party_id = y.id AND c.kind = 'email'
                 ORDER BY c.preferred DESC, c.id LIMIT 1),
               h.numerator, h.denominator, t.member, t.document
          FROM occupancy_titleholder h JOIN occupancy_title t ON t.id = h.title_id
          JOIN parties_party y ON y.id = h.party_id
          JOIN estates_premises p ON p.id = t.premises_id JOIN estates_building b ON b.id = p.building_id
         WHERE b.estate_id = ANY(%(estates)s) AND t.valid @> %(on)s::date AND p.closed_on IS NULL
           AND y.id = ANY(%(parties)s)
         ORDER BY b.sort_code, p.sort_number, t.kind, h.id""",
}


def template() -> bytes:
    """Every sheet with its headings in the reader's language and no rows."""
    return _write((sheet, ()) for sheet in SHEETS)


def export(estates: Sequence[int], on: dt.date, *, parties: Sequence[int], unmasked: bool) -> bytes:
    """The estates as they are on a day. Personal numbers are left empty without the right to see them: an empty
    cell changes nothing when the workbook comes back."""
    given: dict[str, Any] = {"estates": list(estates), "on": on, "parties": list(parties), "unmasked": unmasked}

    def rows(sheet: Sheet) -> Iterable[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(_QUERIES[sheet.name], given)
            while part := cursor.fetchmany(5000):
                yield from part

    return _write((sheet, rows(sheet)) for sheet in SHEETS)


def _write(parts: Iterable[tuple[Sheet, Iterable[tuple[Any, ...]]]]) -> bytes:
    buffer = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    book = xlsxwriter.Workbook(buffer, options)
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    for sheet, rows in parts:
        page = book.add_worksheet(capfirst(str(sheet.label))[:31])
        page.freeze_panes(1, 0)
        page.set_column(0, len(sheet.columns) - 1, 16)
        for place, column in enumerate(sheet.columns):
            page.write_string(0, place, str(column.label), bold)
        for number, row in enumerate(rows, start=1):
            for place, value in enumerate(row):
                _cell(page, number, place, value, day)
    book.close()
    return buffer.getvalue()


def _cell(page: Any, number: int, place: int, value: Any, day: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        page.write_number(number, place, 1 if value else 0)
    elif isinstance(value, dt.date):
        page.write_datetime(number, place, dt.datetime.combine(value, dt.time()), day)
    elif isinstance(value, str):
        page.write_string(number, place, value)
    elif abs(value) >= 10**15:
        page.write_string(number, place, str(value))
    else:
        page.write_number(number, place, float(value))
