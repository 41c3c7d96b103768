"""What an advance invoice and its correction show, in the buyer's language (art. 106f sec. 1 of the Polish VAT act)."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from lokum.core.organisation.models import Entity
from lokum.core.papers.letters import LetterTable, issuer_of, letter_data
from lokum.core.papers.rendering import texts
from lokum.money.charges.vat import rate_text
from lokum.money.documents.advances import Sums, of_gross
from lokum.money.documents.models import Invoice
from lokum.money.ledger.addressees import Addressee


@dataclass(frozen=True)
class AdvanceText:
    """An advance, or what its correction takes from it (`sums` below zero)."""

    received_on: dt.date
    payment_title: str
    subject: str
    rate: str
    order_amount: Decimal
    sums: Sums
    tax_number: str
    corrects: Invoice | None = None
    reason: str = ""


def advance_data(entity: Entity, one: Addressee, text: AdvanceText, issued_on: dt.date, places: int) -> dict[str, Any]:
    """Data of the letter, in the active language of the buyer."""
    language, total = one.language.lower(), text.sums.total
    with override(language):
        buyer = _("Buyer: %(name)s, tax number %(number)s") if text.tax_number else _("Buyer: %(name)s")
        paragraphs = [buyer % {"name": one.name, "number": text.tax_number}]
        if text.corrects is not None:
            values = {"number": text.corrects.number, "day": texts.day(text.corrects.issued_on, language)}
            paragraphs += [
                _("Corrects invoice %(number)s of %(day)s.") % values,
                _("Reason: %(reason)s") % {"reason": text.reason},
            ]
        gross = texts.amount(total, language, one.currency)
        return letter_data(
            issuer=issuer_of(entity, issued_on),
            payer=one.payer,
            title=_("Advance invoice") if text.corrects is None else _("Correction of an advance invoice"),
            subject=[
                part for part in (one.premises_address, _("Account %(code)s") % {"code": one.account_code}) if part
            ],
            paragraphs=paragraphs,
            tables=_tables(text, language, one.currency, places),
            facts=[
                (_("Advance received on"), texts.day(text.received_on, language)),
                *([(_("Payment"), text.payment_title)] if text.payment_title else []),
                (_("Gross amount"), gross),
            ],
            after=[_("The invoice of the supply takes this advance off and names this document.")]
            if text.corrects is None
            else [],
            currency=one.currency,
            numbered=True,
            amount=total,
            buyer_tax_number=text.tax_number,
            corrects=text.corrects.number if text.corrects else "",
            notice="",
            received_on=str(text.received_on),
            rates={text.rate: [str(text.sums.net), str(text.sums.tax)]},
        )


def _tables(text: AdvanceText, language: str, currency: str, places: int) -> list[LetterTable]:
    def row(label: str, sums: Sums) -> list[str]:
        amounts = [texts.figure(value, language, currency) for value in (sums.net, sums.tax, sums.total)]
        return [label, rate_text(text.rate), *amounts]

    gross = f"{_('Gross amount')} ({texts.currency_sign(currency)})"
    tail = [_("VAT"), pgettext("without tax", "Net"), _("Tax"), gross]
    right = [False, True, True, True, True]
    advance = LetterTable([_("Advance"), *tail], [row(text.subject, text.sums)], right)
    if text.corrects is not None:
        return [advance]
    order = of_gross(text.order_amount, Decimal(text.rate), places)
    return [LetterTable([_("Gross value of the order"), *tail], [row(text.subject, order)], right), advance]
