"""Reading an uploaded sheet as plain cells, within limits that a hostile file cannot pass."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from lokum.core.base.errors import Refusal

MAX_FILE = 40 * 1024 * 1024
MAX_UNPACKED = 400 * 1024 * 1024
MAX_PARTS = 500
MAX_RATIO = 200
MAX_ROWS = 200_000
MAX_COLUMNS = 200
FORMULA = re.compile(rb"<f[\s/>]")
CELL_OF_FORMULA = re.compile(rb'<c r="([A-Z]{1,3}[0-9]+)"(?:(?!</c>).)*?<f[\s/>]', re.S)
BLOCK = 1 << 20


def _refuse(code: str, text: str) -> Refusal:
    return Refusal(code, text, fields={"file": [text]})


def _check_archive(data: bytes) -> zipfile.ZipFile:
    """A workbook is a zip archive: refuse bombs before anything is unpacked."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError):
        raise _refuse("sheet.unreadable", _("This is not a readable xlsx workbook."))
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED or unpacked > max(len(data), 1000) * MAX_RATIO:
        raise _refuse("sheet.too_large", _("This workbook is too large when unpacked."))
    return archive


def _check_formulas(archive: zipfile.ZipFile) -> None:
    """Formulas are refused: what they show depends on the program that opens them."""
    for part in archive.namelist():
        if not part.startswith("xl/worksheets/") or not part.endswith(".xml"):
            continue
        rest, size = b"", 0
        with archive.open(part) as stream:
            while block := stream.read(BLOCK):
                size += len(block)
                if size > MAX_UNPACKED:
                    raise _refuse("sheet.too_large", _("This workbook is too large when unpacked."))
                text = rest + block
                if FORMULA.search(text):
                    found = CELL_OF_FORMULA.search(text)
                    cell = found.group(1).decode() if found else "?"
                    message = _("Cell %(cell)s holds a formula. Replace formulas by their values.") % {"cell": cell}
                    raise _refuse("sheet.formula", message)
                rest = text[-4096:]


def _xlsx(data: bytes) -> Iterator[list[Any]]:
    archive = _check_archive(data)
    try:
        _check_formulas(archive)
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheet = workbook.get_sheet_by_index(0)
        if sheet.total_height > MAX_ROWS + 1 or sheet.total_width > MAX_COLUMNS:
            raise _refuse("sheet.too_large", _("A sheet has at most %(rows)s rows.") % {"rows": MAX_ROWS})
        yield from (list(row) for row in sheet.iter_rows())
    # zipfile says RuntimeError of what is encrypted, and its kind NotImplementedError of an unknown compression.
    except (CalamineError, zipfile.BadZipFile, RuntimeError, EOFError, IndexError):
        raise _refuse("sheet.unreadable", _("This is not a readable xlsx workbook."))


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1250"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _refuse("sheet.unreadable", _("The text of this file cannot be read. Save it as UTF-8."))


def _csv(data: bytes) -> Iterator[list[Any]]:
    text = _decoded(data)
    if "\x00" in text:
        raise _refuse("sheet.unreadable", _("This is not a text file with columns."))
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    for number, row in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), 1):
        if number > MAX_ROWS + 1 or len(row) > MAX_COLUMNS:
            raise _refuse("sheet.too_large", _("A sheet has at most %(rows)s rows.") % {"rows": MAX_ROWS})
        # Our own csv puts an apostrophe before text that a spreadsheet would execute; take it back.
        yield [cell[1:] if cell[:1] == "'" and cell[1:2] in "=+-@\t\r" else cell for cell in row]


def read_sheet(data: bytes, name: str) -> tuple[list[str], list[tuple[int, list[Any]]]]:
    """Headings and rows (row number as people see it, cells). Empty rows are left out.

    Raises Refusal for what is too large, unreadable, empty or holds formulas.
    """
    if len(data) > MAX_FILE:
        raise _refuse("sheet.too_large", _("This file is too large."))
    if not data:
        raise _refuse("sheet.empty", _("This file is empty."))
    try:
        cells = _xlsx(data) if name.lower().endswith(".xlsx") or data[:2] == b"PK" else _csv(data)
        rows = [(number, row) for number, row in enumerate(cells, 1) if any(cell not in ("", None) for cell in row)]
    except csv.Error:
        raise _refuse("sheet.unreadable", _("This is not a text file with columns."))
    if len(rows) < 2:
        raise _refuse("sheet.empty", _("This sheet has no rows below its headings."))
    headings = [str(cell or "").strip() for cell in rows[0][1]]
    return headings, rows[1:]
