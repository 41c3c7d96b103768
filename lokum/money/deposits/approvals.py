"""Use, return and forfeiture of a deposit, and taking these back: one person asks, another approves."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.access.models import User
from lokum.core.base.approvals import ApprovalKind, Change, register_kind, request_approval
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.money.deposits.models import Deposit, DepositMove
from lokum.money.deposits.services.giving import (
    apply_forfeit,
    apply_return,
    apply_use,
    plan_forfeit,
    plan_return,
    plan_use,
)
from lokum.money.deposits.services.passing import apply_transfer, plan_transfer
from lokum.money.deposits.services.taking import take_back
from lokum.money.ledger.models import Account

USE, RETURN, FORFEIT, UNDO = "deposits.use", "deposits.return", "deposits.forfeit", "deposits.take_back"
TRANSFER = "deposits.transfer"
RIGHT = "deposits.deposit:approve"


def _deposit(pk: int) -> Deposit:
    deposit = Deposit.objects.select_related("account__entity", "account__payer", "kind").filter(pk=pk).first()
    if deposit is None:
        raise Missing("deposit.missing", _("There is no such deposit."))
    return deposit


def _ask(kind: str, deposit: Deposit, payload: dict[str, Any], amount: Decimal, reason: str, actor: Actor) -> Any:
    account = deposit.account
    told = {
        "deposit": deposit.number, "payer": str(account.payer), "currency": account.currency,
        "held_before": str(deposit.held_amount),
    }  # fmt: skip
    return request_approval(
        kind, target=deposit, payload=told | payload, reason=reason, actor=actor, node_id=account.entity.node_id,
        amount=amount, currency=account.currency,
    )  # fmt: skip


def documents_of(text: str) -> list[str]:
    """Numbers of documents written with commas or line breaks between."""
    return sorted({part.strip() for part in text.replace("\n", ",").replace(";", ",").split(",") if part.strip()})


def request_use(pk: int, *, amount: Decimal | None = None, documents: str = "", reason: str, actor: Actor) -> Any:
    """Ask to cover debts with the deposit; amount: default all it can cover; documents: default everything due."""
    deposit, named = _deposit(pk), documents_of(documents)
    plan = plan_use(deposit, amount=amount, documents=named)
    payload = {"plan": plan.told(), "amount": str(amount) if amount is not None else "", "documents": named}
    return _ask(USE, deposit, payload, plan.used, reason, actor)


def request_return(
    pk: int, *, amount: Decimal | None = None, rent: Decimal | None = None, cover_debts: bool = True,
    payee_name: str = "", payee_number: str = "", reason: str, actor: Actor,
) -> Any:  # fmt: skip
    """Ask to give the deposit back, with what the law adds and less the debts that are due."""
    deposit = _deposit(pk)
    plan = plan_return(deposit, amount=amount, rent=rent, cover_debts=cover_debts)
    payload = {
        "plan": plan.told(), "amount": str(amount) if amount is not None else "",
        "rent": str(rent) if rent is not None else "", "cover_debts": bool(cover_debts),
        "payee_name": payee_name or str(deposit.account.payer), "payee_number": payee_number,
    }  # fmt: skip
    return _ask(RETURN, deposit, payload, plan.payout, reason, actor)


def request_forfeit(pk: int, *, amount: Decimal | None = None, reason: str, actor: Actor) -> Any:
    """Ask to keep the deposit, or so much of it, as income."""
    deposit = _deposit(pk)
    wanted = plan_forfeit(deposit, amount)
    return _ask(FORFEIT, deposit, {"amount": str(wanted)}, wanted, reason, actor)


def request_transfer(pk: int, *, account: Account, document: str, reason: str, actor: Actor) -> Any:
    """Ask to pass the deposit on to the account of another payer, by written agreement."""
    deposit = _deposit(pk)
    amount = plan_transfer(deposit, account, document)
    payload = {
        "account": account.pk, "to": f"{account.code} {account.payer}", "document": document.strip()[:200],
        "amount": str(amount),
    }  # fmt: skip
    return _ask(TRANSFER, deposit, payload, amount, reason, actor)


def request_taking_back(pk: int, *, reason: str, actor: Actor) -> Any:
    """Ask to take a posted move back. What only brought money in is taken back at once: it gives nothing away."""
    move = DepositMove.objects.select_related("deposit").filter(pk=pk).first()
    if move is None:
        raise Missing("deposit.no_move", _("There is no such move."))
    if move.kind in ("take", "interest"):
        return take_back(pk, reason=reason, actor=actor).deposit
    if move.entry_id is None or move.undoes_id is not None or DepositMove.objects.filter(undoes=move).exists():
        raise Refusal("deposit.not_posted", _("Only a posted move can be taken back."), status=409)
    payload = {"move": move.pk, "move_kind": move.kind, "amount": str(move.amount)}
    return _ask(UNDO, _deposit(move.deposit_id), payload, move.amount, reason, actor)


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _proposer(request: Any) -> str:
    return str(User.objects.filter(pk=request.proposer_id).first() or "")


def _use(request: Any, actor: Actor) -> Any:
    told = request.payload
    return apply_use(
        request.target_id, amount=_number(told["amount"]), documents=told["documents"], reason=request.reason,
        proposed_by=_proposer(request), told=told["plan"], actor=actor,
    )  # fmt: skip


def _return(request: Any, actor: Actor) -> Any:
    told = request.payload
    return apply_return(
        request.target_id, amount=_number(told["amount"]), rent=_number(told["rent"]), cover_debts=told["cover_debts"],
        payee_name=told["payee_name"], payee_number=told["payee_number"], reason=request.reason,
        proposed_by=_proposer(request), told=told["plan"], actor=actor,
    )  # fmt: skip


def _forfeit(request: Any, actor: Actor) -> Any:
    return apply_forfeit(
        request.target_id, amount=Decimal(request.payload["amount"]), reason=request.reason,
        proposed_by=_proposer(request), actor=actor,
    )  # fmt: skip


def _transfer(request: Any, actor: Actor) -> Any:
    told = request.payload
    return apply_transfer(
        request.target_id, told["account"], document=told["document"], reason=request.reason,
        proposed_by=_proposer(request), told=told["amount"], actor=actor,
    )  # fmt: skip


def _take_back(request: Any, actor: Actor) -> Any:
    return take_back(request.payload["move"], reason=request.reason, actor=actor)


def _head(request: Any) -> list[Change]:
    told = request.payload
    return [
        Change(gettext_lazy("deposit"), "", f"{told['deposit']} · {told['payer']}"),
        Change(gettext_lazy("held"), f"{told['held_before']} {told['currency']}"),
    ]


def _planned(request: Any) -> Sequence[Change]:
    told, currency = request.payload, request.payload["currency"]
    plan = told["plan"]
    rows = _head(request)
    for name, label in (
        ("rent", gettext_lazy("monthly rent of the day")),
        ("interest", gettext_lazy("interest")),
        ("valorisation", gettext_lazy("valorisation")),
    ):
        if plan[name] and Decimal(plan[name]):
            rows.append(Change(label, "", f"{plan[name]} {currency}"))
    rows += [
        Change(gettext_lazy("debt %(number)s") % {"number": document or key}, "", f"-{amount} {currency}")
        for key, document, amount in plan["debts"]
    ]
    if "payee_name" in told:
        rows.append(Change(gettext_lazy("paid out"), "", f"{plan['payout']} {currency}"))
        rows.append(Change(gettext_lazy("to"), "", f"{told['payee_name']} {told['payee_number']}".strip()))
    return rows


def _plain(request: Any) -> Sequence[Change]:
    told = request.payload
    label: Any = gettext_lazy("forfeited")
    if "move_kind" in told:
        label = gettext_lazy("taken back: %(move)s") % {"move": DepositMove.Kind(told["move_kind"]).label}
    return [*_head(request), Change(label, "", f"{told['amount']} {told['currency']}")]


def _passed(request: Any) -> Sequence[Change]:
    told = request.payload
    return [
        *_head(request),
        Change(gettext_lazy("passed on to"), "", told["to"]),
        Change(gettext_lazy("written agreement"), "", told["document"]),
        Change(gettext_lazy("passed on"), "", f"{told['amount']} {told['currency']}"),
    ]


def install() -> None:
    for code, label, perform, describe in (
        (USE, gettext_lazy("Use of a deposit for debts"), _use, _planned),
        (RETURN, gettext_lazy("Return of a deposit"), _return, _planned),
        (FORFEIT, gettext_lazy("Forfeiture of a deposit"), _forfeit, _plain),
        (TRANSFER, gettext_lazy("Passing a deposit on to another payer"), _transfer, _passed),
        (UNDO, gettext_lazy("Taking back a move of a deposit"), _take_back, _plain),
    ):
        register_kind(ApprovalKind(code, label, RIGHT, perform, describe))
