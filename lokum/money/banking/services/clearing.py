"""The clearing queue: money leaves it by a posting only. Its open total equals the clearing account of the books."""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.base.templatetags.lokum import amount_text
from lokum.money.allowances.models import Claim
from lokum.money.allowances.services import receive_payment
from lokum.money.banking.models import BankEntry, ClearingItem, ClearingMove
from lokum.money.banking.services.bank_books import book_of
from lokum.money.ledger.models import Account, Entry, LedgerAccount
from lokum.money.ledger.queries import payout_account
from lokum.money.ledger.services import (
    NewEntry,
    NewLine,
    allocate_by_rule,
    post_batch,
    posting,
    reverse_entry,
)
from lokum.money.payments.models import Payment

_returned: ContextVar[bool] = ContextVar("lokum_returned_payment", default=False)


@contextmanager
def returning(really: bool) -> Iterator[None]:
    """Within it a payment is reversed because the bank took the money back: it does not come into the queue."""
    token = _returned.set(really)
    try:
        yield
    finally:
        _returned.reset(token)


def is_returning() -> bool:
    return _returned.get()


def _locked(pk: int) -> ClearingItem:
    items = ClearingItem.objects.select_for_update(of=("self",)).select_related("bank_entry", "entity")
    item = items.filter(pk=pk).first()
    if item is None:
        raise Missing("clearing.missing", _("There is no such item in the queue."))
    if item.state == ClearingItem.State.DONE:
        raise Refusal("clearing.done", _("This money was cleared already."), status=409)
    return item


def _take(item: ClearingItem, amount: Decimal) -> None:
    if amount <= 0 or amount > item.left_amount:
        text = _("Only %(left)s is left of this money.")
        text %= {"left": amount_text(item.left_amount, item.entity.currency)}
        raise Refusal("clearing.too_much", text, fields={"amount": [text]})
    item.left_amount -= amount
    item.state = ClearingItem.State.OPEN if item.left_amount else ClearingItem.State.DONE


def refuse_returned(item: ClearingItem) -> None:
    if item.reason == ClearingItem.Reason.RETURNED:
        raise Refusal("clearing.returned", _("A returned transfer is cleared by naming the payment it takes back."))


def _accounts(item: ClearingItem) -> dict[str, int]:
    rows = LedgerAccount.objects.filter(entity_id=item.entity_id).exclude(purpose="")
    return dict(rows.values_list("purpose", "pk"))


def _post_move(item: ClearingItem, kind: str, account: Account | None, amount: Decimal, actor: Actor) -> ClearingMove:
    """Post one step out of the queue: debit the clearing account, credit the payer or the bank."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('banking_clearingmove', 'id'))")
        move_id = int(cursor.fetchone()[0])
    chart = _accounts(item)
    credited = chart["receivable"] if account else payout_account(item.entity_id)
    today = clock.today(item.entity.time_zone)
    batch = post_batch(
        item.entity_id,
        "clearing",
        f"clearing-move:{move_id}",
        today,
        [
            NewEntry(
                kind="payment" if account else "clearing",
                account_id=account.pk if account else None,
                amount=-amount if account else Decimal(0),
                effective_on=item.bank_entry.value_on if account else today,
                due_on=item.bank_entry.value_on if account else None,
                description=item.bank_entry.title,
                source_kind="clearing-move",
                source_id=move_id,
                lines=[
                    NewLine(chart["clearing"], debit_amount=amount),
                    NewLine(credited, credit_amount=amount, of_payer=account is not None),
                ],
            )
        ],
        actor=actor,
    )
    return ClearingMove.objects.create(
        pk=move_id,
        item=item,
        kind=kind,
        account=account,
        amount=amount,
        entry=batch.entries.get(),
        moved_at=clock.now(),
        actor_id=actor.user_id,
    )


def assign_money(pk: int, parts: Sequence[tuple[int, Decimal]], *, actor: Actor) -> ClearingItem:
    """Give queued money to payer accounts: [(account id, amount), ...]; what is left stays in the queue."""
    if not parts:
        raise Refusal("clearing.nothing", _("Name at least one account and amount."))
    with posting(actor) as whole:
        item = _locked(pk)
        refuse_returned(item)
        accounts = {one.pk: one for one in Account.objects.filter(pk__in=[account for account, _a in parts])}
        for account_id, amount in parts:
            account = accounts.get(account_id)
            if account is None or account.entity_id != item.entity_id:
                raise Refusal("clearing.foreign_account", _("The account does not belong to this entity."))
            _take(item, amount)
            move = _post_move(item, "assign", account, amount, whole)
            entry = item.bank_entry
            Payment.objects.create(
                entity_id=item.entity_id,
                account=account,
                entry=move.entry,
                channel=Payment.Channel.BANK,
                channel_reference=f"{entry.identity}/{move.pk}",
                amount=amount,
                booked_on=clock.today(item.entity.time_zone),
                value_on=entry.value_on,
                payer_name=entry.counter_name,
                title=entry.title,
            )
        item.save(update_fields=["left_amount", "state"])
        allocate_by_rule(item.entity_id, list(accounts), actor=whole)
        note(item, "assigned", actor=actor, parts=[[account, str(amount)] for account, amount in parts])
        return item


def settle_claim(pk: int, claim: Claim, amount: Decimal, *, reason: str = "", actor: Actor) -> ClearingItem:
    """Queued money came from a payer body for a claim of allowances: its lines are settled, the queue is shorter."""
    with posting(actor) as whole:
        item = _locked(pk)
        refuse_returned(item)
        if claim.entity_id != item.entity_id:
            text = _("The claim belongs to another entity.")
            raise Refusal("clearing.foreign_claim", text, fields={"claim": [text]})
        _take(item, amount)
        entry = item.bank_entry
        payment = receive_payment(
            claim.pk, amount=amount, received_on=entry.value_on, reference=entry.title, reason=reason,
            out_of="clearing", actor=whole,
        )  # fmt: skip
        ClearingMove.objects.create(
            item=item, kind="allowance", amount=amount, entry_id=payment.entry_id, moved_at=clock.now(),
            actor_id=actor.user_id,
        )  # fmt: skip
        item.save(update_fields=["left_amount", "state"])
        note(item, "assigned", actor=actor, claim=claim.number, amount=str(amount))
        return item


def return_money(pk: int, amount: Decimal, *, reason: str, actor: Actor) -> ClearingItem:
    """Send queued money back to where it came from (the transfer itself is ordered at the bank)."""
    if not reason.strip():
        raise Refusal("clearing.no_reason", _("Say why."), fields={"reason": [_("Say why.")]})
    with posting(actor) as whole:
        item = _locked(pk)
        refuse_returned(item)
        _take(item, amount)
        _post_move(item, "return", None, amount, whole)
        item.save(update_fields=["left_amount", "state"])
        note(item, "returned", actor=actor, amount=str(amount), reason=reason)
        return item


def park_money(pk: int, *, text: str, deadline_on: dt.date, actor: Actor) -> ClearingItem:
    """Leave money in the queue with a note and a day by which it must be decided."""
    with posting(actor):
        item = _locked(pk)
        if not text.strip():
            raise Refusal(
                "clearing.no_note", _("Write what is awaited."), fields={"text": [_("Write what is awaited.")]}
            )
        if deadline_on < clock.today(item.entity.time_zone):
            raise Refusal(
                "clearing.past_deadline",
                _("The deadline lies in the past."),
                fields={"deadline_on": [_("Choose today or a later day.")]},
            )
        item.state, item.note, item.deadline_on = ClearingItem.State.PARKED, text.strip()[:250], deadline_on
        item.save(update_fields=["state", "note", "deadline_on"])
        note(item, "parked", actor=actor, text=item.note, until=str(deadline_on))
        return item


def take_payment_back(pk: int, payment_id: int, *, actor: Actor) -> ClearingItem:
    """A returned transfer: the payment it takes back is reversed, so the items it had covered are open again."""
    with posting(actor) as whole:
        item = _locked(pk)
        if item.reason != ClearingItem.Reason.RETURNED:
            raise Refusal("clearing.not_returned", _("Only a returned transfer takes a payment back."))
        payment = Payment.objects.filter(pk=payment_id, entity_id=item.entity_id).select_related("entry").first()
        if payment is None or payment.amount != item.amount:
            raise Refusal("clearing.other_payment", _("Choose a payment of the same entity and amount."))
        entry = _reverse_payment(item, payment, whole)
        ClearingMove.objects.create(
            item=item,
            kind="return",
            account_id=payment.account_id,
            amount=item.amount,
            entry=entry,
            moved_at=clock.now(),
            actor_id=whole.user_id,
        )
        item.left_amount, item.state = Decimal(0), ClearingItem.State.DONE
        item.save(update_fields=["left_amount", "state"])
        BankEntry.objects.filter(pk=item.bank_entry_id).update(state=BankEntry.State.POSTED)
        note(item, "took_back", actor=actor, payment=payment.pk)
        return item


def _reverse_payment(item: ClearingItem, payment: Payment, actor: Actor) -> Entry:
    """Take the payment back on the day of the returned line, whose bank account has the money no longer.

    A payment posted by a line of this very account is mirrored there. Else (it came out of the queue, or was posted on
    another account) its money is in the queue again by the reversal and leaves it for this account.
    """
    day, book = item.bank_entry.booked_on, book_of(item.bank_entry.bank_account, actor=actor)
    same = payment.entry.lines.filter(ledger_account_id=book.ledger_account_id).exists()
    with returning(same):
        batch = reverse_entry(
            payment.entry_id, _("Returned transfer"), actor=actor, booked_on=max(day, payment.booked_on)
        )
    mirror = Entry.objects.get(batch=batch)
    if not same:
        queued = ClearingItem.objects.select_for_update(of=("self",)).filter(
            Q(bank_entry__payment=payment) | Q(moves__entry=mirror)
        ).get()  # fmt: skip
        entry = NewEntry(
            kind=Entry.Kind.CLEARING, amount=Decimal(0), description=item.bank_entry.title, booked_on=day,
            source_kind="bank-again", source_id=item.bank_entry_id,
            lines=[
                NewLine(_accounts(item)["clearing"], debit_amount=item.amount),
                NewLine(book.ledger_account_id, credit_amount=item.amount),
            ],
        )  # fmt: skip
        source = f"bank-again:{item.bank_entry_id}"
        made = post_batch(item.entity_id, "clearing", source, day, [entry], actor=actor).entries.get()
        put_back(queued, "return", -item.amount, made.pk, actor)
        return made
    return mirror


def put_back(item: ClearingItem, kind: str, amount: Decimal, entry_id: int, actor: Actor) -> None:
    """Money is in the queue again by a posted entry; below zero: it left by one."""
    item.left_amount += amount
    item.state = ClearingItem.State.OPEN if item.left_amount else ClearingItem.State.DONE
    item.save(update_fields=["left_amount", "state"])
    ClearingMove.objects.create(
        item=item, kind=kind, amount=-amount, entry_id=entry_id, moved_at=clock.now(), actor_id=actor.user_id
    )


def undo_step(pk: int, *, reason: str, actor: Actor) -> ClearingItem:
    """Take back the last step by which money left the queue; the money waits again."""
    if not reason.strip():
        raise Refusal("clearing.no_reason", _("Say why."), fields={"reason": [_("Say why.")]})
    with posting(actor) as whole:
        item = ClearingItem.objects.select_for_update(of=("self",)).select_related("entity").filter(pk=pk).first()
        if item is None:
            raise Missing("clearing.missing", _("There is no such item in the queue."))
        reversed_ones = Entry.objects.filter(source_kind="reversal").values("corrects_id")
        steps = item.moves.filter(amount__gt=0, kind__in=("assign", "return", "allowance"))
        move = steps.exclude(entry_id__in=reversed_ones).order_by("-pk").first()
        if move is None:
            raise Refusal("clearing.no_step", _("Nothing of this money was cleared."), status=409)
        if move.kind == "allowance":
            text = _("Money of a payer body is taken back on its claim.")
            raise Refusal("clearing.of_claim", text, status=409)
        if item.reason == ClearingItem.Reason.RETURNED:
            text = _("A payment that was taken back stays so; the payer's next one is booked anew.")
            raise Refusal("clearing.returned_done", text, status=409)
        reverse_entry(move.entry_id, reason, actor=whole)  # the watch of reversals puts the money back
        note(item, "step_undone", actor=actor, reason=reason, amount=str(move.amount))
        item.refresh_from_db()
        return item


def assign_to_account(pk: int, *, account: str, amount: Decimal, actor: Actor) -> ClearingItem:
    """Assign to the account a person names by its code or by a virtual account number."""
    wanted = "".join(account.split())
    item = ClearingItem.objects.filter(pk=pk).first()
    if item is None:
        raise Missing("clearing.missing", _("There is no such item in the queue."))
    by_code = Account.objects.filter(entity_id=item.entity_id, code=wanted)
    number = wanted.upper().removeprefix("PL")
    by_number = Account.objects.filter(entity_id=item.entity_id, virtual_accounts__number=number)
    found = by_code.first() or by_number.first()
    if found is None:
        text = _("The entity has no account with this number.")
        raise Refusal("clearing.no_account", text, fields={"account": [text]})
    return assign_money(pk, [(found.pk, amount)], actor=actor)


def take_back(pk: int, *, payment: int, actor: Actor) -> ClearingItem:
    """`take_payment_back` as the form names its fields."""
    return take_payment_back(pk, payment, actor=actor)
