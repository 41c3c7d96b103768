"""Tables of transactions (CSV) with columns a person described once, per bank.

CSV files carry neither the account nor checked balances, so they only come in through a profile; what the
profile does not say is not guessed.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from .account_number import account_key, is_nrb
from .problems import BrokenFile, CutFile, EmptyFile, ForeignFile
from .statement import Entry, Statement, parse_amount

Column = str | int
_TEXTS = ("counter_name", "counter_address", "title", "bank_reference", "end_to_end")
_KNOWN = frozenset(
    {"booked_on", "value_on", "amount", "credit_amount", "debit_amount", "currency", "counter_account"}
    | {"virtual_account", *_TEXTS}
)
MAX_ROWS = 200_000


@dataclass(frozen=True)
class CsvProfile:
    """How one bank writes its table.

    ``columns`` maps the parts of an entry to a header or a number counted from 0. Amounts are one signed
    column ``amount``, or ``credit_amount`` and ``debit_amount`` without sign. ``only_starting_with`` keeps
    rows of one kind (some banks begin payment rows with "02"). ``in_hundredths`` is for amounts without a
    separator.
    """

    name: str
    columns: dict[str, Column] = field(default_factory=dict)
    delimiter: str = ";"
    skip_lines: int = 0
    has_header: bool = True
    date_format: str = "%Y-%m-%d"
    currency: str = "PLN"
    account: str = ""
    only_starting_with: str = ""
    in_hundredths: bool = False

    def __post_init__(self) -> None:
        unknown = set(self.columns) - _KNOWN
        if unknown:
            raise ValueError(f"unknown parts: {sorted(unknown)}")
        if "booked_on" not in self.columns or not ({"amount", "credit_amount"} & set(self.columns)):
            raise ValueError("a profile names at least the booking date and an amount")
        if not self.has_header and any(isinstance(column, str) for column in self.columns.values()):
            raise ValueError("columns of a table without header are numbers")


def read_csv(text: str, profile: CsvProfile) -> tuple[Statement, ...]:
    """One statement without balances. Raises FileProblem."""
    lines = text.lstrip("\ufeff").splitlines(keepends=True)
    if lines and len(lines) > profile.skip_lines and not lines[-1].endswith(("\n", "\r")) and _is_open(lines[-1]):
        raise CutFile("cut", _("The file is cut: its last line is not complete."), line=len(lines))
    body = "".join(lines[profile.skip_lines :])
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=profile.delimiter, strict=True)
    entries: list[Entry] = []
    places: dict[str, int] | None = None if profile.has_header else _places(profile, None)
    width = 0
    try:
        for row in reader:
            line = profile.skip_lines + reader.line_num
            if not any(cell.strip() for cell in row):
                continue
            if places is None:
                places = _places(profile, [cell.strip() for cell in row])
                width = len(row)
                continue
            if profile.only_starting_with and row[0].strip() != profile.only_starting_with:
                continue
            width = width or len(row)
            _check_width(row, width, places, line)
            entries.append(_read_row(row, places, profile, line, len(entries)))
            if len(entries) > MAX_ROWS:
                raise BrokenFile("too_large", _("The file is larger than a bank statement can be."))
    except csv.Error:
        raise BrokenFile(
            "row_unreadable",
            _("A row of the table cannot be read."),
            line=profile.skip_lines + reader.line_num,
        ) from None
    if not entries:
        raise EmptyFile("no_statement", _("The file contains no statement."))
    currency = entries[0].currency
    return (Statement(profile.account, "", currency, None, None, tuple(entries), f"csv {profile.name}".strip()),)


def _is_open(line: str) -> bool:
    return line.count('"') % 2 == 1


def _check_width(row: list[str], width: int, places: dict[str, int], line: int) -> None:
    needed = max(places.values()) + 1
    # A cut row is shorter than the others; an empty column at the end may be left out by none or all of them.
    if len(row) < max(needed, width):
        raise CutFile(
            "wrong_columns",
            _("A line has %(found)s columns, %(expected)s are expected."),
            line=line,
            found=len(row),
            expected=max(needed, width),
        )


def _places(profile: CsvProfile, header: list[str] | None) -> dict[str, int]:
    places = {}
    for part, column in profile.columns.items():
        if isinstance(column, int):
            places[part] = column
        elif header is not None and column in header:
            places[part] = header.index(column)
        else:
            raise ForeignFile(
                "column_missing",
                _("The table has no column “%(column)s”, which the profile “%(profile)s” expects."),
                column=column,
                profile=profile.name,
            )
    return places


def _read_row(row: list[str], places: dict[str, int], profile: CsvProfile, line: int, index: int) -> Entry:
    def cell(part: str) -> str:
        return " ".join(row[places[part]].split()) if part in places else ""

    booked_on = _read_date(cell("booked_on"), profile.date_format, line)
    value_on = _read_date(cell("value_on"), profile.date_format, line) if cell("value_on") else booked_on
    virtual = account_key(cell("virtual_account"))
    return Entry(
        booked_on=booked_on,
        value_on=value_on,
        amount=_row_amount(cell("amount"), cell("credit_amount"), cell("debit_amount"), profile, line),
        currency=cell("currency") or profile.currency,
        counter_account=account_key(cell("counter_account")),
        counter_name=cell("counter_name"),
        counter_address=cell("counter_address"),
        title=cell("title"),
        bank_reference=cell("bank_reference"),
        end_to_end=cell("end_to_end"),
        virtual_account=virtual if is_nrb(virtual) else None,
        raw=profile.delimiter.join(row),
        index=index,
    )


def _row_amount(amount: str, credit: str, debit: str, profile: CsvProfile, line: int) -> Decimal:
    if amount:
        return _read_amount(amount, profile, line)
    if not credit and not debit:
        raise BrokenFile("amount_unreadable", _("The amount %(text)s cannot be read."), line=line, text="")
    incoming = abs(_read_amount(credit, profile, line)) if credit else Decimal("0.00")
    outgoing = abs(_read_amount(debit, profile, line)) if debit else Decimal("0.00")
    return incoming - outgoing


def _read_amount(text: str, profile: CsvProfile, line: int) -> Decimal:
    compact = text.replace(" ", "").replace("\u00a0", "").replace("\u202f", "").replace("−", "-")
    negative = compact.startswith("-") or compact.endswith("-")
    digits = compact.strip("+-")
    if "," in digits and "." in digits:  # the later of the two separates the hundredths
        thousands = "." if digits.rfind(",") > digits.rfind(".") else ","
        digits = digits.replace(thousands, "")
    try:
        value = parse_amount(digits)
    except ValueError:
        raise BrokenFile(
            "amount_unreadable", _("The amount %(text)s cannot be read."), line=line, text=text[:40]
        ) from None
    if profile.in_hundredths:
        value = (value / 100).quantize(Decimal("0.01"))
    return -value if negative else value


def _read_date(text: str, date_format: str, line: int) -> date:
    try:
        return datetime.strptime(text, date_format).date()  # noqa: DTZ007 - a day of the bank, no time of day
    except ValueError:
        raise BrokenFile("entry_without_date", _("An entry has no date that exists."), line=line) from None
