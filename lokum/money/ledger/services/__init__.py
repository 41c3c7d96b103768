"""Everything that changes the books. Layers above import from here, never from the modules inside.

Small postings: `post_batch` with plain data. Mass postings (a month run, a bank statement) write the rows
themselves, set-wise, between `open_batch` and `close_batch`; see `posting` for the contract.
"""

from lokum.money.ledger.services.allocation import (
    FIXED_RULES,
    allocate_by_rule,
    allocate_oldest_first,
    allocate_pairs,
    match_by_hand,
    undo_allocation,
)
from lokum.money.ledger.services.books import (
    open_account_of,
    open_accounts,
    open_analytic_account,
    prepare_books,
    withdraw_accounts,
)
from lokum.money.ledger.services.corrections import (
    CorrectionRow,
    correct_entry,
    correct_lines,
    document_entries,
    post_corrections,
    post_staged_corrections,
    reverse_batch,
    reverse_entries,
    reverse_entry,
    stage_corrections,
)
from lokum.money.ledger.services.opening import OpeningItem, post_opening_items, refuse_rows, undo_opening_items
from lokum.money.ledger.services.periods import (
    close_after_checklist,
    close_period,
    propose_reopening,
    refuse_unfinished,
    register_reopening,
    reopen_period,
)
from lokum.money.ledger.services.posting import (
    NewEntry,
    NewLine,
    close_batch,
    lock_accounts,
    open_batch,
    post_batch,
    posting,
)
from lokum.money.ledger.services.transfers import transfer_between_sub_accounts
from lokum.money.ledger.services.years import close_year, undo_year_of

__all__ = [
    "FIXED_RULES",
    "CorrectionRow",
    "NewEntry",
    "NewLine",
    "OpeningItem",
    "allocate_by_rule",
    "allocate_oldest_first",
    "allocate_pairs",
    "close_after_checklist",
    "close_batch",
    "close_period",
    "close_year",
    "correct_entry",
    "correct_lines",
    "document_entries",
    "lock_accounts",
    "match_by_hand",
    "open_account_of",
    "open_accounts",
    "open_analytic_account",
    "open_batch",
    "post_batch",
    "post_corrections",
    "post_opening_items",
    "post_staged_corrections",
    "posting",
    "prepare_books",
    "propose_reopening",
    "refuse_rows",
    "refuse_unfinished",
    "register_reopening",
    "reopen_period",
    "reverse_batch",
    "reverse_entries",
    "reverse_entry",
    "stage_corrections",
    "transfer_between_sub_accounts",
    "undo_allocation",
    "undo_opening_items",
    "undo_year_of",
    "withdraw_accounts",
]
