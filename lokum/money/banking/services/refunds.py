"""Refunds: asked for where the money stands, approved by somebody else, posted, sent, carried out by a bank line.

Never more than is over: the account (or the money in the queue) is locked, what is over is counted anew when the second
person approves, and the refund uses the payer's free credits, of which the database lets nobody use more than there is.
"""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext as _

from lokum.core.audit.services import note
from lokum.core.base import clock, identifiers
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.base.money import places_of, round_amount
from lokum.core.base.templatetags.lokum import amount_text
from lokum.core.organisation.models import Entity
from lokum.money.banking.models import Refund
from lokum.money.banking.overpaid import Overpaid, overpaid
from lokum.money.banking.services.clearing import return_money
from lokum.money.ledger.models import Account, Entry, LedgerAccount
from lokum.money.ledger.queries import payout_account
from lokum.money.ledger.services import (
    NewEntry,
    NewLine,
    allocate_pairs,
    lock_accounts,
    post_batch,
    posting,
    reverse_entry,
)

TOO_MUCH = "refund.too_much"


def check_payee(entity: Entity, name: str, number: str) -> tuple[str, str]:
    """Name and account number of the recipient, the number checked by the rules of the entity's country."""
    name, plain = name.strip(), "".join(number.split())
    if not name:
        text = _("Say who receives the money.")
        raise Refusal("refund.no_payee", text, fields={"payee_name": [text]})
    if not plain:
        text = _("Say to which account number the money goes.")
        raise Refusal("refund.no_number", text, fields={"payee_number": [text]})
    foreign = plain[:2].isalpha() and plain[:2].upper() != entity.country.upper()  # an account abroad, by its IBAN
    try:
        checked = plain if foreign else identifiers.check(identifiers.BANK_ACCOUNT, plain, entity.country)
    except ValidationError as problem:
        text = " ".join(problem.messages)
        raise Refusal("refund.wrong_number", text, fields={"payee_number": [text]}) from problem
    return name[:200], checked[:40]


def check_amount(amount: Decimal, currency: str, limit: Decimal, code: str = TOO_MUCH) -> None:
    if amount <= 0 or amount != round_amount(amount, places_of(currency)):
        text = _("An amount above zero, in whole units of %(currency)s.") % {"currency": currency}
        raise Refusal("refund.amount", text, fields={"amount": [text]})
    if amount > limit:
        pattern = _("Only %(left)s is over.") if code == TOO_MUCH else _("Only %(left)s is left of this money.")
        text = pattern % {"left": amount_text(limit, currency)}
        raise Refusal(code, text, fields={"amount": [text]}, details={"over": str(limit)}, status=409)


def refund_account(
    account_id: int, *, amount: Decimal, payee_name: str, payee_number: str, reason: str, proposed_by: str = "",
    actor: Actor,
) -> Refund:  # fmt: skip
    """Post what was approved: the payer's free money goes out, in transit until the bank tells of it."""
    with posting(actor) as whole:
        lock_accounts([account_id])
        account = Account.objects.select_related("entity").filter(pk=account_id).first()
        if account is None:
            raise Missing("refund.no_account", _("There is no such account."))
        over = overpaid(account.pk)
        check_amount(amount, account.currency, over.limit)
        payee = check_payee(account.entity, payee_name, payee_number)
        key = _key()
        entry = _post(account, over, key, amount, whole)
        pairs = [(credit, entry.pk, part) for credit, part in over.parts(amount)]
        allocate_pairs(pairs, rule="refund", actor=whole, value_on=entry.booked_on)
        return _made(key, account.entity_id, entry, amount, payee, reason, proposed_by, actor, account_id=account.pk)


def refund_item(
    item_id: int, *, amount: Decimal, payee_name: str, payee_number: str, reason: str, proposed_by: str = "",
    actor: Actor,
) -> Refund:  # fmt: skip
    """Post what was approved: money leaves the queue and is in transit to its sender."""
    with posting(actor) as whole:
        item = return_money(item_id, amount, reason=reason, actor=whole)
        payee = check_payee(item.entity, payee_name, payee_number)
        entry = item.moves.select_related("entry").latest("pk").entry
        return _made(_key(), item.entity_id, entry, amount, payee, reason, proposed_by, actor, item_id=item.pk)


def _key() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('banking_refund', 'id'))")
        return int(cursor.fetchone()[0])


def _post(account: Account, over: Overpaid, key: int, amount: Decimal, actor: Actor) -> Entry:
    entity_id, today = account.entity_id, clock.today(account.entity.time_zone)
    receivable = LedgerAccount.objects.get(entity_id=entity_id, purpose="receivable")
    entry = NewEntry(
        kind=Entry.Kind.REFUND, account_id=account.pk, amount=amount, document_number=_number(key), due_on=today,
        sub_account_id=over.sub_account_id, source_kind="refund", source_id=key,
        lines=[
            NewLine(receivable.pk, debit_amount=amount, of_payer=True),
            NewLine(payout_account(entity_id), credit_amount=amount),
        ],
    )  # fmt: skip
    return post_batch(entity_id, "refund", f"refund:{key}", today, [entry], actor=actor).entries.get()


def _number(key: int) -> str:
    return f"REF{key:06d}"


def _made(
    key: int, entity_id: int, entry: Entry, amount: Decimal, payee: tuple[str, str], reason: str, proposed_by: str,
    actor: Actor, **of: Any,
) -> Refund:  # fmt: skip
    refund = Refund.objects.create(
        pk=key, entity_id=entity_id, number=_number(key), amount=amount, payee_name=payee[0], payee_number=payee[1],
        reason=reason[:500], entry=entry, proposed_by=proposed_by[:150], approved_by=actor.label[:150],
        approved_at=clock.now(), **of,
    )  # fmt: skip
    note(refund, "approved", actor=actor, amount=str(amount))
    return refund


def _locked(pk: int) -> Refund:
    refund = Refund.objects.select_for_update(of=("self",)).select_related("entity").filter(pk=pk).first()
    if refund is None:
        raise Missing("refund.missing", _("There is no such refund."))
    return refund


def order_refund(pk: int, *, actor: Actor) -> Refund:
    """A person has ordered the transfer at the bank."""
    with posting(actor):
        refund = _locked(pk)
        if refund.state != Refund.State.TO_SEND:
            raise Refusal("refund.not_waiting", _("This refund does not wait to be sent."), status=409)
        refund.state, refund.ordered_on = Refund.State.ORDERED, clock.today(refund.entity.time_zone)
        refund.save(update_fields=["state", "ordered_on"])
        note(refund, "ordered", actor=actor)
        return refund


def undo_refund(pk: int, *, reason: str, actor: Actor) -> Refund:
    """Take a refund back that the bank has not paid out: the money is the payer's (or in the queue) again."""
    if not reason.strip():
        raise Refusal("refund.no_reason", _("Say why."), fields={"reason": [_("Say why.")]})
    with posting(actor) as whole:
        refund = _locked(pk)
        if refund.state == Refund.State.UNDONE:
            raise Refusal("refund.undone", _("This refund was undone already."), status=409)
        reverse_entry(refund.entry_id, reason, actor=whole)  # `free_lines` marks it, and refuses what is paid out
        refund.refresh_from_db()
        return refund
