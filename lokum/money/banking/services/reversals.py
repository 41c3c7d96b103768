"""What a reversal of posted entries, by whatever road, does at the bank: money that is there stays there.

- A bank line that was booked by the reversed entry, or carries it out, waits again (`end_booking`).
- A payment that a bank line brought is taken from its payer: the money is on the bank account and waits in the queue.
- A step out of the queue is taken back: the money waits there again.
- A refund is marked as undone. What the bank has paid out is not reversed before its line is.
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.money.banking.models import BankEntry, ClearingItem, ClearingMove, OutgoingBooking, Refund
from lokum.money.banking.services.bank_books import book_of
from lokum.money.banking.services.clearing import is_returning, put_back
from lokum.money.banking.services.outgoing import end_booking
from lokum.money.ledger.models import Entry, LedgerAccount
from lokum.money.ledger.services import NewEntry, NewLine, post_batch

AGAIN = "bank-again"


def before_reversal(entry_ids: Sequence[int], reason: str, booked_on: dt.date, actor: Actor) -> None:
    """Refuse what the bank has paid out, and what only tells that money came in."""
    carried = OutgoingBooking.objects.filter(carries_id__in=entry_ids, undone_at=None).select_related("bank_entry")
    if (booking := carried.first()) is not None:
        text = _("The bank has paid this out (%(line)s). Undo the booking of the bank entry first.")
        told = {"line": booking.bank_entry}
        raise Refusal("outgoing.carried", text % told, details={"bank_entry": booking.bank_entry_id}, status=409)
    arrived = Entry.objects.filter(pk__in=entry_ids, kind="clearing", source_kind__in=("bank-entry", AGAIN))
    if arrived.exists():
        text = _("This money came in at the bank; clear it in the queue of money to be cleared.")
        raise Refusal("clearing.arrived", text, status=409)


def after_reversal(batch_id: int, actor: Actor) -> None:
    mirrors = list(Entry.objects.filter(batch_id=batch_id, source_kind="reversal").select_related("corrects"))
    by_original = {int(one.corrects_id or 0): one for one in mirrors}
    running = OutgoingBooking.objects.filter(entry_id__in=by_original, undone_at=None).select_related("bank_entry")
    for booking in running.order_by("pk"):
        end_booking(booking, str(_("The entry was reversed.")), by_original[booking.entry_id].pk, actor)
    _steps(by_original, actor)
    if not is_returning():
        _payments(mirrors, actor)
    Refund.objects.filter(entry_id__in=by_original).exclude(state=Refund.State.UNDONE).update(
        state=Refund.State.UNDONE, undone_at=clock.now(), undone_by=actor.label[:150],
        undo_reason=mirrors[0].description[:250] if mirrors else "",
    )  # fmt: skip


def _steps(by_original: dict[int, Entry], actor: Actor) -> None:
    moves = ClearingMove.objects.filter(
        entry_id__in=by_original, amount__gt=0, kind__in=("assign", "return", "allowance")
    )
    for move in moves.exclude(item__reason=ClearingItem.Reason.RETURNED).order_by("pk"):
        item = ClearingItem.objects.select_for_update(of=("self",)).get(pk=move.item_id)
        put_back(item, move.kind, move.amount, by_original[move.entry_id].pk, actor)


def _payments(mirrors: Sequence[Entry], actor: Actor) -> None:
    """The line's money waits in the queue: its entry goes on standing for the line, this one puts the money back."""
    for mirror in mirrors:
        original = mirror.corrects
        if original is None or original.source_kind != "bank-entry" or original.kind not in ("payment", "transfer"):
            continue
        line = (
            BankEntry.objects.select_for_update(of=("self",)).select_related("bank_account").get(pk=original.source_id)
        )
        clearing = LedgerAccount.objects.get(entity_id=original.entity_id, purpose="clearing")
        stood = original.lines.filter(debit_amount__gt=0).values_list("ledger_account_id", flat=True).first()
        bank = stood or book_of(line.bank_account, actor=actor).ledger_account_id
        entry = NewEntry(
            kind=Entry.Kind.CLEARING, amount=Decimal(0), description=line.title, booked_on=mirror.booked_on,
            effective_on=line.value_on, source_kind=AGAIN, source_id=line.pk,
            lines=[NewLine(bank, debit_amount=line.amount), NewLine(clearing.pk, credit_amount=line.amount)],
        )  # fmt: skip
        post_batch(original.entity_id, "clearing", f"{AGAIN}:{line.pk}", mirror.booked_on, [entry], actor=actor)
        ClearingItem.objects.create(
            entity_id=original.entity_id, bank_entry=line, reason=ClearingItem.Reason.UNDONE, amount=line.amount,
            left_amount=line.amount, opened_on=mirror.booked_on,
        )  # fmt: skip
        BankEntry.objects.filter(pk=line.pk).update(state=BankEntry.State.QUEUED)
