"""Reading bank files, the clearing queue, and the bank line behind a payment."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, Min, Q, QuerySet, Sum, When

from lokum.money.banking.models import (
    BankEntry,
    BankFile,
    BankStatement,
    ClearingItem,
    ClearingMove,
    OutgoingBooking,
    Refund,
)
from lokum.money.ledger.models import Entry, Line
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
    """Counts of a file over its statements: entries, new ones, posted by themselves, left for the queue."""
    sums = file.statements.aggregate(
        entries=Sum("entry_count"), new=Sum("new_count"), posted=Sum("posted_count"), queued=Sum("queued_count")
    )
    return FileFigures(*(sums[name] or 0 for name in ("entries", "new", "posted", "queued")))


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
        value_on__lte=entry.booked_on,  # money that was cleared later was booked to its payer later
        value_on__gte=entry.booked_on - dt.timedelta(days=120),
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


def own_transfers(line: BankEntry) -> QuerySet[ClearingItem]:
    """Queued money an outgoing line may have brought: another bank account of the entity, same amount, near in time."""
    near = dt.timedelta(days=10)
    return ClearingItem.objects.filter(
        entity_id=line.bank_account.entity_id, left_amount=-line.amount,
        bank_entry__booked_on__range=(line.booked_on - near, line.booked_on + near),
    ).exclude(bank_entry__bank_account=line.bank_account_id).exclude(
        state=ClearingItem.State.DONE
    ).exclude(reason=ClearingItem.Reason.RETURNED).select_related("bank_entry").order_by("opened_on", "pk")  # fmt: skip


MONEY = ("bank", "bank_account", "in_transit")  # where a payout stands in the books
REFUNDS = ("clearing-move", "deposit", "allowance-payment", "refund")  # what posts money out before the bank reports it


def linkable_entries(line: BankEntry) -> list[Entry]:
    """Posted refunds an outgoing line may carry out: same entity and amount, not reversed, no line of their own."""
    near = dt.timedelta(days=120)
    bank = Line.objects.filter(
        entity_id=line.bank_account.entity_id, ledger_account__purpose__in=MONEY, credit_amount=-line.amount,
        entry__source_kind__in=REFUNDS, booked_on__range=(line.booked_on - near, line.booked_on + near),
    )  # fmt: skip
    running = OutgoingBooking.objects.filter(undone_at=None)
    carried = running.filter(carries__isnull=False).values("carries_id")
    found = Entry.objects.filter(pk__in=bank.values("entry_id"), corrections=None)
    found = found.exclude(pk__in=running.values("entry_id")).exclude(pk__in=carried)
    return list(found.order_by("-booked_on", "-pk")[:50])


@dataclass(frozen=True)
class BankBalance:
    """A bank account up to a statement: what the bank says, what its lines add up to, what is not booked yet."""

    opening_amount: Decimal
    moved_amount: Decimal
    closing_amount: Decimal
    waiting_count: int
    waiting_amount: Decimal

    @property
    def reached_amount(self) -> Decimal:
        return self.opening_amount + self.moved_amount

    @property
    def agrees(self) -> bool:
        return self.reached_amount == self.closing_amount


def balance_at(statement: BankStatement) -> BankBalance | None:
    """From the opening balance of the account's first statement to the closing one of this; None without balances."""
    told = BankStatement.objects.filter(
        bank_account=statement.bank_account_id, opening_amount__isnull=False, closing_amount__isnull=False
    ).exclude(state=BankStatement.State.REPEATED)
    first = told.order_by("from_on", "pk").first()
    if first is None or statement.closing_amount is None or statement.from_on is None:
        return None
    earlier = Q(from_on__lt=statement.from_on) | Q(from_on=statement.from_on, pk__lte=statement.pk)
    lines = BankEntry.objects.filter(statement__in=told.filter(earlier))
    sums = lines.aggregate(moved=Sum("amount"))
    waiting = lines.filter(state=BankEntry.State.OUTGOING).aggregate(count=Count("pk"), amount=Sum("amount"))
    zero = Decimal(0)
    return BankBalance(
        first.opening_amount or zero, sums["moved"] or zero, statement.closing_amount, waiting["count"],
        waiting["amount"] or zero,
    )  # fmt: skip


def statements_of(bank_account_id: int) -> list[BankStatement]:
    """The newest statements of a bank account."""
    rows = BankStatement.objects.filter(bank_account=bank_account_id).exclude(state=BankStatement.State.REPEATED)
    return list(rows.order_by("-from_on", "-pk")[:100])


def _told(bank_account_id: int) -> QuerySet[BankStatement]:
    """Statements of an account that tell balances, the first one first."""
    rows = BankStatement.objects.filter(
        bank_account=bank_account_id, opening_amount__isnull=False, closing_amount__isnull=False, from_on__isnull=False
    )
    return rows.exclude(state=BankStatement.State.REPEATED).order_by("from_on", "pk")


def last_statement(bank_account_id: int) -> BankStatement | None:
    """The newest statement of a bank account whose balance counts; repeated ones do not."""
    return _told(bank_account_id).last()


def is_first(statement: BankStatement) -> bool:
    """It tells the balance with which its bank account begins in the books."""
    first = _told(statement.bank_account_id).first()
    return first is not None and first.pk == statement.pk and statement.bank_account.replaces_id is None


def source_of_outgoing(source_id: int) -> Source | None:
    """Entries posted for an outgoing line: its booking, and below it the bank line."""
    booking = OutgoingBooking.objects.filter(pk=source_id).select_related("bank_entry").first()
    if booking is None:
        return None
    facts: list[tuple[str, Any]] = [("amount", booking.bank_entry.amount), ("note", booking.note)]
    return Source(title=str(booking), record=booking, facts=facts, below=(bank_line(booking.bank_entry),))


def source_of_refund(source_id: int) -> Source | None:
    """Entries posted for a refund of a payer's money."""
    refund = Refund.objects.filter(pk=source_id).first()
    if refund is None:
        return None
    facts = [("amount", refund.amount), ("payee_name", refund.payee_name)]
    return Source(title=str(refund), record=refund, facts=facts)
