"""Letters with tables, and filled payment forms: data of ready texts in, PDF out."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from lokum.core.papers.rendering import texts
from lokum.core.papers.rendering.paper import Letterhead, PostalAddress, TransferDetails
from lokum.core.papers.rendering.papers import grouped, payment_code_svg
from lokum.core.papers.rendering.process import render


def _frame(
    title: str, number: str, proof: str, issued_on: dt.date, language: str, head: Letterhead, address: PostalAddress,
    large: bool = False,
) -> dict[str, Any]:  # fmt: skip
    return {
        "language": language,
        "typst": texts.typst_language(language),
        "page": {"large": large, "window": "left" if language.startswith("zh") else "right"},
        "meta": {"title": f"{title} {number}".strip(), "issued": [issued_on.year, issued_on.month, issued_on.day]},
        "letterhead": {"name": head.name, "lines": list(head.lines), "contact": list(head.contact), "logo": None},
        "address": address.lines(language),
        "number": number,
        "proof": proof,
        "words": texts.words(language),
        "title": title,
        "date": texts.day(issued_on, language),
    }


def render_long_letter(
    data: Mapping[str, Any],
    *,
    number: str,
    proof: str,
    issued_on: dt.date,
    language: str,
    letterhead: Letterhead,
    address: PostalAddress,
    large: bool = False,
) -> bytes:
    """A letter from the data of its document (see `papers.letters`). Raises RenderProblem.

    `numbered` in the data: the number stands in the heading, as on invoices, not in the foot alone.
    """
    frame = _frame(data["title"], number, proof, issued_on, language, letterhead, address, large)
    parts = {name: data[name] for name in ("subject", "paragraphs", "facts", "tables", "after", "slip")}
    if data.get("numbered"):
        frame["title"] = f"{data['title']} {number}"
    return render("letter/2", frame | parts, {})


@dataclass(frozen=True)
class PaymentFormPaper:
    """The payment form of a month: `tables` as in letters; `transfer` None when nothing is left to pay."""

    title: str
    subject: Sequence[str]
    issued_on: dt.date
    language: str
    currency: str
    letterhead: Letterhead
    address: PostalAddress
    left: Decimal
    until: str
    tables: Sequence[Mapping[str, Any]]
    transfer: TransferDetails | None
    notes: Sequence[str] = ()


def render_payment_form(paper: PaymentFormPaper) -> bytes:
    language = paper.language.lower()
    frame = _frame(paper.title, "", "", paper.issued_on, language, paper.letterhead, paper.address)
    words = frame["words"]
    payment: dict[str, str] | None = None
    inputs: dict[str, str] = {}
    if paper.transfer is not None:
        one = paper.transfer
        with override(language):
            alt = _("QR code with the transfer: %(text)s") % {"text": one.code_text}
        payment = {
            "account_number": grouped(one.account_number),
            "payee": one.payee,
            "transfer_title": one.title,
            "amount": texts.amount(one.amount, language, paper.currency),
            "code_alt": alt,
        }
        inputs = {"code": payment_code_svg(one.code_text)} if one.code_text else {}
    with override(language):
        nothing = _("Paid in full")
    data = frame | {
        "subject": list(paper.subject),
        "due": {
            "label": words["to_pay"] if payment else words["nothing_due"],
            "amount": texts.amount(paper.left, language, paper.currency) if payment else nothing,
            "until": paper.until if payment else "",
        },
        "payment": payment,
        "tables": [dict(one) for one in paper.tables],
        "notes": list(paper.notes),
    }
    return render("form/1", data, inputs)
