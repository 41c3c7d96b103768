"""How much of a payer's money is over: what may be given back, and from which credits."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from lokum.core.flow.models import ApprovalRequest
from lokum.money.ledger.models import AccountBalance, OpenItem
from lokum.money.payments.models import Payment

KIND = "banking.refund"  # of requests
ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Overpaid:
    """Of one sub-account: `limit` is what is over, `credits` the free money (entry, open amount), the oldest first."""

    sub_account_id: int | None
    limit: Decimal
    credits: Sequence[tuple[int, Decimal]]

    def parts(self, amount: Decimal) -> list[tuple[int, Decimal]]:
        """Which credits an amount takes, and how much of each."""
        found, left = [], amount
        for entry_id, free in self.credits:
            taken = min(free, left)
            if taken > 0:
                found.append((entry_id, taken))
                left -= taken
        return found


def overpaid(account_id: int) -> Overpaid:
    """The sub-account with the most money over; never more than the whole account is in credit.

    Free money beside an open debt is not over: the balance of all sub-accounts counts.
    """
    balance = AccountBalance.objects.filter(pk=account_id).values_list("amount", flat=True).first() or ZERO
    rows = OpenItem.objects.filter(account_id=account_id, side="credit", open_amount__gt=0)
    free: dict[int | None, list[tuple[int, Decimal]]] = {}
    for sub, entry_id, amount in rows.order_by("due_on", "entry_id").values_list(
        "entry__sub_account_id", "entry_id", "open_amount"
    ):
        free.setdefault(sub, []).append((entry_id, amount))
    found = [
        Overpaid(sub, min(sum((amount for _entry, amount in credits), ZERO), max(-balance, ZERO)), credits)
        for sub, credits in free.items()
    ]
    return max(found, key=lambda one: one.limit, default=Overpaid(None, ZERO, ()))


def waiting_amount(target_model: str, target_id: int) -> Decimal:
    """What other requests, not decided yet, would give back of the same money."""
    waiting = ApprovalRequest.objects.filter(
        kind=KIND, state=ApprovalRequest.State.PROPOSED, target_model=target_model, target_id=target_id
    )
    return waiting.aggregate(n=Sum("amount"))["n"] or ZERO


def last_sender(account_id: int) -> tuple[str, str]:
    """Name and account number from which the payer last sent money; a proposal, nothing more."""
    payments = Payment.objects.filter(account_id=account_id, bank_entry__isnull=False).select_related("bank_entry")
    newest = payments.exclude(bank_entry__counter_account="").order_by("-booked_on", "-pk").first()
    return (newest.bank_entry.counter_name, newest.bank_entry.counter_account) if newest is not None else ("", "")
