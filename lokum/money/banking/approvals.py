"""What at the bank needs a second person: setting a bank account apart in the books."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy

from lokum.core.base.approvals import ApprovalKind, Change, register_kind, request_approval
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing
from lokum.money.banking.models import BankBook
from lokum.money.banking.services import amount_to_carry, set_apart

APART = "banking.set_apart"


def request_apart(pk: int, *, reason: str, actor: Actor) -> Any:
    """Ask for an own ledger account of a bank account, with what it has on the shared one carried over."""
    books = BankBook.objects.select_related("bank_account__entity", "ledger_account")
    book = books.filter(pk=pk).first()
    if book is None:
        raise Missing("bank_book.missing", gettext_lazy("There is no such bank account in the books."))
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


def install() -> None:
    register_kind(
        ApprovalKind(
            APART, gettext_lazy("Own ledger account of a bank account"), "banking.bankbook:approve", _apart, _describe
        )
    )
