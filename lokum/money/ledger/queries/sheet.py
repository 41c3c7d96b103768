"""The account sheet in five columns with a running balance, at the same cost on page one and page ten thousand.

Rows are ordered by (booked_on, id). A page starts at a cursor that carries the running balance, so nothing before
it is read again; the first page takes its start from the balance table (newest first) or from an index-only sum.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

PAGE_SIZE = 50
ZERO = Decimal("0.00")
CHARGES = ("charge", "opening")
PAYMENTS = ("payment", "refund", "clearing")


@dataclass(frozen=True)
class Cursor:
    """Where the next page starts: behind this row, whose balance (newest first: the one before it) is known."""

    booked_on: dt.date
    entry_id: int
    balance: Decimal

    def __str__(self) -> str:
        return f"{self.booked_on.isoformat()}_{self.entry_id}_{self.balance}"

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        try:
            day, entry_id, amount = text.split("_")
            return cls(dt.date.fromisoformat(day), int(entry_id), Decimal(amount))
        except (ValueError, ArithmeticError):
            return None


@dataclass(frozen=True)
class SheetRow:
    """One row; exactly one of charge, correction, payment is set. Payments count positive in their column."""

    entry_id: int
    booked_on: dt.date
    effective_on: dt.date
    due_on: dt.date | None
    kind: str
    document_number: str
    description: str
    charge: Decimal | None
    correction: Decimal | None
    payment: Decimal | None
    balance: Decimal
    source_kind: str
    source_id: int


@dataclass(frozen=True)
class SheetPage:
    rows: list[SheetRow]
    next: Cursor | None
    opening: Decimal  # balance before the first day of the range
    closing: Decimal  # balance after the last day of the range


COLUMNS = "id, booked_on, effective_on, due_on, kind, document_number, description, amount, source_kind, source_id"
NEWEST = f"""
SELECT {COLUMNS} FROM ledger_entry
WHERE account_id = %(account)s AND booked_on >= %(start)s AND booked_on <= %(end)s
  AND (booked_on, id) < (%(day)s, %(entry)s){{sub}}
ORDER BY booked_on DESC, id DESC LIMIT %(limit)s
"""  # noqa: S608 - built from constants
OLDEST = f"""
SELECT {COLUMNS} FROM ledger_entry
WHERE account_id = %(account)s AND booked_on >= %(start)s AND booked_on <= %(end)s
  AND (booked_on, id) > (%(day)s, %(entry)s){{sub}}
ORDER BY booked_on, id LIMIT %(limit)s
"""  # noqa: S608 - built from constants
# Index-only sums on the sheet's covering index; the shorter end is summed.
IN_SUB = " AND coalesce(sub_account_id, 0) = %(sub)s"  # 0: the main one
ALL = "SELECT coalesce(sum(amount), 0) FROM ledger_entry WHERE account_id = %(account)s"
BALANCE = "SELECT coalesce((SELECT amount FROM ledger_accountbalance WHERE account_id = %(account)s), 0)"
AFTER = "SELECT coalesce(sum(amount), 0) FROM ledger_entry WHERE account_id = %(account)s AND booked_on > %(day)s"
BEFORE = "SELECT coalesce(sum(amount), 0) FROM ledger_entry WHERE account_id = %(account)s AND booked_on < %(day)s"
FAR_PAST, FAR_FUTURE = dt.date(1, 1, 1), dt.date(9999, 12, 31)


def _one(query: str, values: dict[str, Any]) -> Decimal:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return Decimal(cursor.fetchone()[0])


def _closing(account_id: int, end: dt.date, sub: int | None) -> Decimal:
    if sub is not None:
        values = {"account": account_id, "sub": sub}
        now = _one(ALL + IN_SUB, values)
        return now if end == FAR_FUTURE else now - _one(AFTER + IN_SUB, values | {"day": end})
    now = _one(BALANCE, {"account": account_id})
    return now if end == FAR_FUTURE else now - _one(AFTER, {"account": account_id, "day": end})


def _opening(account_id: int, start: dt.date, sub: int | None) -> Decimal:
    if start == FAR_PAST:
        return ZERO
    only = "" if sub is None else IN_SUB
    return _one(BEFORE + only, {"account": account_id, "day": start, "sub": sub})


def _row(values: tuple, after: Decimal) -> SheetRow:
    entry_id, booked_on, effective_on, due_on, kind, number, description, amount, source_kind, source_id = values
    charged = kind in CHARGES or (kind == "interest" and amount > 0)
    return SheetRow(
        entry_id=entry_id,
        booked_on=booked_on,
        effective_on=effective_on,
        due_on=due_on,
        kind=kind,
        document_number=number,
        description=description,
        charge=amount if charged else None,
        payment=-amount if kind in PAYMENTS else None,
        correction=amount if not charged and kind not in PAYMENTS else None,
        balance=after,
        source_kind=source_kind,
        source_id=source_id,
    )


def sheet(
    account_id: int,
    start: dt.date | None = None,
    end: dt.date | None = None,
    *,
    newest_first: bool = True,
    cursor: Cursor | None = None,
    size: int = PAGE_SIZE,
    sub_account: int | None = None,
) -> SheetPage:
    """A page of an account's sheet between two days (both included; None: open).

    Whoever calls has checked that the account may be seen. The running balance is that of the whole account, not
    of the range: the last row of a range shows what was owed on that day. sub_account: only this one (0: the main
    one), with its own running balance.
    """
    first, last = start or FAR_PAST, end or FAR_FUTURE
    opening, closing = _opening(account_id, first, sub_account), _closing(account_id, last, sub_account)
    if cursor is not None:
        day, entry, running = cursor.booked_on, cursor.entry_id, cursor.balance
    elif newest_first:
        day, entry, running = FAR_FUTURE, 2**62, closing
    else:
        day, entry, running = FAR_PAST, 0, opening
    values: dict[str, Any] = {
        "account": account_id,
        "start": first,
        "end": last,
        "day": day,
        "entry": entry,
        "limit": size + 1,
        "sub": sub_account,
    }
    with connection.cursor() as db:
        db.execute((NEWEST if newest_first else OLDEST).format(sub="" if sub_account is None else IN_SUB), values)
        found = db.fetchall()
    rows = []
    for one in found[:size]:
        amount = one[7]
        if newest_first:
            rows.append(_row(one, running))
            running -= amount
        else:
            running += amount
            rows.append(_row(one, running))
    more = Cursor(rows[-1].booked_on, rows[-1].entry_id, running) if len(found) > size else None
    return SheetPage(rows, more, opening, closing)


def sheet_rows(
    account_id: int,
    start: dt.date | None = None,
    end: dt.date | None = None,
    *,
    newest_first: bool = False,
    sub_account: int | None = None,
) -> Iterator[SheetRow]:
    """All rows of a range, page by page (exports)."""
    page = sheet(account_id, start, end, newest_first=newest_first, size=1000, sub_account=sub_account)
    yield from page.rows
    while page.next is not None:
        page = sheet(
            account_id, start, end, newest_first=newest_first, cursor=page.next, size=1000, sub_account=sub_account
        )
        yield from page.rows
