"""Kinds of deposits, deposits, what happened to each, and the letters about it."""

from lokum.money.deposits.models.deposits import Deposit, DepositMove
from lokum.money.deposits.models.kinds import DepositKind
from lokum.money.deposits.models.papers import DepositPaper

__all__ = ["Deposit", "DepositKind", "DepositMove", "DepositPaper"]
