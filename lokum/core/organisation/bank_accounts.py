"""Opening and changing a bank account of an entity: payers' money goes there, so a second person looks at it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.base.approvals import ApprovalKind, Change, needs_approval, register_kind, request_approval
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.desk import journal
from lokum.core.organisation.models import Entity, EntityBankAccount, EntityFund

CODE = "organisation.bank_account"


def _invalid(problem: ValidationError) -> Refusal:
    fields = problem.message_dict if hasattr(problem, "error_dict") else {}
    return Refusal("bank_account.invalid", " ".join(problem.messages), fields=fields)


def _checked(account: EntityBankAccount) -> EntityBankAccount:
    """Refuse a wrong number, a fund of another entity, and the like."""
    try:
        account.full_clean()
    except ValidationError as problem:
        raise _invalid(problem)
    if account.fund is not None and account.fund.entity_id != account.entity_id:
        text = _("This fund belongs to another entity.")
        raise Refusal("bank_account.foreign_fund", text, fields={"fund": [text]})
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
def propose_number(pk: int, *, number: str, reason: str, actor: Actor, currency: str = "") -> Any:
    """Another number (or currency) of a known bank account."""
    account = EntityBankAccount.objects.select_related("entity").filter(pk=pk).first()
    if account is None:
        raise Missing("bank_account.missing", _("There is no such bank account."))
    before = {"number": account.number, "currency": account.currency}
    account.number, account.currency = number.replace(" ", ""), currency or account.currency
    if before == {"number": account.number, "currency": account.currency}:
        text = _("This is the number it has already.")
        raise Refusal("bank_account.same", text, fields={"number": [text]})
    return _propose(account, _checked(account), before, reason, actor)


def _carry_out(payload: Mapping[str, Any], actor: Actor) -> EntityBankAccount:
    """What was proposed, checked anew: the account may have changed since."""
    after = payload["after"]
    if payload["account"] is None:
        account = EntityBankAccount(
            entity_id=payload["entity"], number=after["number"], currency=after["currency"],
            bank_name=after["bank_name"], fund_id=int(after["fund"]) if after["fund"] else None,
            file_profile=after["file_profile"], opened_on=dt.date.fromisoformat(after["opened_on"]),
        )  # fmt: skip
    else:
        found = EntityBankAccount.objects.select_for_update().filter(pk=payload["account"]).first()
        if found is None:
            raise Missing("bank_account.missing", _("There is no such bank account."))
        account = found
        if {"number": account.number, "currency": account.currency} != payload["before"]:
            raise Refusal("bank_account.changed", _("The account changed since this was proposed."), status=409)
        account.number, account.currency = after["number"], after["currency"]
        account.version += 1
    _checked(account).save()
    journal.publish_change("organisation.entitybankaccount", "changed", account)
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
