"""Kinds of deposits, deposits, and what happened to each."""

from lokum.money.deposits.models.deposits import Deposit, DepositMove
from lokum.money.deposits.models.kinds import DepositKind

__all__ = ["Deposit", "DepositKind", "DepositMove"]
