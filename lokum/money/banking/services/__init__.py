"""Bringing bank files in, posting their statements, clearing what found no payer."""

from lokum.money.banking.services.bank_books import (
    amount_to_carry,
    book_of,
    open_book,
    open_books_of,
    set_apart,
    take_opening,
    taken_over,
)
from lokum.money.banking.services.clearing import (
    assign_money,
    assign_to_account,
    park_money,
    return_money,
    settle_claim,
    take_back,
    take_payment_back,
    undo_step,
)
from lokum.money.banking.services.intake import bring_file, receive_file
from lokum.money.banking.services.outgoing import (
    apply_rules,
    book_by_itself,
    book_by_rules,
    book_line,
    book_transfer,
    link_refund,
    undo_line,
)
from lokum.money.banking.services.posting import confirm_statement, post_statement
from lokum.money.banking.services.refunds import order_refund, refund_account, refund_item, undo_refund
from lokum.money.banking.services.reversals import after_reversal, before_reversal

__all__ = [
    "after_reversal",
    "amount_to_carry",
    "apply_rules",
    "assign_money",
    "assign_to_account",
    "before_reversal",
    "book_by_itself",
    "book_by_rules",
    "book_line",
    "book_of",
    "book_transfer",
    "bring_file",
    "confirm_statement",
    "link_refund",
    "open_book",
    "open_books_of",
    "order_refund",
    "park_money",
    "post_statement",
    "receive_file",
    "refund_account",
    "refund_item",
    "return_money",
    "set_apart",
    "settle_claim",
    "take_back",
    "take_opening",
    "take_payment_back",
    "taken_over",
    "undo_line",
    "undo_refund",
    "undo_step",
]
