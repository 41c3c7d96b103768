"""The paper of an interest note: what is to be paid, then the whole calculation debt by debt."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from lokum.core.papers.rendering import texts
from lokum.core.papers.rendering.paper import Letterhead, PostalAddress, TransferDetails
from lokum.core.papers.rendering.papers import common, grouped, inputs
from lokum.core.papers.rendering.process import render


@dataclass(frozen=True)
class InterestSpan:
    """Days with one principal and one rate; divisor 36500: percent a year, 1000: per mille a day."""

    first_day: dt.date
    last_day: dt.date
    day_count: int
    principal: Decimal
    rate: Decimal
    divisor: int
    exact: Decimal


@dataclass(frozen=True)
class InterestSection:
    """One debt: its rows, what leads from their sum to the amount, the amount."""

    title: str
    due_on: dt.date
    principal: Decimal
    spans: tuple[InterestSpan, ...]
    balance: tuple[tuple[str, Decimal], ...]
    amount: Decimal
    note: str = ""


@dataclass(frozen=True)
class InterestPaper:
    """A note (total above zero, to be paid) or a correction (total below zero, taken back)."""

    number: str
    proof: str
    issued_on: dt.date
    through_on: dt.date
    language: str
    currency: str
    letterhead: Letterhead
    address: PostalAddress
    title: str
    subject: tuple[str, ...]
    sections: tuple[InterestSection, ...]
    total: Decimal
    transfer: TransferDetails
    notes: tuple[str, ...] = ()
    large_print: bool = False


def _rate(span: InterestSpan, language: str) -> str:
    return f"{texts.quantity(span.rate, language)}\u00a0{'‰' if span.divisor == 1000 else '%'}"


def _section(section: InterestSection, language: str, currency: str) -> dict[str, object]:
    return {
        "title": section.title,
        "due": _("%(amount)s due on %(day)s")
        % {
            "amount": texts.figure(section.principal, language, currency),
            "day": texts.day(section.due_on, language),
        },
        "note": section.note,
        "rows": [
            [
                texts.short_day(one.first_day, language),
                texts.short_day(one.last_day, language),
                str(one.day_count),
                texts.figure(one.principal, language, currency),
                _rate(one, language),
                texts.quantity(one.exact, language, 4),
            ]
            for one in section.spans
        ],
        "balance": [[name, texts.figure(value, language, currency)] for name, value in section.balance],
        "amount": texts.figure(section.amount, language, currency),
    }


def render_interest(paper: InterestPaper) -> bytes:
    """The note as tagged PDF; the same paper gives the same bytes. Raises RenderProblem."""
    language, currency = paper.language.lower(), paper.currency
    data = common(paper, paper.title)
    pay = paper.total > 0
    with override(language):
        data["words"] |= {
            "title": paper.title,
            "from": _("From"),
            "to": _("To"),
            "days": _("Days"),
            "principal": _("Principal"),
            "rate": pgettext("interest", "Rate"),
            "exact": _("Interest, exact"),
            "amount_of_debt": _("Rounded sum"),
            "total": _("Total"),
        }
        data |= {
            "subject": [
                _("Interest to %(day)s") % {"day": texts.day(paper.through_on, language)},
                *paper.subject,
            ],
            "due": {
                "label": data["words"]["to_pay"] if pay else _("Taken back"),
                "amount": texts.amount(abs(paper.total), language, currency),
            },
            "pay": pay,
            "payment": {
                "account_number": grouped(paper.transfer.account_number),
                "payee": paper.transfer.payee,
                "transfer_title": paper.transfer.title,
                "amount": texts.amount(paper.transfer.amount, language, currency),
                "code_alt": _("QR code with the transfer: %(text)s") % {"text": paper.transfer.code_text},
            },
            "sections": [_section(one, language, currency) for one in paper.sections],
            "total": texts.amount(paper.total, language, currency),
            "notes": list(paper.notes),
        }
    return render("interest/1", data, inputs(paper.letterhead, paper.transfer.code_text))
