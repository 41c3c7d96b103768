"""Layout of virtual account numbers for mass payments.

Check digits (2) + sort code (8) + the bank's client mask (4 to 8) + optional property + payer identifier = 26
digits. The identifier comes from the payer's ledger account, so a number is unique and a new owner gets a new
one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from lokum.money.banking.formats.account_number import account_key, is_nrb, nrb_check_digits

_BODY = 16
_MASK = re.compile(r"[0-9_]{26}")


class PoolExhausted(Exception):
    """No number is left in the pool; the bank has to give a further mask."""

    def __str__(self) -> str:
        return str(_("The pool of account numbers is used up. Ask the bank for a further one."))


@dataclass(frozen=True)
class VirtualAccount:
    """Parts of one number of a pool."""

    number: str
    property_code: str
    identifier: int


@dataclass(frozen=True)
class AccountPool:
    """One contract with the bank. ``property_digits`` of zero means the numbers do not name the property."""

    sort_code: str
    client_mask: str
    property_digits: int = 0

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9]{8}", self.sort_code, re.ASCII):
            raise ValueError("a sort code has 8 digits")
        if not re.fullmatch(r"[0-9]{4,8}", self.client_mask, re.ASCII):
            raise ValueError("a client mask has 4 to 8 digits")
        if self.property_digits < 0 or self.identifier_digits < 1:
            raise ValueError("no digit is left for the payer")

    @property
    def identifier_digits(self) -> int:
        return _BODY - len(self.client_mask) - self.property_digits

    @property
    def capacity(self) -> int:
        """How many payers one property of the pool can have; the identifier zero is not used."""
        return int(10**self.identifier_digits) - 1

    def left(self, last_identifier: int) -> int:
        """Numbers not used yet when identifiers were given out in order up to ``last_identifier``."""
        return max(self.capacity - last_identifier, 0)

    def number(self, identifier: int, property_code: str = "") -> str:
        """The 26 digits. Raises PoolExhausted when the identifier has no room."""
        if identifier < 1 or len(property_code) > self.property_digits:
            raise ValueError("identifiers count from 1; the property must fit its digits")
        if property_code and not re.fullmatch(r"[0-9]+", property_code, re.ASCII):
            raise ValueError("a property code has digits only")
        if identifier > self.capacity:
            raise PoolExhausted
        place = property_code.zfill(self.property_digits) if self.property_digits else ""
        bban = f"{self.sort_code}{self.client_mask}{place}{identifier:0{self.identifier_digits}d}"
        return nrb_check_digits(bban) + bban

    def parse(self, number: str) -> VirtualAccount | None:
        """The parts of a number of this pool; None for any other number."""
        digits = account_key(number)
        prefix = self.sort_code + self.client_mask
        if not is_nrb(digits) or not digits[2:].startswith(prefix):
            return None
        rest = digits[2 + len(prefix) :]
        return VirtualAccount(digits, rest[: self.property_digits], int(rest[self.property_digits :]))


def matches_mask(number: str, mask: str) -> bool:
    """Whether a number fits a mask such as ``__102012341234`` (underscore = any digit), filled up to 26
    places.

    Masks of allowed accounts keep online payments from reaching a wrong target.
    """
    full = mask.ljust(26, "_")
    if not _MASK.fullmatch(full):
        raise ValueError("a mask has digits and underscores, at most 26")
    digits = account_key(number)
    return is_nrb(digits) and all(sign in ("_", digit) for sign, digit in zip(full, digits, strict=True))
