"""Kinds of value added tax with the days they hold.

A kind is picked by the day of the supply, so a new rate is a new row and old documents keep theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from lokum.money.charges.seams import PublishedVatRate


@dataclass(frozen=True)
class VatKind:
    """``percent`` None means outside or free of the tax, which prints a word instead of a rate."""

    code: str
    label: Any
    percent: Decimal | None
    valid_from: date
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


VAT_KINDS: tuple[VatKind, ...] = (
    VatKind("standard", _("22 %"), Decimal(22), date(1993, 7, 5), date(2010, 12, 31)),
    VatKind("standard", _("23 %"), Decimal(23), date(2011, 1, 1)),
    VatKind("reduced", _("7 %"), Decimal(7), date(1993, 7, 5), date(2010, 12, 31)),
    VatKind("reduced", _("8 %"), Decimal(8), date(2011, 1, 1)),
    VatKind("super_reduced", _("5 %"), Decimal(5), date(2011, 1, 1)),
    VatKind("zero", _("0 %"), Decimal(0), date(1993, 7, 5)),
    VatKind("exempt", _("exempt"), None, date(1993, 7, 5)),
    VatKind("outside", _("not subject to VAT"), None, date(1993, 7, 5)),
)


# Act of 11 March 2004, art. 19a sec. 5 point 4: heat, gas, water and sewage, waste, rent and lease are taxed when
# invoiced; sec. 8 and art. 106b sec. 1 point 4 leave their advances out.
TAXED_WHEN_INVOICED = ("heating", "cold_water", "hot_water", "waste", "gas", "rent")


def vat_kind(code: str, day: date) -> VatKind:
    """The kind in force on a day. Raises LookupError when there is none."""
    for kind in VAT_KINDS:
        if kind.code == code and kind.holds_on(day):
            return kind
    raise LookupError(f"no VAT kind {code} on {day.isoformat()}")


def published_rates() -> list[PublishedVatRate]:
    """The taxed kinds as the charges take them in."""
    act = "Ustawa o podatku od towarów i usług"
    return [
        PublishedVatRate(one.code, one.percent, one.valid_from, act) for one in VAT_KINDS if one.percent is not None
    ]
