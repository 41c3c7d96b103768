"""From the bytes of a workbook to typed rows, with what is wrong by sheet, row and column. No database."""

import datetime as dt
import io
import itertools
import math
import re
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from defusedxml import ElementTree
from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from lokum.core.base.errors import Refusal
from lokum.property.occupancy.workbook.layout import OWNERS, Column, Sheet, choice_words, column_named, sheet_named

MOST_BYTES = 40 * 1024 * 1024
MOST_UNPACKED = 600 * 1024 * 1024
MOST_ROWS = 200_000
# An empty cell closes itself (<c .../>) and holds nothing; the search must not run on into its neighbour.
_FORMULA = re.compile(rb'<c r="([A-Z]{1,3})([0-9]+)"[^<>]*(?<!/)>(?:(?!</c>).)*?<f[\s/>]', re.S)
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_DAYS = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%Y/%m/%d", "%d %b %Y")
_YES = {"1", "yes", "true", "tak", "t", "y", "是"}
_NO = {"0", "no", "false", "nie", "n", "否"}


@dataclass(frozen=True)
class Problem:
    """What is wrong with one row; `row` counts as the spreadsheet does (1 = headings), 0 = the whole sheet."""

    sheet: str
    row: int
    column: str
    text: str


@dataclass
class Read:
    """Rows by sheet: (row number, values in the order of the sheet's columns). Rows with a problem are left out."""

    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    row_count: int = 0
    torn: list[tuple[Any, Any, Any]] = field(default_factory=list)  # titles (premises, kind, day) with an unread holder


class _Wrong(Exception):
    """A cell that cannot be the value of its column; the text says why."""


def _refuse(code: str, text: str) -> Refusal:
    return Refusal(code, text, fields={"file": [text]})


def read_workbook(data: bytes, progress: Callable[[int, int, str], None] | None = None) -> Read:
    """Typed rows of every known sheet. Raises Refusal for a file that is no workbook, too large or empty."""
    formulas = _formulas(_archive(data))
    workbook = _open(data)
    read = Read()
    for place, title in enumerate(workbook.sheet_names):
        if progress is not None:
            progress(place, len(workbook.sheet_names), _("Reading: %(sheet)s") % {"sheet": title})
        sheet = sheet_named(title)
        if sheet is None:
            read.problems.append(Problem(title, 0, "", _("There is no sheet of this name in the template.")))
            continue
        if sheet.name in read.rows:
            read.problems.append(Problem(title, 0, "", _("This sheet stands in the workbook twice.")))
            continue
        _read_sheet(workbook.get_sheet_by_name(title), sheet, formulas.get(title, set()), read)
    if not read.row_count and not read.problems:
        raise _refuse("workbook.empty", _("This workbook has no rows below its headings."))
    return read


def count_rows(data: bytes) -> int:
    """Rows below the headings of the known sheets, without reading them: is it worth a job?

    Raises Refusal for a file that is no workbook, too large, or holds no rows.
    """
    _formulas(_archive(data))
    workbook = _open(data)
    known = [workbook.get_sheet_by_name(title) for title in workbook.sheet_names if sheet_named(title) is not None]
    count = sum(sheet.end[0] for sheet in known if sheet.end)  # index of the last row, the headings being 0
    if count == 0:
        raise _refuse("workbook.empty", _("This workbook has no rows below its headings."))
    return count


def _open(data: bytes) -> Any:
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except (CalamineError, OSError, ValueError) as error:
        raise _refuse("workbook.unreadable", _("This is not a readable xlsx workbook.")) from error


def _archive(data: bytes) -> zipfile.ZipFile:
    """A workbook is a zip archive; bombs are refused before anything is unpacked."""
    if len(data) > MOST_BYTES:
        raise _refuse("workbook.too_large", _("This file is too large."))
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        unpacked = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise _refuse("workbook.unreadable", _("This is not a readable xlsx workbook.")) from error
    if unpacked > MOST_UNPACKED or unpacked > max(len(data), 1000) * 300:
        raise _refuse("workbook.too_large", _("This workbook is too large when unpacked."))
    return archive


def _formulas(archive: zipfile.ZipFile) -> dict[str, set[tuple[int, int]]]:
    """Cells with a formula by sheet, as (row, column) from 1: what they show depends on the program that opens them."""
    found: dict[str, set[tuple[int, int]]] = {}
    try:
        links = {
            one.get("Id"): one.get("Target", "")
            for one in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        }
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    except (KeyError, ElementTree.ParseError) as error:
        raise _refuse("workbook.unreadable", _("This is not a readable xlsx workbook.")) from error
    for one in book.iter():
        if not one.tag.endswith("}sheet"):
            continue
        target = str(links.get(one.get(_REL), "")).removeprefix("/xl/").removeprefix("xl/")
        try:
            text = archive.read(f"xl/{target}")
        except (KeyError, RuntimeError, zipfile.BadZipFile) as error:
            raise _refuse("workbook.unreadable", _("This is not a readable xlsx workbook.")) from error
        if b"<f>" in text or b"<f " in text:
            cells = {(int(match[2]), _column_number(match[1])) for match in _FORMULA.finditer(text)}
            found[one.get("name", "")] = cells
    return found


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _read_sheet(source: Any, sheet: Sheet, formulas: set[tuple[int, int]], read: Read) -> None:
    label = str(sheet.label)
    if source.total_height > MOST_ROWS + 1:
        raise _refuse("workbook.too_large", _("A sheet has at most %(rows)s rows.") % {"rows": MOST_ROWS})
    read.rows[sheet.name] = []
    # A formula without a kept value is an empty cell to the reader, which stops before trailing ones.
    last = min(max((row for row, _place in formulas), default=0), MOST_ROWS)
    height, left = (source.end[0] + 1, source.start[1]) if source.start else (0, 0)
    # One row at a time: a large sheet is never held whole. Columns left of the first filled one are not given.
    given = ([""] * left + cells for cells in source.iter_rows()) if left else source.iter_rows()
    lines = itertools.chain(given, [[]] * max(last - height, 0))
    headings = next(lines, None)
    places = None if headings is None else _places(headings, sheet, label, read)
    if places is None:
        return
    keys: Counter[tuple[Any, ...]] = Counter()
    first_of: dict[tuple[Any, ...], int] = {}
    for number, cells in enumerate(lines, start=2):
        if all(cell in ("", None) for cell in cells) and not any((number, place + 1) in formulas for place in places):
            continue
        read.row_count += 1
        values = _read_row(cells, number, sheet, label, places, formulas, read)
        if values is None:
            continue
        key = tuple(values.get(name) for name in sheet.key)
        if all(part is not None for part in key):
            keys[key] += 1
            if keys[key] > 1:
                if sheet is OWNERS:
                    read.torn.append((values.get("premises_code"), values.get("title_kind"), values.get("valid_from")))
                text = _("The same key stands in row %(row)s.") % {"row": first_of[key]}
                read.problems.append(Problem(label, number, str(sheet.column(sheet.key[-1]).label), text))
                continue
            first_of[key] = number
        read.rows[sheet.name].append((number, *(values.get(column.name) for column in sheet.columns)))


def _places(headings: list[Any], sheet: Sheet, label: str, read: Read) -> dict[int, Column] | None:
    """Which column stands where; None when a required one is absent."""
    places: dict[int, Column] = {}
    for place, heading in enumerate(headings):
        text = str(heading or "").strip()
        if not text:
            continue
        column = column_named(sheet, text)
        if column is None:
            read.problems.append(Problem(label, 1, text, _("This column is not known and is not read.")))
        elif column in places.values():
            read.problems.append(Problem(label, 1, text, _("This column stands in the sheet twice.")))
        else:
            places[place] = column
    absent = [str(one.label) for one in sheet.columns if one.required and one not in places.values()]
    if absent:
        text = _("The sheet needs the columns: %(names)s.") % {"names": ", ".join(absent)}
        read.problems.append(Problem(label, 1, "", text))
        return None
    return places


def _read_row(
    cells: list[Any],
    number: int,
    sheet: Sheet,
    label: str,
    places: dict[int, Column],
    formulas: set[tuple[int, int]],
    read: Read,
) -> dict[str, Any] | None:
    values: dict[str, Any] = {}
    sound = True
    for place, column in places.items():
        try:
            if (number, place + 1) in formulas:
                raise _Wrong(_("This cell holds a formula; replace it by its value."))
            values[column.name] = cell_value(column, cells[place] if place < len(cells) else None)
            if column.required and values[column.name] is None:
                raise _Wrong(_("This cell must not be empty."))
        except _Wrong as wrong:
            read.problems.append(Problem(label, number, str(column.label), str(wrong)))
            sound = False
    if not sound and sheet is OWNERS:
        read.torn.append((values.get("premises_code"), values.get("title_kind"), values.get("valid_from")))
    return values if sound else None


def cell_value(column: Column, cell: Any) -> Any:
    """The cell as the column's type; an empty cell is None and changes nothing. Raises _Wrong with the reason."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    readers = {"whole": _whole, "number": _number, "date": _day, "yesno": _yesno}
    if column.kind in readers:
        return readers[column.kind](cell)
    text = _text(cell)
    if column.kind == "choice":
        value = choice_words(column.choices).get(text.casefold())
        if value is None:
            raise _Wrong(_("“%(text)s” is not one of the choices.") % {"text": text[:40]})
        return value
    if len(text) > column.size:
        raise _Wrong(_("At most %(count)s characters.") % {"count": column.size})
    return text


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float) and cell == int(cell):
        return str(int(cell))
    if isinstance(cell, dt.date | dt.datetime | dt.time | dt.timedelta):
        raise _Wrong(_("This cell holds a date where text belongs."))
    return str(cell).strip().replace("\x00", "")


def _number(cell: Any) -> Decimal:
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        raise _Wrong(_("This is not a number."))
    if isinstance(cell, float):
        if not math.isfinite(cell):
            raise _Wrong(_("This is not a number."))
        number = Decimal(repr(cell))
    else:
        text = re.sub(r"[\s\u00a0\u202f]", "", str(cell))
        try:
            number = Decimal(text.replace(",", ".") if "." not in text else text)
        except InvalidOperation:
            raise _Wrong(_("“%(text)s” is not a number.") % {"text": str(cell)[:40]}) from None
        if not number.is_finite():
            raise _Wrong(_("This is not a number."))
    if abs(number) >= Decimal(10) ** 10 or number != round(number, 4):
        raise _Wrong(_("At most ten digits before and four after the decimal point."))
    return number


def _whole(cell: Any) -> int:
    number = _number(cell)
    if number != number.to_integral_value():
        raise _Wrong(_("This is not a whole number."))
    return int(number)


def _day(cell: Any) -> dt.date:
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    if isinstance(cell, str):
        for pattern in _DAYS:
            try:
                return dt.datetime.strptime(cell.strip(), pattern).date()  # noqa: DTZ007 - a day has no zone
            except ValueError:
                continue
    raise _Wrong(_("“%(text)s” is not a date; write YYYY-MM-DD.") % {"text": str(cell)[:40]})


def _yesno(cell: Any) -> bool:
    if isinstance(cell, bool):
        return cell
    word = _text(cell).casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise _Wrong(_("“%(text)s” is neither yes nor no.") % {"text": word[:40]})
