"""A bank statement as plain data, whatever file it came from.

Amounts are signed from the account's point of view: money in is positive. Dates are the bank's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_DOWN, Decimal

from .account_number import account_key
from .problems import FileNote

CENT = Decimal("0.01")
# Fifteen digits are the most a bank file may carry; more is an attempt to make the arithmetic slow.
_AMOUNT = re.compile(r"[0-9]{1,18}(?:[.,][0-9]{0,12})?")


def parse_amount(text: str) -> Decimal:
    """Unsigned amount with comma or point, leading zeros allowed, decimals optional.

    Raises ValueError for anything else, and for a part that is not a whole hundredth.
    """
    if not _AMOUNT.fullmatch(text):
        raise ValueError("not an amount")
    amount = Decimal(text.replace(",", ".").rstrip("."))
    cut = amount.quantize(CENT, rounding=ROUND_DOWN)
    if cut != amount:
        raise ValueError("not a whole hundredth")
    return cut


@dataclass(frozen=True)
class Balance:
    """A balance; negative when the account is overdrawn. ``final`` is false on an inner page."""

    amount: Decimal
    currency: str
    on: date | None
    final: bool = True
    line: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class SideTotal:
    """Number and sum of the credits or debits, as the bank counted them."""

    count: int
    amount: Decimal


@dataclass(frozen=True)
class Entry:
    """One movement. ``amount`` is signed; a ``reversal`` takes an earlier movement back and has its own sign.

    ``virtual_account`` is the 26-digit number the payer paid to, ``virtual_tail`` its last twelve digits where the
    bank reports no more; ``mentioned_accounts`` are all numbers in the text but the payer's and the account itself.
    ``operation`` is the bank's own word for the movement; it stands in as title where the payer wrote none.
    ``counter_account`` is 26 digits for a Polish account, else as given without blanks.
    """

    booked_on: date
    value_on: date
    amount: Decimal
    currency: str
    reversal: bool = False
    counter_account: str = ""
    counter_name: str = ""
    counter_address: str = ""
    title: str = ""
    bank_reference: str = ""
    end_to_end: str = ""
    operation: str = ""
    virtual_account: str | None = None
    virtual_tail: str | None = None
    mentioned_accounts: tuple[str, ...] = ()
    raw: str = field(default="", compare=False)
    warnings: tuple[FileNote, ...] = ()
    index: int = field(default=0, compare=False)
    line: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class BalanceCheck:
    """Opening plus entries against closing. ``right`` is None when there is nothing to compare."""

    right: bool | None
    opening: Decimal | None
    entries: Decimal
    computed: Decimal | None
    stated: Decimal | None
    difference: Decimal | None
    reason: str = ""


@dataclass(frozen=True)
class Statement:
    """One statement of one account; ``account`` is empty where the format does not name it (Elixir, CSV)."""

    account: str
    number: str
    currency: str
    opening: Balance | None
    closing: Balance | None
    entries: tuple[Entry, ...]
    format: str
    version: int | None = None
    warnings: tuple[FileNote, ...] = ()
    credits: SideTotal | None = None
    debits: SideTotal | None = None
    interim: bool = False
    currency_line: int | None = field(default=None, compare=False)

    @property
    def account_key(self) -> str:
        return account_key(self.account)

    def other_currency(self, currency: str) -> tuple[str, int | None] | None:
        """The first currency the statement, its balances or entries name that is not this one, and its line."""
        parts: list[Balance | Entry] = [one for one in (self.opening, self.closing) if one is not None]
        parts += self.entries
        named = [(self.currency, self.currency_line), *((one.currency, one.line) for one in parts)]
        return next((one for one in named if one[0] and one[0].upper() != currency.upper()), None)

    def check(self) -> BalanceCheck:
        """The control a bookkeeper would do by hand; nothing is posted from a statement where it fails."""
        total = sum((entry.amount for entry in self.entries), Decimal("0.00"))
        if self.interim:
            return self._check_totals(total)
        opening = self.opening.amount if self.opening else None
        stated = self.closing.amount if self.closing else None
        computed = None if opening is None else opening + total
        if self.opening is None or self.closing is None or computed is None or stated is None:
            return BalanceCheck(None, opening, total, computed, stated, None, "no_balances")
        currencies = {self.opening.currency, self.closing.currency} | {entry.currency for entry in self.entries}
        difference = stated - computed
        if len(currencies) > 1:
            return BalanceCheck(False, opening, total, computed, stated, difference, "currencies_differ")
        reason = "" if difference == 0 else "balances_differ"
        return BalanceCheck(difference == 0, opening, total, computed, stated, difference, reason)

    def _check_totals(self, total: Decimal) -> BalanceCheck:
        if self.credits is None and self.debits is None:
            return BalanceCheck(None, None, total, None, None, None, "no_totals")
        # Reversals change side: the bank counts a taken-back credit among the debits.
        incoming = [entry.amount for entry in self.entries if entry.amount >= 0]
        outgoing = [-entry.amount for entry in self.entries if entry.amount < 0]
        stated_in = self.credits or SideTotal(0, Decimal("0.00"))
        stated_out = self.debits or SideTotal(0, Decimal("0.00"))
        stated = stated_in.amount - stated_out.amount
        right = ((len(incoming), sum(incoming, Decimal(0))) == (stated_in.count, stated_in.amount)) and (
            (len(outgoing), sum(outgoing, Decimal(0))) == (stated_out.count, stated_out.amount)
        )
        return BalanceCheck(right, None, total, total, stated, stated - total, "" if right else "totals_differ")
