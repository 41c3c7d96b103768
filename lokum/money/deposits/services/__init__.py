"""Everything that happens to deposits."""

from lokum.money.deposits.services.calling import call_deposit, note_leaving, top_up, withdraw_call
from lokum.money.deposits.services.giving import (
    add_interest,
    apply_forfeit,
    apply_return,
    apply_use,
    plan_return,
    plan_use,
)
from lokum.money.deposits.services.kinds import load_usual_kinds
from lokum.money.deposits.services.papers import issue_receipt, issue_settlement
from lokum.money.deposits.services.passing import apply_transfer, plan_transfer
from lokum.money.deposits.services.taking import take_back, take_from_account, take_over

__all__ = [
    "add_interest",
    "apply_forfeit",
    "apply_return",
    "apply_transfer",
    "apply_use",
    "call_deposit",
    "issue_receipt",
    "issue_settlement",
    "load_usual_kinds",
    "note_leaving",
    "plan_return",
    "plan_transfer",
    "plan_use",
    "take_back",
    "take_from_account",
    "take_over",
    "top_up",
    "withdraw_call",
]
