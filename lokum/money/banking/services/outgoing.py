"""Outgoing bank lines: each is booked once, by a rule or by hand, or named as the transfer of a refund booked before.

- A fee, a supplier or another account of the books: debit that account, credit the bank account's own ledger account.
- A transfer between own bank accounts goes to the account of money in transit, from which the other statement takes it;
  where the money that arrived was not recognised and waits in the clearing queue, it leaves the queue.
- A payout (money sent back from the queue, a refund, a deposit given back) was posted when it was decided and is in
  transit since: the line names it and takes it out of transit.

Everything can be undone: a posting by its reversal, a link by ending it; the line then waits again.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.organisation.models import EntityBankAccount
from lokum.money.banking.models import BankEntry, BankStatement, ClearingItem, ClearingMove, OutgoingBooking, Refund
from lokum.money.banking.queries import MONEY, linkable_entries, own_transfers
from lokum.money.banking.services.bank_books import book_of
from lokum.money.ledger.models import Entry, LedgerAccount
from lokum.money.ledger.services import NewEntry, NewLine, post_batch, posting, reverse_entry

Way = OutgoingBooking.Way

# The first rule (by position) whose words or account meet a line that waits; "%" and "_" in a rule are plain letters.
BY_RULES = r"""
SELECT DISTINCT ON (b.id) b.id, r.id, r.ledger_account_id, r.way
FROM banking_bankentry b
JOIN organisation_entitybankaccount a ON a.id = b.bank_account_id
JOIN banking_outgoingrule r ON r.entity_id = a.entity_id AND r.active
  AND (r.counter_account = '' OR ltrim(replace(b.counter_account, ' ', ''), 'PL') = r.counter_account)
  AND (r.words = '' OR b.title || ' ' || b.counter_name ILIKE '%%' || regexp_replace(r.words, '([\\%%_])', '\\\1', 'g')
       || '%%')
  AND (r.up_to_amount IS NULL OR -b.amount <= r.up_to_amount)
WHERE b.statement_id = %(statement)s AND b.state = 'outgoing'
ORDER BY b.id, r.position, r.id
"""


@dataclass(frozen=True)
class _Wish:
    """A line to be booked: to which account of the books, or out of which item of the queue."""

    line: BankEntry
    way: str
    debited_id: int
    rule_id: int | None = None
    item: ClearingItem | None = None
    carries_id: int | None = None
    note: str = ""


def _locked(pk: int) -> BankEntry:
    rows = BankEntry.objects.select_for_update(of=("self",)).select_related("bank_account__entity")
    line = rows.filter(pk=pk).first()
    if line is None:
        raise Missing("outgoing.missing", _("There is no such bank entry."))
    if line.state != BankEntry.State.OUTGOING:
        raise Refusal("outgoing.done", _("This entry is not an outgoing one that waits for booking."), status=409)
    return line


def own_numbers(bank_account: EntityBankAccount) -> list[str]:
    """The other bank accounts of the same entity, open or ended, as bank files spell them."""
    others = EntityBankAccount.objects.filter(entity_id=bank_account.entity_id).exclude(pk=bank_account.pk)
    return sorted(plain_number(number) for number in others.values_list("number", flat=True))


def plain_number(number: str) -> str:
    """Capitals and digits without the Polish country letters, as the statements for whole files compare them."""
    return re.sub(r"^PL|[^0-9A-Z]", "", number.upper())


def _in_transit(entity_id: int) -> int | None:
    rows = LedgerAccount.objects.filter(entity_id=entity_id, purpose=LedgerAccount.Purpose.IN_TRANSIT)
    return rows.values_list("pk", flat=True).first()


def _book(entity_id: int, wishes: Sequence[_Wish], source: str, actor: Actor) -> list[OutgoingBooking]:
    """Post lines of one entity as one batch, each on its own day; the numbers of the bookings name the entries."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('banking_outgoingbooking', 'id')) FROM generate_series(1, %s)",
            [len(wishes)],
        )
        keys = [int(row[0]) for row in cursor.fetchall()]
    accounts = {wish.line.bank_account_id: wish.line.bank_account for wish in wishes}
    bank = {pk: book_of(account, actor=actor).ledger_account_id for pk, account in accounts.items()}
    entries = [
        NewEntry(
            kind=Entry.Kind.TRANSFER,
            amount=Decimal(0),
            description=wish.line.title or wish.line.counter_name,
            booked_on=wish.line.booked_on,
            effective_on=wish.line.value_on,
            source_kind="bank-out",
            source_id=key,
            lines=[
                NewLine(wish.debited_id, debit_amount=-wish.line.amount),
                NewLine(bank[wish.line.bank_account_id], credit_amount=-wish.line.amount),
            ],
        )
        for key, wish in zip(keys, wishes, strict=True)
    ]
    day = max(wish.line.booked_on for wish in wishes)
    batch = post_batch(entity_id, "bank-lines", f"{source}:{keys[0]}", day, entries, actor=actor)
    posted = dict(batch.entries.values_list("source_id", "pk"))
    made = OutgoingBooking.objects.bulk_create(
        OutgoingBooking(
            pk=key, bank_entry=wish.line, way=wish.way, ledger_account_id=None if wish.item else wish.debited_id,
            rule_id=wish.rule_id, item=wish.item, entry_id=posted[key], carries_id=wish.carries_id,
            note=wish.note[:250], booked_at=clock.now(), actor_id=actor.user_id, actor_label=actor.label,
        )
        for key, wish in zip(keys, wishes, strict=True)
    )  # fmt: skip
    BankEntry.objects.filter(pk__in=[wish.line.pk for wish in wishes]).update(state=BankEntry.State.POSTED)
    return made


def book_line(pk: int, *, way: str, ledger_account: LedgerAccount, note_text: str = "", actor: Actor) -> BankEntry:
    """Book an outgoing line to an account of the books: a bank fee, a supplier, anything else."""
    with posting(actor) as whole:
        line = _locked(pk)
        entity_id = line.bank_account.entity_id
        refuse_account(ledger_account, entity_id)
        _book(entity_id, [_Wish(line, way, ledger_account.pk, note=note_text)], "bank-line", whole)
        note(line, "booked", actor=actor, way=way, account=ledger_account.code, amount=str(-line.amount))
        line.refresh_from_db()
        return line


def refuse_account(account: LedgerAccount, entity_id: int) -> None:
    """Accounts that other parts of the books keep equal to their own records are not booked to by hand."""
    if account.entity_id != entity_id:
        text = _("This account belongs to another entity.")
        raise Refusal("outgoing.foreign_account", text, fields={"ledger_account": [text]})
    if account.purpose:
        text = _("This account follows its own records; choose an account of costs, suppliers or funds.")
        raise Refusal("outgoing.kept_account", text, fields={"ledger_account": [text]})


def book_transfer(pk: int, *, item: int | None = None, actor: Actor) -> BankEntry:
    """The line went to another bank account of the same entity.

    item: money of the same amount that waits in the queue there. None: the other statement has not told of it yet, or
    was recognised by itself; the money is in transit until then.
    """
    with posting(actor) as whole:
        line = _locked(pk)
        entity_id = line.bank_account.entity_id
        if item is None:
            wish = _Wish(line, Way.TRANSFER, _required_transit(entity_id))
            _book(entity_id, [wish], "bank-line", whole)
        else:
            found = own_transfers(line).select_for_update(of=("self",)).filter(pk=item).first()
            if found is None:
                text = _(
                    "Choose money in the queue that came to another bank account of the entity, with the same amount."
                )
                raise Refusal("outgoing.no_counterpart", text, fields={"item": [text]})
            clearing = LedgerAccount.objects.get(entity_id=entity_id, purpose="clearing")
            (made,) = _book(entity_id, [_Wish(line, Way.TRANSFER, clearing.pk, item=found)], "bank-line", whole)
            _move(found, -line.amount, made.entry_id, actor)
        note(line, "booked", actor=actor, way=Way.TRANSFER, item=item, amount=str(-line.amount))
        line.refresh_from_db()
        return line


def _required_transit(entity_id: int) -> int:
    found = _in_transit(entity_id)
    if found is None:
        text = _("The chart of accounts of this entity has no account of money in transit.")
        raise Refusal("outgoing.no_transit", text)
    return found


def _move(item: ClearingItem, amount: Decimal, entry_id: int, actor: Actor) -> None:
    item.left_amount -= amount
    item.state = ClearingItem.State.OPEN if item.left_amount else ClearingItem.State.DONE
    item.save(update_fields=["left_amount", "state"])
    ClearingMove.objects.create(
        item=item, kind="transfer", amount=amount, entry_id=entry_id, moved_at=clock.now(), actor_id=actor.user_id
    )


def link_refund(pk: int, *, entry: int, actor: Actor) -> BankEntry:
    """The line carries out a payout that was posted when it was decided; only money in transit moves by it."""
    with posting(actor) as whole:
        line = _locked(pk)
        found = next((one for one in linkable_entries(line) if one.pk == entry), None)
        if found is None:
            text = _("Choose a refund of the same entity and amount that no other bank entry carries out.")
            raise Refusal("outgoing.no_refund", text, fields={"entry": [text]})
        _carry(line, found, whole)
        note(line, "booked", actor=actor, way=Way.REFUND, entry=found.pk, amount=str(-line.amount))
        line.refresh_from_db()
        return line


def _carry(line: BankEntry, payout: Entry, actor: Actor) -> None:
    Refund.objects.filter(entry=payout).update(state=Refund.State.PAID)
    stands = payout.lines.filter(credit_amount=-line.amount, ledger_account__purpose__in=MONEY).first()
    assert stands is not None, "linkable entries have such a line"
    if stands.ledger_account_id != book_of(line.bank_account, actor=actor).ledger_account_id:
        wish = _Wish(line, Way.REFUND, stands.ledger_account_id, carries_id=payout.pk)
        _book(line.bank_account.entity_id, [wish], "bank-line", actor)
        return
    # Posted straight to this very account, before bank accounts stood apart.
    OutgoingBooking.objects.create(
        bank_entry=line, way=Way.REFUND, entry_id=payout.pk, booked_at=clock.now(), actor_id=actor.user_id,
        actor_label=actor.label,
    )  # fmt: skip
    BankEntry.objects.filter(pk=line.pk).update(state=BankEntry.State.POSTED)


def book_by_itself(pk: int, *, actor: Actor) -> int:
    """What is certain of a statement's outgoing lines: refunds, transfers to own accounts, the rules of the entity."""
    return _refunds(pk, actor) + _own_transfers(pk, actor) + book_by_rules(pk, actor=actor)


def _refunds(pk: int, actor: Actor) -> int:
    """Lines that carry out a refund: same account number, amount, and the reference in the title."""
    statement = BankStatement.objects.select_related("bank_account").get(pk=pk)
    open_states = (Refund.State.TO_SEND, Refund.State.ORDERED)
    with posting(actor) as whole:
        refunds = Refund.objects.filter(entity_id=statement.bank_account.entity_id, state__in=open_states)
        known = list(refunds.select_for_update(of=("self",)).select_related("entry").order_by("pk"))
        if not known:
            return 0
        waiting = statement.entries.filter(state=BankEntry.State.OUTGOING, amount__in=[-one.amount for one in known])
        count = 0
        for line in _waiting(list(waiting.values_list("pk", flat=True))):
            number, title = plain_number(line.counter_account), re.sub(r"[^0-9A-Z]", "", line.title.upper())
            met = [
                one for one in known
                if one.amount == -line.amount and plain_number(one.payee_number) == number
                and re.search(f"{one.number}(?![0-9])", title)
            ]  # fmt: skip
            if met:
                known.remove(met[0])
                _carry(line, met[0].entry, whole)
                note(line, "booked", actor=actor, way=Way.REFUND, entry=met[0].entry_id, amount=str(-line.amount))
                count += 1
        return count


def _own_transfers(pk: int, actor: Actor) -> int:
    statement = BankStatement.objects.select_related("bank_account").get(pk=pk)
    numbers, transit = set(own_numbers(statement.bank_account)), _in_transit(statement.bank_account.entity_id)
    if not numbers or transit is None:
        return 0
    with posting(actor) as whole:
        waiting = statement.entries.filter(state=BankEntry.State.OUTGOING).exclude(counter_account="")
        chosen = [
            one_pk
            for one_pk, number in waiting.order_by("pk").values_list("pk", "counter_account")
            if plain_number(number) in numbers
        ]
        lines = _waiting(chosen)
        if lines:
            wishes = [_Wish(line, Way.TRANSFER, transit) for line in lines]
            _book(statement.bank_account.entity_id, wishes, f"own-transfers:{pk}", whole)
        return len(lines)


def _waiting(pks: Collection[int]) -> list[BankEntry]:
    """These lines, locked, as far as nobody booked them meanwhile."""
    rows = BankEntry.objects.select_for_update(of=("self",)).select_related("bank_account")
    return list(rows.filter(pk__in=pks, state=BankEntry.State.OUTGOING).order_by("pk"))


def book_by_rules(pk: int, *, actor: Actor) -> int:
    """Book the waiting outgoing lines of a statement that a rule of its entity meets; returns how many."""
    with posting(actor) as whole:
        with connection.cursor() as cursor:
            cursor.execute(BY_RULES, {"statement": pk})
            met = {row[0]: row[1:] for row in cursor.fetchall()}
        if not met:
            return 0
        lines = _waiting(met)
        if not lines:
            return 0
        statement = BankStatement.objects.select_related("bank_account").get(pk=pk)
        wishes = [_Wish(line, met[line.pk][2], met[line.pk][1], rule_id=met[line.pk][0]) for line in lines]
        _book(statement.bank_account.entity_id, wishes, f"bank-lines:{pk}", whole)
        note(statement, "booked_by_rules", actor=actor, count=len(wishes))
        return len(wishes)


def apply_rules(pk: int, *, actor: Actor) -> BankStatement:
    """`book_by_rules` for a person, who is told when no rule meets a line."""
    if not book_by_rules(pk, actor=actor):
        raise Refusal("outgoing.no_rule", _("No rule meets an outgoing entry of this statement that waits."))
    return BankStatement.objects.get(pk=pk)


def undo_line(pk: int, *, reason: str, actor: Actor) -> BankEntry:
    """Take the booking of an outgoing line back; the line waits again."""
    if not reason.strip():
        raise Refusal("outgoing.no_reason", _("Say why."), fields={"reason": [_("Say why.")]})
    with posting(actor) as whole:
        line = BankEntry.objects.select_for_update(of=("self",)).filter(pk=pk).first()
        booking = line.bookings.filter(undone_at=None).first() if line is not None else None
        if line is None or booking is None:
            raise Refusal("outgoing.not_booked", _("This entry is not booked as an outgoing one."), status=409)
        if booking.way == Way.REFUND and booking.carries_id is None:
            end_booking(booking, reason, None, actor)
        else:
            reverse_entry(booking.entry_id, reason, actor=whole)  # `after_reversal` does the rest
        note(line, "booking_undone", actor=actor, reason=reason)
        line.refresh_from_db()
        return line


def end_booking(booking: OutgoingBooking, reason: str, mirror_id: int | None, actor: Actor) -> None:
    """The line waits again; what it carried out does, too."""
    if booking.item_id is not None and mirror_id is not None:
        item = ClearingItem.objects.select_for_update(of=("self",)).get(pk=booking.item_id)
        _move(item, booking.bank_entry.amount, mirror_id, actor)
    booking.undone_at, booking.undone_by, booking.undo_reason = clock.now(), actor.label, reason[:250]
    booking.save(update_fields=["undone_at", "undone_by", "undo_reason"])
    BankEntry.objects.filter(pk=booking.bank_entry_id).update(state=BankEntry.State.OUTGOING)
    refunds = Refund.objects.filter(entry_id=booking.carries_id or booking.entry_id, state=Refund.State.PAID)
    refunds.filter(ordered_on=None).update(state=Refund.State.TO_SEND)
    refunds.update(state=Refund.State.ORDERED)
