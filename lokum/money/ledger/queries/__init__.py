"""Reads of the books. Pages, API and portal show balances and sheets from here and from nowhere else."""

from lokum.money.ledger.queries.balances import Balance, balance, balances, total_of_accounts
from lokum.money.ledger.queries.books import TrialLine, trail_of, trial_balance
from lokum.money.ledger.queries.sheet import Cursor, SheetPage, SheetRow, sheet, sheet_rows

__all__ = [
    "Balance",
    "Cursor",
    "SheetPage",
    "SheetRow",
    "TrialLine",
    "balance",
    "balances",
    "sheet",
    "sheet_rows",
    "total_of_accounts",
    "trail_of",
    "trial_balance",
]
