"""One door for all bank files: find out what it is, read it, or say in plain words why not."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from django.utils.translation import gettext_lazy as _

from .camt import read_camt
from .csv_profile import CsvProfile, read_csv
from .elixir import looks_like_elixir, read_elixir
from .encodings import decode
from .mt940 import looks_like_mt940, read_mt940
from .problems import EmptyFile, ForeignFile, HostileFile, note
from .statement import Statement

MAX_BYTES = 24 * 1024 * 1024
_SIGNATURES = (
    (
        b"%PDF",
        _("This is a PDF document. The bank also offers the statement as a data file (MT940 or camt.053)."),
    ),
    (
        b"PK\x03\x04",
        _("This is a spreadsheet or an archive. Unpack it, or fetch the statement as MT940 or camt.053."),
    ),
    (b"\xd0\xcf\x11\xe0", _("This is an old office document, not a bank statement.")),
    (b"\x1f\x8b", _("This is a compressed file. Unpack it first.")),
    (b"\x89PNG", _("This is a picture, not a bank statement.")),
    (b"\xff\xd8\xff", _("This is a picture, not a bank statement.")),
)


@dataclass(frozen=True)
class BankProfile:
    """Settings of one bank connection: fixed encoding, subfield of the virtual account, table layout."""

    encoding: str | None = None
    virtual_subfield: str | None = None
    csv: CsvProfile | None = None


@dataclass(frozen=True)
class BankFile:
    """A file that was read. ``format`` is that of its statements, ``sha256`` that of the bytes."""

    statements: tuple[Statement, ...]
    encoding: str
    format: str
    sha256: str


def read_bank_file(data: bytes, *, encoding: str | None = None, profile: BankProfile | None = None) -> BankFile:
    """Read a bank file of any supported kind.

    ``encoding`` overrides the profile's, both override the guess. Raises FileProblem and nothing else.
    """
    profile = profile or BankProfile()
    if not data.strip(b"\x00\x01\x03\x1a \t\r\n\xef\xbb\xbf"):
        raise EmptyFile("empty", _("The file is empty."))
    if len(data) > MAX_BYTES:
        raise HostileFile("too_large", _("The file is larger than a bank statement can be."))
    for signature, reason in _SIGNATURES:
        if data.startswith(signature):
            raise ForeignFile("foreign", reason)
    if _is_xml(data):
        statements, used = read_camt(data), "xml"
    else:
        if b"\x00" in data:
            raise ForeignFile("foreign", _("This is not a text file, so it cannot be a bank statement."))
        text, used = decode(data, encoding or profile.encoding)
        statements = _read_text(text, profile)
    return BankFile(
        statements=_note_gaps(statements),
        encoding=used,
        format=statements[0].format,
        sha256=hashlib.sha256(data).hexdigest(),
    )


def _is_xml(data: bytes) -> bool:
    head = data[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:15].lower().startswith((b"<!doctype html", b"<html")):
        raise ForeignFile("foreign", _("This is a web page, perhaps an error page of the bank, not a statement."))
    return head[:1] == b"<" or head[:4] in (b"\xff\xfe<\x00", b"\xfe\xff\x00<")


def _read_text(text: str, profile: BankProfile) -> tuple[Statement, ...]:
    if looks_like_mt940(text):
        return read_mt940(text, virtual_subfield=profile.virtual_subfield)
    if looks_like_elixir(text):
        return read_elixir(text)
    if profile.csv is not None:
        return read_csv(text, profile.csv)
    raise ForeignFile(
        "foreign",
        _("The file is not a bank statement in a known form (MT940, camt.053, camt.054 or Elixir)."),
    )


def _note_gaps(statements: tuple[Statement, ...]) -> tuple[Statement, ...]:
    """A warning where a statement does not begin with the balance its predecessor in the file ended with."""
    last: dict[str, Statement] = {}
    noted = []
    for statement in statements:
        before = last.get(statement.account_key)
        if difference := gap_before(before, statement):
            warning = note(
                "order",
                _("The statement begins with %(opening)s, the one before ended with %(closing)s."),
                opening=difference[0],
                closing=difference[1],
            )
            statement = replace(statement, warnings=(*statement.warnings, warning))
        if statement.closing is not None:
            last[statement.account_key] = statement
        noted.append(statement)
    return tuple(noted)


def gap_before(before: Statement | None, statement: Statement) -> tuple[str, str] | None:
    """(opening, closing before) as text when two statements of one account do not follow each other."""
    if before is None or before.closing is None or statement.opening is None:
        return None
    closing, opening = before.closing, statement.opening
    if (closing.amount, closing.currency) == (opening.amount, opening.currency):
        return None
    return f"{opening.amount:.2f} {opening.currency}", f"{closing.amount:.2f} {closing.currency}"
