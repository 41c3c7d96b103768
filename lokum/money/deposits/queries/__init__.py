"""Reads about deposits."""

from lokum.money.deposits.queries.deposits import (
    DepositView,
    deposits_of_accounts,
    locked_deposit,
    monthly_rent,
    moves_of,
)

__all__ = ["DepositView", "deposits_of_accounts", "locked_deposit", "monthly_rent", "moves_of"]
