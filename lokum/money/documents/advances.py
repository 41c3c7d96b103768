"""Tax within money received before the supply, and what an invoice takes off for it. Plain data, no database.

Poland: act of 11 March 2004 on value added tax, art. 106f: the tax of an advance is gross x rate / (100 + rate) (sec. 1
point 3), and the final invoice takes the parts received from its value and the tax they showed from its tax (sec. 3).
"""

from dataclasses import dataclass
from decimal import Decimal

from lokum.core.base.money import round_amount

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Sums:
    """Net and tax at one rate; whole minor units."""

    net: Decimal = ZERO
    tax: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.net + self.tax

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(self.net + other.net, self.tax + other.tax)

    def __neg__(self) -> "Sums":
        return Sums(-self.net, -self.tax)

    def __sub__(self, other: "Sums") -> "Sums":
        return self + -other


def of_gross(gross: Decimal, percent: Decimal, places: int = 2) -> Sums:
    """An amount received, taken apart "under one hundred": 123.00 at 23 % holds 23.00 of tax."""
    tax = round_amount(gross * percent / (100 + percent), places)
    return Sums(gross - tax, tax)


def part_of(left: Sums, wanted: Sums) -> Sums:
    """What is taken from what is left of an advance for a supply (or a refund), both above zero.

    The smaller of both, whole. Where the supply is smaller, its own tax, so that nothing of it is left; but never
    more than the advance showed, and never so little that the tax of the rest would exceed the rest.
    """
    if left.total <= wanted.total:
        return left
    tax = max(min(wanted.tax, left.tax), left.tax - (left.total - wanted.total))
    return Sums(wanted.total - tax, tax)
