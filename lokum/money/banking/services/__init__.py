"""Bringing bank files in, posting their statements, clearing what found no payer."""

from lokum.money.banking.services.clearing import (
    assign_money,
    park_money,
    return_money,
    take_payment_back,
)
from lokum.money.banking.services.intake import receive_file
from lokum.money.banking.services.posting import confirm_statement, post_statement

__all__ = [
    "assign_money",
    "confirm_statement",
    "park_money",
    "post_statement",
    "receive_file",
    "return_money",
    "take_payment_back",
]
