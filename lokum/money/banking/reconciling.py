"""A bank account beside its ledger account: what the bank says on the day of a statement, what the books say, and why.

Every line of the ledger account belongs to a bank line, to the start of the account in the books, or to nothing the
bank knows of; so the reasons always add up to the difference.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from lokum.core.organisation.models import EntityBankAccount
from lokum.money.banking.models import BankBook, BankEntry, BankStatement
from lokum.money.ledger.models import LedgerAccount

# Which posted entries stand for which bank line: its own posting, the bookings of an outgoing one, the step that a
# returned transfer took out of the queue; and what took these back. A return cleared before ADR 0034 is itself the
# reversal of the payment: it belongs to the line that came back.
MAPPED = """
WITH told AS MATERIALIZED (
  SELECT n.id, n.amount, n.booked_on, n.statement_id, n.state FROM banking_bankentry n
  WHERE n.bank_account_id = ANY(%(accounts)s)
), direct AS MATERIALIZED (
  SELECT e.id AS entry_id, n.id AS line_id FROM told n
  JOIN ledger_entry e ON e.source_id = n.id AND e.source_kind IN ('bank-entry', 'bank-again')
  UNION SELECT o.entry_id, n.id FROM told n JOIN banking_outgoingbooking o ON o.bank_entry_id = n.id
  UNION SELECT m.entry_id, n.id FROM told n
  JOIN banking_clearingitem c ON c.bank_entry_id = n.id AND c.reason = 'returned'
  JOIN banking_clearingmove m ON m.item_id = c.id
), mapped AS MATERIALIZED (
  SELECT entry_id, line_id FROM direct
  UNION SELECT r.id, d.line_id FROM direct d
  JOIN ledger_entry r ON r.corrects_id = d.entry_id AND r.source_kind = 'reversal'
  WHERE NOT EXISTS (SELECT FROM direct x WHERE x.entry_id = r.id)
), start AS MATERIALIZED (
  SELECT e.id AS entry_id FROM ledger_entry e
  WHERE split_part(e.source_kind, '/', 1) IN ('bank-opening', 'bank-apart') AND e.source_id = ANY(%(books)s)
    AND e.entity_id = %(entity)s
  UNION SELECT r.id FROM ledger_entry e JOIN ledger_entry r ON r.corrects_id = e.id AND r.source_kind = 'reversal'
  WHERE split_part(e.source_kind, '/', 1) IN ('bank-opening', 'bank-apart') AND e.source_id = ANY(%(books)s)
    AND e.entity_id = %(entity)s
)
"""
ON_SHARED = (
    MAPPED  # noqa: S608 - own SQL
    + """
SELECT coalesce(sum(l.debit_amount - l.credit_amount), 0) FROM ledger_line l
WHERE l.ledger_account_id = %(shared)s
  AND l.entry_id IN (SELECT entry_id FROM mapped UNION ALL SELECT entry_id FROM start)
"""
)
LINES = (
    MAPPED  # noqa: S608 - own SQL
    + """
, booked AS (
  SELECT m.line_id, sum(l.debit_amount - l.credit_amount) AS amount FROM mapped m
  JOIN ledger_line l ON l.entry_id = m.entry_id AND l.ledger_account_id = ANY(%(ledger)s) AND l.booked_on <= %(day)s
  GROUP BY m.line_id
)
SELECT n.id, n.amount, coalesce(b.amount, 0) FROM told n LEFT JOIN booked b ON b.line_id = n.id
WHERE n.booked_on <= %(day)s AND NOT n.statement_id = ANY(%(later)s)
"""
)
UNEQUAL = f"SELECT id, amount, booked FROM ({LINES}) x(id, amount, booked) WHERE amount <> booked ORDER BY id"  # noqa: S608 - own SQL
SUMS = f"SELECT coalesce(sum(amount), 0), coalesce(sum(booked), 0) FROM ({LINES}) x(id, amount, booked)"  # noqa: S608 - own SQL
START = (
    MAPPED  # noqa: S608 - own SQL
    + """
SELECT coalesce(sum(l.debit_amount - l.credit_amount), 0) FROM ledger_line l
WHERE l.ledger_account_id = ANY(%(ledger)s) AND l.booked_on <= %(day)s
  AND l.entry_id IN (SELECT entry_id FROM start)
"""
)
OTHERS = (
    MAPPED  # noqa: S608 - own SQL
    + """
SELECT e.id, e.booked_on, coalesce(nullif(e.description, ''), e.document_number), l.amount
FROM (SELECT entry_id, sum(debit_amount - credit_amount) AS amount FROM ledger_line
      WHERE ledger_account_id = %(own)s AND booked_on <= %(day)s GROUP BY entry_id) l
JOIN ledger_entry e ON e.id = l.entry_id
WHERE l.amount <> 0 AND NOT EXISTS (SELECT FROM mapped m WHERE m.entry_id = l.entry_id)
  AND NOT EXISTS (SELECT FROM start s WHERE s.entry_id = l.entry_id)
ORDER BY e.booked_on, e.id
"""
)
SHOWN = 100


@dataclass(frozen=True)
class Reason:
    """One part of the difference. kind: "opening", "line" (a bank line), "entry" (of the books alone), "gap"."""

    kind: str
    amount: Decimal
    line: BankEntry | None = None
    entry_id: int | None = None
    booked_on: dt.date | None = None
    text: str = ""


@dataclass(frozen=True)
class Reconciliation:
    """A statement's closing balance beside the ledger balance of that day."""

    ledger_account: LedgerAccount
    shared: bool
    day: dt.date
    bank_amount: Decimal
    book_amount: Decimal
    reasons: Sequence[Reason]
    more_count: int
    more_amount: Decimal

    @property
    def difference(self) -> Decimal:
        return self.bank_amount - self.book_amount

    @property
    def agrees(self) -> bool:
        return not self.difference


def chain_of(bank_account: EntityBankAccount) -> list[int]:
    """The bank account with all those it came after and all that came after it: one account under several numbers."""
    links = dict(
        EntityBankAccount.objects.filter(entity_id=bank_account.entity_id, replaces__isnull=False).values_list(
            "pk", "replaces_id"
        )
    )
    first = bank_account.pk
    while first in links:
        first = links[first]
    after = {former: pk for pk, former in links.items()}
    found = [first]
    while found[-1] in after:
        found.append(after[found[-1]])
    return found


def _values(book: BankBook) -> dict[str, Any]:
    accounts = chain_of(book.bank_account)
    entity_id = book.bank_account.entity_id
    shared = LedgerAccount.objects.filter(entity_id=entity_id, purpose="bank").values_list("pk", flat=True).first()
    books = list(BankBook.objects.filter(bank_account__in=accounts).values_list("pk", flat=True))
    own = None if book.shared else book.ledger_account_id
    ledger = [pk for pk in (own, shared) if pk is not None]
    return {
        "accounts": accounts, "books": books, "entity": entity_id, "shared": shared, "own": own, "ledger": ledger,
    }  # fmt: skip


def booked_for(book: BankBook) -> Decimal:
    """What the lines of a bank account, and its opening balance, have on the shared account."""
    with connection.cursor() as cursor:
        cursor.execute(ON_SHARED, _values(book))
        return Decimal(cursor.fetchone()[0])


def reconcile(statement: BankStatement) -> Reconciliation | None:
    """None where the bank told no balance, or the bank account is not in the books yet."""
    if statement.closing_amount is None or statement.from_on is None or statement.to_on is None:
        return None
    books = BankBook.objects.select_related("ledger_account", "bank_account")
    book = books.filter(bank_account=statement.bank_account_id).first()
    first = _first(statement, book)
    if book is None or first is None:
        return None
    values = _values(book) | {"day": statement.to_on, "later": _later(statement)}
    with connection.cursor() as cursor:
        cursor.execute(SUMS, values)
        moved, booked = cursor.fetchone()
        cursor.execute(START, values)
        start = cursor.fetchone()[0]
        cursor.execute(UNEQUAL, values)
        unequal = cursor.fetchall()
        cursor.execute(OTHERS, values)
        others = cursor.fetchall()
    opening = first.opening_amount or Decimal(0)
    reasons = [Reason("opening", opening - start)] if opening != start else []
    gap = statement.closing_amount - opening - moved
    reasons += [Reason("gap", gap)] if gap else []
    lines = BankEntry.objects.in_bulk([pk for pk, _amount, _booked in unequal[:SHOWN]])
    reasons += [
        Reason("line", amount - had, line=lines[pk], booked_on=lines[pk].booked_on)
        for pk, amount, had in unequal[:SHOWN]
    ]
    reasons += [Reason("entry", -amount, entry_id=pk, booked_on=on, text=text) for pk, on, text, amount in others]
    rest = unequal[SHOWN:]
    return Reconciliation(
        book.ledger_account, book.shared, statement.to_on, statement.closing_amount,
        booked + start + sum((row[3] for row in others), Decimal(0)), reasons, len(rest),
        sum((amount - had for _pk, amount, had in rest), Decimal(0)),
    )  # fmt: skip


def _first(statement: BankStatement, book: BankBook | None) -> BankStatement | None:
    """The first statement with balances of the account, under whatever number."""
    if book is None:
        return None
    told = BankStatement.objects.filter(
        bank_account__in=chain_of(book.bank_account), opening_amount__isnull=False, from_on__isnull=False
    )
    return told.exclude(state=BankStatement.State.REPEATED).order_by("from_on", "pk").first()


def _later(statement: BankStatement) -> list[int]:
    """Statements of the same days that come after this one: their lines are not in its closing balance."""
    rows = BankStatement.objects.filter(
        bank_account=statement.bank_account_id, from_on=statement.from_on, pk__gt=statement.pk
    )
    return [0, *rows.values_list("pk", flat=True)]
