"""Every change of allowances, claims and the money of payer bodies."""

from lokum.money.allowances.services.claiming import claim_due, claim_month
from lokum.money.allowances.services.granting import (
    apply_break,
    end_allowance,
    grant_allowance,
    lift_suspension,
    reclaim_allowance,
    suspend_allowance,
)
from lokum.money.allowances.services.receiving import receive_payment

__all__ = [
    "apply_break",
    "claim_due",
    "claim_month",
    "end_allowance",
    "grant_allowance",
    "lift_suspension",
    "receive_payment",
    "reclaim_allowance",
    "suspend_allowance",
]
