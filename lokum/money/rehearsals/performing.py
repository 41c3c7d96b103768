"""All parts of closing a month, performed in the transaction of the caller; and what they came to.

The rehearsal takes the transaction back to its savepoint afterwards, the commit keeps it. Amounts are compared by one
hash over every part and payer.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from lokum.core.base.errors import Busy, Refusal
from lokum.money.ledger.models import Batch
from lokum.money.ledger.rehearsing import Month, Outcome, parts
from lokum.money.rehearsals.models import BOOKS

BALANCES = """
SELECT b.account_id, b.amount FROM ledger_accountbalance b
JOIN ledger_account a ON a.id = b.account_id AND a.entity_id = %(entity)s
"""
FREE = """
SELECT coalesce(sum(o.open_amount), 0) FROM ledger_openitem o
JOIN ledger_account a ON a.id = o.account_id AND a.entity_id = %(entity)s
WHERE o.side = 'credit' AND o.open_amount > 0
"""

Step = Callable[[int, int, Any], None]


@dataclass(frozen=True)
class Books:
    """What payers owe (account -> balance) and the money nobody used yet."""

    balances: Mapping[int, Decimal]
    free: Decimal

    @property
    def total(self) -> Decimal:
        return sum(self.balances.values(), Decimal(0))


@dataclass(frozen=True)
class Performed:
    """Outcomes by code of the part, in their order; after a problem no further part is performed."""

    outcomes: Mapping[str, Outcome]
    before: Books
    after: Books

    @property
    def problems(self) -> int:
        return sum(bool(one.problem) for one in self.outcomes.values())

    @property
    def result_hash(self) -> str:
        """Of every amount of every part and payer, of their documents, and of the balances they lead to."""
        digest = hashlib.sha256()
        for code, one in self.outcomes.items():
            sums = [f"{each.key}:{each.count}:{each.amount}" for each in one.sums]
            digest.update(f"{code}|{one.count}|{one.skipped}|{bool(one.problem)}|{sums}\n".encode())
            digest.update(_text(one.amounts))
        digest.update(_text(self.after.balances))
        digest.update(f"{self.after.free}".encode())
        return digest.hexdigest()


def _text(amounts: Mapping[int, Decimal]) -> bytes:
    return "".join(f"{account}={amounts[account]:.2f};" for account in sorted(amounts)).encode()


def books_of(entity_id: int) -> Books:
    with connection.cursor() as cursor:
        cursor.execute(BALANCES, {"entity": entity_id})
        balances = dict(cursor.fetchall())
        cursor.execute(FREE, {"entity": entity_id})
        return Books(balances, cursor.fetchone()[0])


def perform(month: Month, progress: Step) -> Performed:
    """Do every part in its order. A refusal of a part is its problem; `Busy` leaves, so that it is tried again."""
    before = books_of(month.entity.pk)
    month = replace(month, after_batch=Batch.objects.aggregate(newest=Max("pk"))["newest"] or 0)
    outcomes: dict[str, Outcome] = {}
    chosen = parts()
    for place, part in enumerate(chosen):
        progress(place, len(chosen) + 1, part.label)
        try:
            with transaction.atomic():
                outcomes[part.code] = part.perform(month)
        except Busy:
            raise
        except Refusal as refusal:
            outcomes[part.code] = Outcome(problem=refusal.message)
        if outcomes[part.code].problem:
            break
    progress(len(chosen), len(chosen) + 1, "")
    return Performed(outcomes, before, books_of(month.entity.pk))


def seen(month: Month) -> dict[str, str]:
    """Marks of everything that all parts rest on."""
    marks: dict[str, str] = {}
    for part in parts():
        marks |= part.seen(month)
    return marks


def changed(marks: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Names of what is not what it was."""
    return sorted(name for name in {*marks, *now} if marks.get(name, "") != now.get(name, ""))


def lines_of(month: Month, done: Performed) -> list[tuple[str, int, Decimal, Decimal]]:
    """(part, account, before, now) for every payer that a part touches or touched in the month before."""
    found = []
    for part in parts():
        former = part.former(month)
        amounts = done.outcomes[part.code].amounts if part.code in done.outcomes else {}
        for account in sorted({*former, *amounts}):
            found.append((part.code, account, former.get(account, Decimal(0)), amounts.get(account, Decimal(0))))
    before, after = done.before.balances, done.after.balances
    for account in sorted({*before, *after}):
        old, new = before.get(account, Decimal(0)), after.get(account, Decimal(0))
        if old != new:
            found.append((BOOKS, account, old, new))
    return found
