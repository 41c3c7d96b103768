"""Deposits at a change of owner: they stay, go back to the former owner, or pass to the new payer in writing."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.base.languages import worded
from lokum.core.flow.models import ApprovalRequest
from lokum.money.changeover.models import OwnerChange
from lokum.money.deposits.approvals import request_return, request_transfer
from lokum.money.deposits.models import Deposit, DepositMove
from lokum.money.deposits.services import note_leaving, plan_return, plan_transfer
from lokum.money.ledger.models import Account

Choice = OwnerChange.Deposits


@dataclass(frozen=True)
class DepositLine:
    """A deposit held when premises change hands. `amount`: what would be paid out or pass on; None: it stays."""

    deposit: Deposit
    amount: Decimal | None = None
    deducted: Decimal = Decimal(0)


def held_deposits(account_ids: Sequence[int]) -> list[Deposit]:
    rows = Deposit.objects.filter(account__in=account_ids, held_amount__gt=0)
    return list(rows.select_related("account__entity", "account__payer", "kind").order_by("pk"))


def deposit_lines(change: OwnerChange, accounts: Sequence[int], target: Account) -> list[DepositLine]:
    """What becomes of each held deposit. Raises the refusal that the return or transfer itself would raise."""
    found = []
    for deposit in held_deposits(accounts):
        if change.deposits == Choice.RETURNED:
            plan = plan_return(deposit, cover_debts=_covers(change))
            found.append(DepositLine(deposit, plan.payout, plan.used))
        elif change.deposits == Choice.PASSED_ON:
            found.append(DepositLine(deposit, plan_transfer(deposit, target, change.deposit_document)))
        else:
            found.append(DepositLine(deposit))
    return found


def _covers(change: OwnerChange) -> bool:
    """Debts the new payer takes over are not deducted from what the former owner gets back."""
    return change.arrears != OwnerChange.Arrears.TAKEN_OVER


def ask_for_deposits(change: OwnerChange, accounts: Sequence[int], target: Account, *, actor: Actor) -> dict[str, Any]:
    """Propose the return or transfer of every held deposit; each waits for a second person."""
    requests, left = [], []
    day = change.transferred_on.isoformat()
    reason = worded(lambda: _("Change of owner on %(day)s") % {"day": day})
    for deposit in held_deposits(accounts) if change.deposits != Choice.STAYS else []:
        if change.deposits == Choice.RETURNED:
            left.append([deposit.pk, _text(deposit.vacated_on), _text(deposit.return_by)])
            if deposit.vacated_on is None:
                note_leaving(deposit.pk, left_on=change.transferred_on - dt.timedelta(days=1), actor=actor)
            made = request_return(deposit.pk, cover_debts=_covers(change), reason=reason, actor=actor)
        else:
            made = request_transfer(
                deposit.pk, account=target, document=change.deposit_document,
                reason=reason, actor=actor,
            )  # fmt: skip
        requests.append(made.pk)
    return {"requests": requests, "left": left}


def _text(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def deposit_requests(change: OwnerChange) -> list[ApprovalRequest]:
    """The requests of a change that was carried out, with their states."""
    asked = change.former.get("deposits", {}).get("requests", [])
    return list(ApprovalRequest.objects.filter(pk__in=asked).order_by("pk"))


def refuse_undo(change: OwnerChange) -> None:
    """A change of owner is not undone over deposits that wait for a decision, went back or passed on."""
    requests = deposit_requests(change)
    if any(one.state == ApprovalRequest.State.PROPOSED for one in requests):
        text = _("The deposits wait for a decision; it has to be withdrawn or refused first.")
        raise Refusal("changeover.request_open", text, status=409)
    done = [one.target_id for one in requests if one.state == ApprovalRequest.State.APPROVED]
    standing = DepositMove.objects.filter(
        deposit__in=done, kind__in=("return", "transfer_out"), undoes=None, undone_by=None, made_at__gte=change.done_at
    )
    if standing.exists():
        text = _("A deposit was returned or passed on already; take that back first.")
        raise Refusal("changeover.deposits_moved", text, status=409)


def put_back(change: OwnerChange) -> None:
    """The days on which the former owner was noted to have left, as before."""
    for pk, vacated_on, return_by in change.former.get("deposits", {}).get("left", []):
        Deposit.objects.filter(pk=pk).update(vacated_on=vacated_on, return_by=return_by)
