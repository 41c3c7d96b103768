"""Every change of allowances, claims and the money of payer bodies."""

from lokum.money.allowances.services.claiming import claim_due, claim_month
from lokum.money.allowances.services.granting import (
    apply_break,
    check_decisions,
    complete_decision,
    end_allowance,
    grant_allowance,
    lift_suspension,
    reclaim_allowance,
    suspend_allowance,
)
from lokum.money.allowances.services.receiving import receive_payment

__all__ = [
    "apply_break",
    "check_decisions",
    "claim_due",
    "claim_month",
    "complete_decision",
    "end_allowance",
    "grant_allowance",
    "lift_suspension",
    "receive_payment",
    "reclaim_allowance",
    "suspend_allowance",
]
