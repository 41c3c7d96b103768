"""Reads of the books. Pages, API and portal show balances and sheets from here and from nowhere else.

The models named here are for reading and typing; whoever changes the books calls the services.
"""

from lokum.money.ledger.models import Account, Allocation, Entry
from lokum.money.ledger.queries.balances import (
    AccountOverview,
    Balance,
    accounts_of_record,
    balance,
    balances,
    next_due_days,
    total_of_accounts,
)
from lokum.money.ledger.queries.books import (
    LeftPart,
    Trail,
    TrialLine,
    left_parts,
    payout_account,
    reopenings,
    trail_of,
    trial_balance,
)
from lokum.money.ledger.queries.sheet import Cursor, SheetPage, SheetRow, sheet, sheet_rows
from lokum.money.ledger.queries.sub_accounts import (
    SubBalance,
    sub_accounts_of,
    sub_accounts_of_account,
    sub_balances,
)
from lokum.money.ledger.queries.years import FiscalYear, fiscal_years

__all__ = [
    "Account",
    "AccountOverview",
    "Allocation",
    "Balance",
    "Cursor",
    "Entry",
    "FiscalYear",
    "LeftPart",
    "SheetPage",
    "SheetRow",
    "SubBalance",
    "Trail",
    "TrialLine",
    "accounts_of_record",
    "balance",
    "balances",
    "fiscal_years",
    "left_parts",
    "next_due_days",
    "payout_account",
    "reopenings",
    "sheet",
    "sheet_rows",
    "sub_accounts_of",
    "sub_accounts_of_account",
    "sub_balances",
    "total_of_accounts",
    "trail_of",
    "trial_balance",
]
