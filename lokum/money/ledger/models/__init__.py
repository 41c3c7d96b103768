"""The books: chart of accounts, payers' accounts, posted entries, open items, periods."""

from lokum.money.ledger.models.accounts import Account, AccountBalance
from lokum.money.ledger.models.allocation_rules import AllocationRule
from lokum.money.ledger.models.chart import LedgerAccount, chart_name_field
from lokum.money.ledger.models.items import Allocation, OpenItem
from lokum.money.ledger.models.payers import CoPayer, PayerShare, PayerSplit
from lokum.money.ledger.models.periods import Period, PeriodReopening
from lokum.money.ledger.models.posting import Batch, BatchTurnover, ChainHead, Entry, Line
from lokum.money.ledger.models.sub_accounts import SubAccount

__all__ = [
    "Account",
    "AccountBalance",
    "Allocation",
    "AllocationRule",
    "Batch",
    "BatchTurnover",
    "ChainHead",
    "CoPayer",
    "Entry",
    "LedgerAccount",
    "Line",
    "OpenItem",
    "PayerShare",
    "PayerSplit",
    "Period",
    "PeriodReopening",
    "SubAccount",
    "chart_name_field",
]
