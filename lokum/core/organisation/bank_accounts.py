"""Opening and changing a bank account of an entity: payers' money goes there, so a second person looks at it.

Another number is a dated change (ADR 0033): the old account ends the day before, the new one begins that day and names
what it replaces. What was printed and issued before keeps the old number, and money sent to it is still recognised.
Only an account that nothing refers to yet is put right in place, from the day it opened.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.base import clock
from lokum.core.base.approvals import ApprovalKind, Change, needs_approval, register_kind, request_approval
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.base.references import references
from lokum.core.desk import journal
from lokum.core.organisation.models import Entity, EntityBankAccount, EntityFund

CODE = "organisation.bank_account"
_listeners: list[Callable[[EntityBankAccount, Actor], None]] = []


def on_bank_account_opened(
    listener: Callable[[EntityBankAccount, Actor], None],
) -> Callable[[EntityBankAccount, Actor], None]:
    """`listener(account, actor)` runs in the transaction that opens a bank account or changes its number."""
    _listeners.append(listener)
    return listener


def _invalid(problem: ValidationError) -> Refusal:
    fields = problem.message_dict if hasattr(problem, "error_dict") else {}
    return Refusal("bank_account.invalid", " ".join(problem.messages), fields=fields)


def _checked(account: EntityBankAccount) -> EntityBankAccount:
    """Refuse a wrong number, a fund of another entity, another currency than that of the books."""
    try:
        account.full_clean()
    except ValidationError as problem:
        raise _invalid(problem)
    if account.fund is not None and account.fund.entity_id != account.entity_id:
        text = _("This fund belongs to another entity.")
        raise Refusal("bank_account.foreign_fund", text, fields={"fund": [text]})
    if account.currency != account.entity.currency:
        text = _("The books of this entity are kept in %(currency)s; an account in another currency cannot be booked.")
        text %= {"currency": account.entity.currency}
        raise Refusal("bank_account.other_currency", text, fields={"currency": [text]})
    return account


def _propose(target: Any, account: EntityBankAccount, before: Mapping[str, str], reason: str, actor: Actor) -> Any:
    """Ask for a second person, or carry it out where none is needed."""
    after = {"number": account.number, "currency": account.currency}
    if account.pk is None:
        after |= {
            "bank_name": account.bank_name,
            "fund": str(account.fund_id or ""),
            "fund_name": str(account.fund or ""),
            "file_profile": account.file_profile,
            "opened_on": account.opened_on.isoformat(),
        }
    payload = {"entity": account.entity_id, "account": account.pk, "before": dict(before), "after": after}
    if account.replaces_id is not None:
        payload["replaces"] = account.replaces_id
    node_id = account.entity.node_id
    if needs_approval(CODE, actor=actor, node_id=node_id):
        return request_approval(CODE, target=target, payload=payload, reason=reason, actor=actor, node_id=node_id)
    return _carry_out(payload, actor)


@transaction.atomic
def propose_account(
    *,
    entity: Entity,
    number: str,
    opened_on: dt.date,
    reason: str,
    actor: Actor,
    currency: str = "",
    bank_name: str = "",
    fund: EntityFund | None = None,
    file_profile: str = "",
) -> Any:
    """A new bank account of an entity."""
    account = EntityBankAccount(
        entity=entity, number=number.replace(" ", ""), bank_name=bank_name, currency=currency or entity.currency,
        fund=fund, file_profile=file_profile or "auto", opened_on=opened_on,
    )  # fmt: skip
    return _propose(entity, _checked(account), {}, reason, actor)


@transaction.atomic
def propose_number(
    pk: int, *, number: str, reason: str, actor: Actor, currency: str = "", from_on: dt.date | None = None
) -> Any:
    """Another number (or currency) of a known bank account from a day on (today when none is named)."""
    account = EntityBankAccount.objects.select_related("entity").filter(pk=pk).first()
    if account is None:
        raise Missing("bank_account.missing", _("There is no such bank account."))
    before = _present(account)
    fresh = _next(account, number.replace(" ", ""), currency, from_on or clock.today(account.entity.time_zone))
    return _propose(account, _checked(fresh), before, reason, actor)


def _present(account: EntityBankAccount) -> dict[str, str]:
    return {"number": account.number, "currency": account.currency}


def _next(account: EntityBankAccount, number: str, currency: str, day: dt.date) -> EntityBankAccount:
    """What the account becomes: itself while nothing refers to it and it begins that day, else the one after it."""
    if _present(account) == {"number": number, "currency": currency or account.currency}:
        text = _("This is the number it has already.")
        raise Refusal("bank_account.same", text, fields={"number": [text]})
    if account.closed_on is not None:
        raise Refusal("bank_account.ended", _("This account has ended; open a new one instead."), status=409)
    unused = day == account.opened_on and not references(EntityBankAccount, [account.pk])
    if not unused and day <= account.opened_on:
        text = _("The account was opened on %(day)s; another number begins later.") % {"day": account.opened_on}
        raise Refusal("bank_account.too_early", text, fields={"from_on": [text]})
    if unused:
        account.number, account.currency = number, currency or account.currency
        return account
    return EntityBankAccount(
        entity=account.entity, number=number, bank_name=account.bank_name, currency=currency or account.currency,
        fund=account.fund, file_profile=account.file_profile, opened_on=day, replaces=account,
    )  # fmt: skip


def _carry_out(payload: Mapping[str, Any], actor: Actor) -> EntityBankAccount:
    """What was proposed, checked anew: the account may have changed since."""
    after = payload["after"]
    if payload["account"] is None and not payload.get("replaces"):
        account = EntityBankAccount(
            entity_id=payload["entity"], number=after["number"], currency=after["currency"],
            bank_name=after["bank_name"], fund_id=int(after["fund"]) if after["fund"] else None,
            file_profile=after["file_profile"], opened_on=dt.date.fromisoformat(after["opened_on"]),
        )  # fmt: skip
    else:
        account = _carry_out_number(payload, after)
    _checked(account).save()
    journal.publish_change("organisation.entitybankaccount", "changed", account)
    for listener in _listeners:
        listener(account, actor)
    return account


def _carry_out_number(payload: Mapping[str, Any], after: Mapping[str, str]) -> EntityBankAccount:
    accounts = EntityBankAccount.objects.select_for_update(of=("self",)).select_related("entity", "fund")
    known = accounts.filter(pk=payload.get("replaces") or payload["account"]).first()
    if known is None:
        raise Missing("bank_account.missing", _("There is no such bank account."))
    if _present(known) != payload["before"]:
        raise Refusal("bank_account.changed", _("The account changed since this was proposed."), status=409)
    day = dt.date.fromisoformat(after["opened_on"]) if "opened_on" in after else known.opened_on
    account = _next(known, after["number"], after["currency"], day)
    if account.pk is not None:
        account.version += 1
        return account
    known.closed_on = day - dt.timedelta(days=1)
    known.version += 1
    known.save(update_fields=["closed_on", "version"])
    journal.publish_change("organisation.entitybankaccount", "changed", known)
    return account


def _perform(request: Any, actor: Actor) -> EntityBankAccount:
    return _carry_out(request.payload, actor)


def _describe(request: Any) -> list[Change]:
    before, after = request.payload["before"], request.payload["after"]
    labels = {
        "number": _("Account number"),
        "currency": _("Currency"),
        "bank_name": _("Bank"),
        "fund_name": _("Fund"),
        "opened_on": _("Valid from"),
    }
    return [
        Change(label, before.get(name, ""), dt.date.fromisoformat(after[name]) if name == "opened_on" else after[name])
        for name, label in labels.items()
        if name in after and before.get(name) != after[name]
    ]


def install() -> None:
    register_kind(
        ApprovalKind(
            CODE, gettext_lazy("Bank account of an entity"), "organisation.entitybankaccount:approve",
            _perform, _describe, always=False,
        )
    )  # fmt: skip
