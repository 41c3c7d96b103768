"""What an invoice shows, in the buyer's language: taxed lines, exempt lines with the reason, totals by rate."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from lokum.core.organisation.models import Entity
from lokum.core.papers.letters import LetterTable, issuer_of, letter_data
from lokum.core.papers.rendering import texts
from lokum.money.charges.models import Notice
from lokum.money.charges.papers import unit_text
from lokum.money.charges.vat import UNTAXED, rate_of, rate_text
from lokum.money.documents.advances import Sums
from lokum.money.documents.models import Advance, Invoice
from lokum.money.ledger.addressees import Addressee

EXEMPT, OUTSIDE = UNTAXED
ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Part:
    """What an invoice takes off for an advance; below zero: what its correction to zero gives back."""

    advance: Advance
    sums: Sums


@dataclass(frozen=True)
class InvoiceText:
    """lines: of the supply; rates: what is left of it after the advances."""

    notice: Notice
    kind: str
    corrects: Invoice | None
    lines: Sequence[Mapping[str, Any]]
    rates: Mapping[str, tuple[Decimal, Decimal]]
    exempt_reason: str
    tax_number: str
    advances: Sequence[Part] = ()

    @property
    def left(self) -> Decimal:
        return sum((net + tax for net, tax in self.rates.values()), ZERO)

    @property
    def off(self) -> Decimal:
        return sum((one.sums.total for one in self.advances), ZERO)


def invoice_data(entity: Entity, one: Addressee, text: InvoiceText, issued_on: dt.date) -> dict[str, Any]:
    """Data of the letter, in the active language of the buyer."""
    language, notice = one.language.lower(), text.notice
    total = text.left
    with override(language):
        buyer = _("Buyer: %(name)s, tax number %(number)s") if text.tax_number else _("Buyer: %(name)s")
        paragraphs = [buyer % {"name": one.name, "number": text.tax_number}]
        if text.corrects is not None:
            corrected = _("Corrects invoice %(number)s of %(day)s.")
            values = {"number": text.corrects.number, "day": texts.day(text.corrects.issued_on, language)}
            paragraphs += [corrected % values, _cause(text)]
        return letter_data(
            issuer=issuer_of(entity, issued_on),
            payer=one.payer,
            title=_("Tax invoice") if text.corrects is None else _("Correction of an invoice"),
            subject=[
                part for part in (one.premises_address, _("Account %(code)s") % {"code": one.account_code}) if part
            ],
            paragraphs=paragraphs,
            tables=_tables(text, language, one.currency),
            facts=[
                (_("Month of supply"), texts.month(notice.period, language)),
                (_("Charge notice"), notice.number),
                (_("Due on"), texts.day(notice.due_on, language)),
                *_amounts(text, language, one.currency),
            ],
            after=[_("Exempt by: %(reason)s") % {"reason": text.exempt_reason}] if text.exempt_reason else [],
            currency=one.currency,
            numbered=True,
            amount=total,
            buyer_tax_number=text.tax_number,
            corrects=text.corrects.number if text.corrects else "",
            notice=notice.number,
            rates={kind: [str(net), str(tax)] for kind, (net, tax) in text.rates.items()},
            advances=[[part.advance.invoice.number, str(part.sums.net), str(part.sums.tax)] for part in text.advances],
        )


def _amounts(text: InvoiceText, language: str, currency: str) -> list[tuple[str, str]]:
    """The gross amount; with advances: of the supply, of the advances, and what is left to pay."""
    if not text.advances:
        return [(_("Gross amount"), texts.amount(text.left, language, currency))]
    return [
        (_("Gross amount of the supply"), texts.amount(text.left + text.off, language, currency)),
        (_("Advances"), texts.amount(-text.off, language, currency)),
        (_("Taken back") if text.left < 0 else _("Left to pay"), texts.amount(abs(text.left), language, currency)),
    ]


def _cause(text: InvoiceText) -> str:
    if text.kind == Invoice.Kind.REVERSAL:
        return _("Reason: the notice was taken back.")
    reason = str(text.notice.document.data.get("reason") or "") or _("reduction of charges")
    return _("Reason: %(reason)s") % {"reason": reason}


def _item(line: Mapping[str, Any]) -> str:
    sides = {"before": _("%(item)s (before)"), "after": _("%(item)s (now)")}
    return sides.get(line.get("part", ""), "%(item)s") % {"item": line["name"]}


def _tables(text: InvoiceText, language: str, currency: str) -> list[LetterTable]:
    def money(value: Any) -> str:
        return texts.figure(Decimal(value), language, currency)

    def start(line: Mapping[str, Any]) -> list[str]:
        unit = unit_text(line.get("unit") or "")
        quantity = f"{texts.quantity(Decimal(line['quantity'] or 1), language)} {unit}".strip()
        return [_item(line), quantity, texts.price(Decimal(line["price"] or line["net"]), language, currency)]

    quantity, price = _("Quantity"), pgettext("without tax", "Net price")
    net, tax, gross = pgettext("without tax", "Net"), _("Tax"), _("Gross amount")
    taxed = [line for line in text.lines if rate_of(line) not in UNTAXED]
    tables = []
    if taxed:
        rows = [[*start(line), money(line["net"]), rate_text(rate_of(line)), money(line["tax"]), money(line["amount"])]
                for line in taxed]  # fmt: skip
        headings = [_("Taxed"), quantity, price, net, _("VAT"), tax, gross]
        tables.append(LetterTable(headings, rows, [False] + [True] * 6))
    for rate, heading in ((EXEMPT, _("Exempt from VAT")), (OUTSIDE, _("Not subject to VAT"))):
        rows = [[*start(line), money(line["amount"])] for line in text.lines if rate_of(line) == rate]
        if not rows:
            continue
        headings = [heading, quantity, price, _("Amount")]
        tables.append(LetterTable(headings, rows, [False, True, True, True]))
    if text.advances:
        tables.append(_advances(text, language, currency))
    rows = [
        [rate_text(kind), money(one[0]), money(one[1]), money(sum(one))] for kind, one in sorted(text.rates.items())
    ]
    sums = [sum((one[place] for one in text.rates.values()), ZERO) for place in (0, 1)]
    total = [_("Total"), money(sums[0]), money(sums[1]), money(sum(sums))]
    gross = f"{gross} ({texts.currency_sign(currency)})"
    headings = [_("Left to pay by rate") if text.advances and text.left >= 0 else _("Totals by rate"), net, tax, gross]
    tables.append(LetterTable(headings, rows, [False, True, True, True], [total]))
    return tables


def _advances(text: InvoiceText, language: str, currency: str) -> LetterTable:
    """The advance invoices taken off: number, day of receipt, rate, and what is taken off for each."""

    def amounts(sums: Sums) -> list[str]:
        return [texts.figure(-value, language, currency) for value in (sums.net, sums.tax, sums.total)]

    rows = [
        [
            _("%(number)s of %(day)s")
            % {"number": one.advance.invoice.number, "day": texts.day(one.advance.invoice.issued_on, language)},
            texts.short_day(one.advance.received_on, language),
            rate_text(one.advance.rate),
            *amounts(one.sums),
        ]
        for one in text.advances
    ]
    whole = sum((one.sums for one in text.advances), Sums())
    headings = [
        _("Advance invoices taken off") if text.off > 0 else _("Advance invoices given back"),
        _("Received on"),
        _("VAT"),
        pgettext("without tax", "Net"),
        _("Tax"),
    ]
    right, gross = [False, True, True, True, True, True], f"{_('Gross amount')} ({texts.currency_sign(currency)})"
    return LetterTable([*headings, gross], rows, right, [[_("Total"), "", "", *amounts(whole)]])
