"""Elixir-0, the domestic order format, as banks use it for daily files of mass payments.

Sixteen columns with commas, texts in quotes, ``|`` where a text begins a new line, no header and no balances.
The file does not name the account it belongs to: the payee account of every line is the (virtual) account
paid to.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from .account_number import account_key, is_nrb
from .problems import BrokenFile, CutFile, EmptyFile, FileNote, note
from .statement import Entry, Statement

COLUMNS = 16
TRANSFER, DIRECT_DEBIT = "110", "210"
_FIRST_LINE = re.compile(r"\ufeff?\s*[0-9]{3},[0-9]{8},[0-9]{1,15},")
_TITLE_WIDTH = 35


def looks_like_elixir(text: str) -> bool:
    return _FIRST_LINE.match(text) is not None


def read_elixir(text: str) -> tuple[Statement, ...]:
    """One statement without account and balances. Raises FileProblem."""
    entries: list[Entry] = []
    for line, content, ended in _lines(text):
        if not content.strip(" \x1a"):
            continue
        entries.append(_read_line(content, line, ended, len(entries)))
    if not entries:
        raise EmptyFile("no_statement", _("The file contains no statement."))
    return (Statement("", "", "PLN", None, None, tuple(entries), "elixir-0"),)


def _lines(text: str) -> Iterator[tuple[int, str, bool]]:
    pieces = re.split(r"(\r\n|\r|\n)", text.lstrip("\ufeff"))
    for number, start in enumerate(range(0, len(pieces), 2), start=1):
        yield number, pieces[start], start + 1 < len(pieces)


def _read_line(content: str, line: int, ended: bool, index: int) -> Entry:
    # Without its line end the last line is whole only when the last text was closed.
    if not ended and not content.rstrip().endswith('"'):
        raise CutFile("cut", _("The file is cut: its last line is not complete."), line=line)
    try:
        columns = next(csv.reader([content], strict=True))
    except (csv.Error, StopIteration):
        raise CutFile("cut", _("The file is cut: its last line is not complete."), line=line) from None
    if len(columns) != COLUMNS:
        problem = BrokenFile if ended else CutFile
        raise problem(
            "wrong_columns",
            _("A line has %(found)s columns, %(expected)s are expected."),
            line=line,
            found=len(columns),
            expected=COLUMNS,
        )
    warnings: list[FileNote] = []
    if columns[0] not in (TRANSFER, DIRECT_DEBIT):
        warnings.append(note("order_type", _("The order type %(text)s is not a transfer."), line=line, text=columns[0]))
    booked_on = _read_date(columns[1], line)
    payee = account_key(columns[6])
    if not is_nrb(payee):
        warnings.append(note("virtual_account_unreadable", _("The virtual account cannot be read."), line=line))
    name, address = _party(columns[7])
    return Entry(
        booked_on=booked_on,
        value_on=booked_on,
        amount=_read_grosze(columns[2], line),
        currency="PLN",
        counter_account=account_key(columns[5]),
        counter_name=name,
        counter_address=address,
        title=_title(columns[11]),
        bank_reference=columns[15].strip(),
        virtual_account=payee if is_nrb(payee) else None,
        raw=content,
        warnings=tuple(warnings),
        index=index,
        line=line,
    )


def _read_date(text: str, line: int) -> date:
    try:
        if not re.fullmatch(r"[0-9]{8}", text):
            raise ValueError
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise BrokenFile("entry_without_date", _("An entry has no date that exists."), line=line) from None


def _read_grosze(text: str, line: int) -> Decimal:
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise BrokenFile("amount_unreadable", _("The amount %(text)s cannot be read."), line=line, text=text[:40])
    return Decimal(int(text)).scaleb(-2)


def _party(text: str) -> tuple[str, str]:
    """``name|name, continued|street|town``."""
    parts = [part.strip() for part in text.split("|")]
    return " ".join(filter(None, parts[:2])), " ".join(filter(None, parts[2:]))


def _title(text: str) -> str:
    title = ""
    for part in text.split("|"):
        title += part if len(part) >= _TITLE_WIDTH else part + " "
    return " ".join(title.split())
