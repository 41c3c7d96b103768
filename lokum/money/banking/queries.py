"""Reading bank files, the clearing queue, and the bank line behind a payment."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, Min, QuerySet, Sum, When

from lokum.money.banking.models import BankEntry, BankFile, ClearingItem, ClearingMove
from lokum.money.ledger.models import Line
from lokum.money.ledger.seams import Source
from lokum.money.payments.models import Payment


@dataclass(frozen=True)
class FileFigures:
    """What became of a file: entries, how many were posted by themselves, and their share of incoming money."""

    entry_count: int
    new_count: int
    posted_count: int
    queued_count: int

    @property
    def automatic_percent(self) -> int | None:
        incoming = self.posted_count + self.queued_count
        return 100 * self.posted_count // incoming if incoming else None


def figures_of(file: BankFile) -> FileFigures:
    sums = file.statements.aggregate(
        entries=Sum("entry_count"), new=Sum("new_count"), posted=Sum("posted_count"), queued=Sum("queued_count")
    )
    return FileFigures(*(sums[name] or 0 for name in ("entries", "new", "posted", "queued")))


def open_queue(items: QuerySet[ClearingItem]) -> QuerySet[ClearingItem]:
    return items.exclude(state=ClearingItem.State.DONE).select_related("bank_entry", "entity")


@dataclass(frozen=True)
class QueueAge:
    """How much money of an entity waits, since when, and what the books say about it."""

    entity_id: int
    item_count: int
    amount: Decimal
    oldest_on: dt.date | None
    booked_amount: Decimal

    @property
    def agrees(self) -> bool:
        return self.amount == self.booked_amount


def queue_age(entity_id: int) -> QueueAge:
    """Age and total of the queue beside the clearing account. Returned transfers wait outside the books: they
    have no posting yet, so they do not count here."""
    waiting = ClearingItem.objects.filter(entity_id=entity_id).exclude(state=ClearingItem.State.DONE)
    found = waiting.exclude(reason=ClearingItem.Reason.RETURNED).aggregate(
        count=Count("pk"), amount=Sum("left_amount"), oldest=Min("opened_on")
    )
    lines = Line.objects.filter(entity_id=entity_id, ledger_account__purpose="clearing")
    booked = lines.aggregate(n=Sum(F("credit_amount") - F("debit_amount")))["n"]
    return QueueAge(entity_id, found["count"], found["amount"] or Decimal(0), found["oldest"], booked or Decimal(0))


def payments_to_take_back(item: ClearingItem) -> QuerySet[Payment]:
    """Payments a returned transfer may stand for: same entity and amount, not reversed; same sender first."""
    entry = item.bank_entry
    candidates = Payment.objects.filter(
        entity_id=item.entity_id,
        amount=item.amount,
        booked_on__lte=entry.booked_on,
        booked_on__gte=entry.booked_on - dt.timedelta(days=120),
        entry__corrections=None,
    )
    same = Case(When(bank_entry__counter_account=entry.counter_account, then=0), default=1)
    return candidates.order_by(same, "-booked_on", "-pk").select_related("account")


def bank_line(entry: BankEntry) -> Source:
    """A bank line as the last step of a drill-down."""
    facts: list[tuple[str, Any]] = [
        ("booked_on", entry.booked_on),
        ("value_on", entry.value_on),
        ("amount", entry.amount),
        ("counter_name", entry.counter_name),
        ("title", entry.title),
        ("bank_reference", entry.bank_reference),
    ]
    return Source(title=str(entry), record=entry, facts=facts)


def source_of_bank_entry(source_id: int) -> Source | None:
    """Entries posted by a statement: the payment, and below it the bank line."""
    entry = BankEntry.objects.filter(pk=source_id).select_related("payment", "statement").first()
    if entry is None:
        return None
    if entry.payment is None:
        return bank_line(entry)
    facts = [("amount", entry.payment.amount), ("value_on", entry.payment.value_on)]
    return Source(title=str(entry.payment), record=entry.payment, facts=facts, below=(bank_line(entry),))


def source_of_clearing_move(source_id: int) -> Source | None:
    """Entries posted out of the queue: the step, and below it the bank line."""
    move = ClearingMove.objects.filter(pk=source_id).select_related("item__bank_entry").first()
    if move is None:
        return None
    return Source(
        title=str(move), record=move.item, facts=[("amount", move.amount)], below=(bank_line(move.item.bank_entry),)
    )
