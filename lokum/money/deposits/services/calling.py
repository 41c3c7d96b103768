"""Asking for a deposit: it becomes due, but is no debt of the account and bears no interest."""

import datetime as dt
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.base.money import places_of, round_amount
from lokum.money.deposits.growth import months_after, rents_in
from lokum.money.deposits.models import Deposit, DepositKind, DepositMove
from lokum.money.deposits.posting import check_amount
from lokum.money.deposits.queries import locked_deposit, monthly_rent
from lokum.money.ledger.models import Account
from lokum.money.ledger.services import allocate_by_rule, lock_accounts, posting


def _account(pk: int) -> Account:
    account = Account.objects.select_related("entity", "payer").filter(pk=pk).first()
    if account is None:
        raise Missing("account.missing", _("There is no such account."))
    return account


def start_deposit(
    account: Account, kind: DepositKind, amount: Decimal, rents: Decimal | None, due_on: dt.date, day: dt.date,
    words: str,
) -> Deposit:  # fmt: skip
    """The record with its number: code of the kind, year, key. No move yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('deposits_deposit', 'id'))")
        key = int(cursor.fetchone()[0])
    return Deposit.objects.create(
        pk=key, account=account, kind=kind, number=f"{kind.code}/{day.year}/{key}", called_on=day, due_on=due_on,
        agreed_amount=amount, rent_months=rents, note=words[:250],
    )  # fmt: skip


def write_call(deposit: Deposit, kind: str, amount: Decimal, *, actor: Actor, **values: object) -> DepositMove:
    """A move that is not posted: what is asked for."""
    return DepositMove.objects.create(
        deposit=deposit, kind=kind, amount=amount, made_at=clock.now(), made_by=actor.label[:150], **values
    )


def _size(
    account: Account, kind: DepositKind, amount: Decimal | None, months: Decimal | None, rent: Decimal | None,
    day: dt.date,
) -> tuple[Decimal, Decimal | None]:  # fmt: skip
    """(amount, in monthly rents or None), from an amount, or so many months of the rent. Raises Refusal."""
    base = rent if rent is not None else monthly_rent(account.pk, day)
    if amount is None:
        if months is None or not base:
            text = _("Name an amount, or a number of monthly rents and the rent.")
            raise Refusal("deposit.no_amount", text, fields={"amount": [text]})
        amount = round_amount(months * base, places_of(account.currency))
    check_amount(account, amount)
    if not base and (kind.max_months is not None or kind.valorised):
        text = _("No rent is charged on this account: name the monthly rent.")
        raise Refusal("deposit.no_rent", text, fields={"rent": [text]})
    return amount, rents_in(amount, base) if base else None


def _refuse_above(kind: DepositKind, rents: Decimal | None) -> None:
    if kind.max_months is not None and rents is not None and rents > kind.max_months:
        text = _("At most %(months)s monthly rents may be asked for (%(basis)s).") % {
            "months": f"{kind.max_months.normalize():f}", "basis": kind.basis or kind.code,
        }  # fmt: skip
        raise Refusal("deposit.above_limit", text, fields={"amount": [text]})


def call_deposit(
    account_id: int, kind_id: int, *, due_on: dt.date, amount: Decimal | None = None, months: Decimal | None = None,
    rent: Decimal | None = None, words: str = "", called_on: dt.date | None = None, actor: Actor,
) -> Deposit:  # fmt: skip
    """Ask a payer for a deposit. The amount is named, or so many monthly rents; rent: default what is charged.

    Money that names the deposit or equals it covers it at once (see `taking`). Raises Refusal (`deposit.no_amount`,
    `.no_rent`, `.above_limit`, `.other_entity`, `.due_before`).
    """
    with posting(actor) as whole:
        account = _account(account_id)
        kind = DepositKind.objects.filter(pk=kind_id, entity_id=account.entity_id).first()
        if kind is None:
            text = _("The kind of deposit belongs to another entity than the account.")
            raise Refusal("deposit.other_entity", text, fields={"kind": [text]})
        day = called_on or clock.today(account.entity.time_zone)
        if due_on < day:
            text = _("The due day lies before the day of the call.")
            raise Refusal("deposit.due_before", text, fields={"due_on": [text]})
        wanted, rents = _size(account, kind, amount, months, rent, day)
        _refuse_above(kind, rents)
        lock_accounts([account.pk])
        deposit = start_deposit(account, kind, wanted, rents, due_on, day, words)
        write_call(deposit, "call", wanted, on=day, due_on=due_on, rent_amount=rent, actor=actor)
        note(deposit, "called", actor=actor, amount=str(wanted))
        allocate_by_rule(account.entity_id, [account.pk], actor=whole)
        deposit.refresh_from_db()
        return deposit


def top_up(
    pk: int, *, amount: Decimal, due_on: dt.date, reason: str, rent: Decimal | None = None, actor: Actor
) -> Deposit:
    """Ask for more: after a use, or because the rent rose. What was agreed grows by what goes beyond it."""
    with posting(actor) as whole:
        account_id = Deposit.objects.filter(pk=pk).values_list("account_id", flat=True).first()
        lock_accounts([account_id] if account_id else [])
        deposit = locked_deposit(pk)
        account, today = deposit.account, clock.today(deposit.account.entity.time_zone)
        check_amount(account, amount)
        if deposit.vacated_on is not None:
            raise Refusal("deposit.left", _("The payer has left; nothing more is asked for."), status=409)
        if due_on < today:
            text = _("The due day lies before the day of the call.")
            raise Refusal("deposit.due_before", text, fields={"due_on": [text]})
        grown = max(deposit.held_amount + deposit.open_amount + amount - deposit.agreed_amount, Decimal(0))
        if grown:
            _grow(deposit, grown, rent, today)
        deposit.due_on = due_on
        deposit.save(update_fields=["agreed_amount", "rent_months", "due_on"])
        write_call(deposit, "call", amount, on=today, due_on=due_on, rent_amount=rent, reason=reason[:500], actor=actor)
        note(deposit, "topped up", actor=actor, amount=str(amount), reason=reason)
        allocate_by_rule(account.entity_id, [account.pk], actor=whole)
        deposit.refresh_from_db()
        return deposit


def _grow(deposit: Deposit, grown: Decimal, rent: Decimal | None, today: dt.date) -> None:
    """More than was agreed: so many more rents of today; the whole stays within the limit of the kind."""
    _amount, rents = _size(deposit.account, deposit.kind, grown, None, rent, today)
    deposit.agreed_amount += grown
    if rents is not None and deposit.rent_months is not None:
        deposit.rent_months += rents
        base = grown / rents
        _refuse_above(deposit.kind, rents_in(deposit.agreed_amount, base))


def withdraw_call(pk: int, *, reason: str, actor: Actor) -> Deposit:
    """What was called and is not paid is not asked for any more."""
    with posting(actor):
        deposit = locked_deposit(pk)
        if not reason.strip():
            raise Refusal("reason.missing", _("Say why."), fields={"reason": [_("Say why.")]})
        left = deposit.open_amount
        if left <= 0:
            raise Refusal("deposit.nothing_open", _("Nothing of this deposit is waiting to be paid."), status=409)
        if deposit.taken_amount:
            agreed = max(deposit.agreed_amount - left, deposit.held_amount)
            if deposit.rent_months is not None:
                deposit.rent_months = rents_in(deposit.rent_months * agreed, deposit.agreed_amount)
            deposit.agreed_amount = agreed
            deposit.save(update_fields=["agreed_amount", "rent_months"])
        today = clock.today(deposit.account.entity.time_zone)
        write_call(deposit, "withdraw", left, on=today, reason=reason[:500], actor=actor)
        note(deposit, "call withdrawn", actor=actor, amount=str(left), reason=reason)
        deposit.refresh_from_db()
        return deposit


def note_leaving(pk: int, *, left_on: dt.date, actor: Actor) -> Deposit:
    """The payer left the premises: from this day runs the time within which the deposit goes back."""
    with posting(actor):
        deposit = locked_deposit(pk)
        if left_on < deposit.called_on:
            text = _("The day lies before the deposit was called.")
            raise Refusal("deposit.left_before", text, fields={"left_on": [text]})
        deposit.vacated_on = left_on
        months = deposit.kind.return_months
        deposit.return_by = months_after(left_on, months) if months is not None else None
        deposit.save(update_fields=["vacated_on", "return_by"])
        note(deposit, "left", actor=actor, on=left_on.isoformat())
        return deposit
