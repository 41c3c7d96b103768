"""What at the bank needs a second person: giving money back, and setting a bank account apart in the books."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.access.models import User
from lokum.core.base.approvals import ApprovalKind, Change, register_kind, request_approval
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing
from lokum.core.organisation.models import Entity
from lokum.money.banking.models import BankBook, BankEntry, ClearingItem, Refund
from lokum.money.banking.overpaid import KIND, overpaid, waiting_amount
from lokum.money.banking.services import amount_to_carry, set_apart
from lokum.money.banking.services.clearing import refuse_returned
from lokum.money.banking.services.refunds import check_amount, check_payee, refund_account, refund_item
from lokum.money.ledger.models import Account
from lokum.money.ledger.services import lock_accounts, posting

APART, REFUND = "banking.set_apart", KIND


def request_apart(pk: int, *, reason: str, actor: Actor) -> Any:
    """Ask for an own ledger account of a bank account, with what it has on the shared one carried over."""
    books = BankBook.objects.select_related("bank_account__entity", "ledger_account")
    book = books.filter(pk=pk).first()
    if book is None:
        raise Missing("bank_book.missing", _("There is no such bank account in the books."))
    entity, amount = book.bank_account.entity, amount_to_carry(book)
    payload = {
        "bank_account": book.bank_account.number, "from": book.ledger_account.code, "amount": str(amount),
        "currency": entity.currency,
    }  # fmt: skip
    return request_approval(
        APART, target=book, payload=payload, reason=reason, actor=actor, node_id=entity.node_id, amount=amount,
        currency=entity.currency,
    )  # fmt: skip


def _apart(request: Any, actor: Actor) -> BankBook:
    return set_apart(request.target_id, told=Decimal(request.payload["amount"]), actor=actor)


def _describe(request: Any) -> Sequence[Change]:
    told = request.payload
    return [
        Change(gettext_lazy("bank account"), "", told["bank_account"]),
        Change(gettext_lazy("ledger account"), told["from"], gettext_lazy("one of its own")),
        Change(gettext_lazy("carried over"), "", f"{told['amount']} {told['currency']}"),
    ]


def request_refund(pk: int, *, amount: Decimal, payee_name: str, payee_number: str, reason: str, actor: Actor) -> Any:
    """Ask to give back what a payer has paid too much; other requests that wait count as given back."""
    with posting(actor):
        lock_accounts([pk])
        account = Account.objects.select_related("entity", "payer").filter(pk=pk).first()
        if account is None:
            raise Missing("refund.no_account", _("There is no such account."))
        over = overpaid(account.pk).limit
        check_amount(amount, account.currency, over - waiting_amount("ledger.account", account.pk))
        payee = check_payee(account.entity, payee_name, payee_number)
        told = {"account": account.code, "payer": str(account.payer), "over": str(over)}
        return _ask_refund(account, account.entity, told, amount, account.currency, payee, reason, actor)


def request_refund_of_line(
    pk: int, *, amount: Decimal, payee_name: str, payee_number: str, reason: str, actor: Actor
) -> Any:
    """The same, started from the bank line that brought the money."""
    line = BankEntry.objects.select_related("payment").filter(pk=pk).first()
    if line is None or line.payment is None or line.payment.account_id is None:
        raise Missing("refund.no_payment", _("This bank entry is no payment of a payer."))
    return request_refund(
        line.payment.account_id, amount=amount, payee_name=payee_name, payee_number=payee_number, reason=reason,
        actor=actor,
    )  # fmt: skip


def request_return(pk: int, *, amount: Decimal, payee_name: str, payee_number: str, reason: str, actor: Actor) -> Any:
    """Ask to send queued money back to where it came from."""
    with posting(actor):
        item = ClearingItem.objects.select_for_update(of=("self",)).select_related("entity").filter(pk=pk).first()
        if item is None:
            raise Missing("clearing.missing", _("There is no such item in the queue."))
        refuse_returned(item)
        left = item.left_amount - waiting_amount("banking.clearingitem", item.pk)
        check_amount(amount, item.entity.currency, left, "clearing.too_much")
        payee = check_payee(item.entity, payee_name, payee_number)
        told = {"account": "", "payer": str(item), "over": str(item.left_amount)}
        return _ask_refund(item, item.entity, told, amount, item.entity.currency, payee, reason, actor)


def _ask_refund(
    target: Any, entity: Entity, told: dict[str, str], amount: Decimal, currency: str, payee: tuple[str, str],
    reason: str, actor: Actor,
) -> Any:  # fmt: skip
    payload = told | {
        "amount": str(amount), "currency": currency, "payee_name": payee[0], "payee_number": payee[1],
    }  # fmt: skip
    return request_approval(
        REFUND, target=target, payload=payload, reason=reason, actor=actor, node_id=entity.node_id, amount=amount,
        currency=currency,
    )  # fmt: skip


def _refund(request: Any, actor: Actor) -> Refund:
    told = request.payload
    perform = refund_account if request.target_model == "ledger.account" else refund_item
    return perform(
        request.target_id, amount=Decimal(told["amount"]), payee_name=told["payee_name"],
        payee_number=told["payee_number"], reason=request.reason, actor=actor,
        proposed_by=str(User.objects.filter(pk=request.proposer_id).first() or ""),
    )  # fmt: skip


def _describe_refund(request: Any) -> Sequence[Change]:
    told = request.payload
    return [
        Change(gettext_lazy("money of"), "", f"{told['account']} {told['payer']}".strip()),
        Change(gettext_lazy("over"), f"{told['over']} {told['currency']}"),
        Change(gettext_lazy("given back"), "", f"{told['amount']} {told['currency']}"),
        Change(gettext_lazy("to"), "", f"{told['payee_name']} {told['payee_number']}"),
    ]


def install() -> None:
    register_kind(ApprovalKind(REFUND, gettext_lazy("Refund"), "banking.refund:approve", _refund, _describe_refund))
    register_kind(
        ApprovalKind(
            APART, gettext_lazy("Own ledger account of a bank account"), "banking.bankbook:approve", _apart, _describe
        )
    )
