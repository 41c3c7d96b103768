"""Bringing bank files in, posting their statements, clearing what found no payer."""

from lokum.money.banking.services.clearing import (
    assign_money,
    assign_to_account,
    park_money,
    return_money,
    settle_claim,
    take_back,
    take_payment_back,
)
from lokum.money.banking.services.intake import bring_file, receive_file
from lokum.money.banking.services.outgoing import (
    apply_rules,
    book_by_rules,
    book_line,
    book_transfer,
    free_lines,
    link_refund,
    undo_line,
)
from lokum.money.banking.services.posting import confirm_statement, post_statement

__all__ = [
    "apply_rules",
    "assign_money",
    "assign_to_account",
    "book_by_rules",
    "book_line",
    "book_transfer",
    "bring_file",
    "confirm_statement",
    "free_lines",
    "link_refund",
    "park_money",
    "post_statement",
    "receive_file",
    "return_money",
    "settle_claim",
    "take_back",
    "take_payment_back",
    "undo_line",
]
