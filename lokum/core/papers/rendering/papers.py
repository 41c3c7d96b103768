"""From paper data to what a layout places: words, formatted figures, pictures."""

import datetime as dt
import io
from decimal import Decimal
from typing import Any, Protocol

import segno
from django.utils.translation import gettext as _
from django.utils.translation import override

from lokum.core.papers.rendering import texts
from lokum.core.papers.rendering.paper import Letterhead, LetterPaper, NoticePaper, PostalAddress, StatementPaper
from lokum.core.papers.rendering.process import render


class Paper(Protocol):
    """What every paper has."""

    @property
    def number(self) -> str: ...
    @property
    def proof(self) -> str: ...
    @property
    def issued_on(self) -> dt.date: ...
    @property
    def language(self) -> str: ...
    @property
    def letterhead(self) -> Letterhead: ...
    @property
    def address(self) -> PostalAddress: ...
    @property
    def large_print(self) -> bool: ...


def grouped(number: str) -> str:
    """A bank account number in the groups people read it by (12 1111 2222 ...)."""
    digits = "".join(number.split())
    if len(digits) == 26 and digits.isdigit():
        return " ".join([digits[:2], *(digits[i : i + 4] for i in range(2, 26, 4))])
    return number


def payment_code_svg(text: str) -> str:
    """QR code as SVG: error correction L and a quiet zone of four modules, as the Polish recommendation asks."""
    buffer = io.BytesIO()
    segno.make(text, error="l", boost_error=False, micro=False).save(buffer, kind="svg", border=4, scale=4, dark="#000")
    return buffer.getvalue().decode()


def common(paper: Paper, title: str) -> dict[str, Any]:
    """What every layout needs: page, language, letterhead, address, footer, words."""
    language, head = paper.language.lower(), paper.letterhead
    return {
        "language": language,
        "typst": texts.typst_language(language),
        "page": {"large": paper.large_print, "window": "left" if language.startswith("zh") else "right"},
        "meta": {
            "title": f"{title} {paper.number}".strip(),
            "issued": [paper.issued_on.year, paper.issued_on.month, paper.issued_on.day],
        },
        "letterhead": {
            "name": head.name,
            "lines": list(head.lines),
            "contact": list(head.contact),
            "logo": "logo" if head.logo else None,
        },
        "address": paper.address.lines(language),
        "number": paper.number,
        "proof": paper.proof,
        "words": texts.words(language),
    }


def inputs(letterhead: Letterhead, code_text: str = "") -> dict[str, str]:
    found = {"logo": letterhead.logo} if letterhead.logo else {}
    return found | ({"code": payment_code_svg(code_text)} if code_text else {})


def render_notice(paper: NoticePaper) -> bytes:
    """The charge notice as tagged PDF (PDF/UA-1, PDF/A-2a); the same paper gives the same bytes.

    Raises RenderProblem.
    """
    language, currency = paper.language.lower(), paper.currency
    words = texts.words(language)
    data = common(paper, words["title"])
    data["words"]["amount_in"] = f"{words['amount']} ({texts.currency_sign(currency)})"
    due, credited = paper.to_pay > 0, paper.to_pay <= 0 and paper.total < 0
    with override(language):
        until = _("by %(day)s") % {"day": texts.day(paper.due_on, language)} if due else words["paid_ahead"]
        if credited:
            until = ""
        code_alt = _("QR code with the transfer: %(text)s") % {"text": paper.transfer.code_text}
    if not due and not any(value < 0 for _name, value in paper.balance):
        until = ""
    data |= {
        "subject": [texts.month(paper.period, language), *paper.subject],
        "due": {
            "label": words["to_pay"] if due else words["credited"] if credited else words["nothing_due"],
            "amount": texts.amount(-paper.total if credited else paper.to_pay, language, currency),
            "until": until,
        },
        "payment": {
            "account_number": grouped(paper.transfer.account_number),
            "payee": paper.transfer.payee,
            "transfer_title": paper.transfer.title,
            "amount": texts.amount(paper.transfer.amount, language, currency),
            "code_alt": code_alt,
        },
        "has_vat": any(line.vat for line in paper.lines),
        "rows": [
            {
                "item": line.item,
                "note": line.note,
                "basis": line.basis,
                "quantity": f"{texts.quantity(line.quantity, language)}\u00a0{line.unit}".strip("\u00a0"),
                "rate": texts.price(line.price, language, currency),
                "vat": line.vat,
                "amount": texts.figure(line.amount, language, currency),
            }
            for line in paper.lines
        ],
        "charges_total": texts.figure(paper.total, language, currency),
        "balance": [[name, texts.figure(value, language, currency)] for name, value in paper.balance],
        "total": {"label": words["to_pay"], "amount": texts.amount(paper.to_pay, language, currency)},
        "period": texts.month(paper.period, language),
        "notes": list(paper.notes),
    }
    return render("notice/1", data, inputs(paper.letterhead, paper.transfer.code_text))


def render_letter(paper: LetterPaper) -> bytes:
    """A plain letter as tagged PDF. Raises RenderProblem."""
    data = common(paper, paper.title)
    data |= {
        "title": paper.title,
        "date": texts.day(paper.issued_on, paper.language.lower()),
        "paragraphs": list(paper.paragraphs),
        "facts": [list(fact) for fact in paper.facts],
    }
    return render("letter/1", data, inputs(paper.letterhead))


def render_statement(paper: StatementPaper) -> bytes:
    """The account sheet as tagged PDF; closing balance and totals are summed here from the rows given."""
    language = paper.language.lower()
    words = texts.words(language)
    data = common(paper, words["statement"])

    def shown(value: Decimal | None) -> str:
        return texts.figure(value, language, paper.currency) if value is not None else ""

    def total(name: str) -> Decimal:
        return sum((getattr(row, name) or Decimal(0) for row in paper.rows), Decimal(0))

    closing = paper.opening + total("charge") + total("correction") + total("payment")
    columns = ("charge", "correction", "payment", "balance")
    since = texts.day(paper.from_on, language) if paper.from_on else ""
    data |= {
        "title": words["statement"],
        "subject": [paper.account, f"{since} – {texts.day(paper.to_on, language)}".strip(" –")],
        "currency": paper.currency,
        "opening": shown(paper.opening),
        "rows": [
            [texts.short_day(row.on, language), row.text, *(shown(getattr(row, name)) for name in columns)]
            for row in paper.rows
        ],
        "totals": [shown(total("charge")), shown(total("correction")), shown(total("payment"))],
        "closing": shown(closing),
    }
    return render("statement/1", data, inputs(paper.letterhead))
