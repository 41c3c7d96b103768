"""Letters: paragraphs, facts, tables and a slip to send back, as data in the document's language.

Everything a letter shows stands in the data of its document, words included, so the paper can be made again at any
time and is the same, whatever happened to templates and catalogues since.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from lokum.core.organisation.queries import issuer_of
from lokum.core.papers.models import IssuedDocument
from lokum.core.papers.proofs import proof_code
from lokum.core.papers.rendering import Letterhead, PostalAddress, render_long_letter

__all__ = ["TEMPLATE", "LetterTable", "build_letter", "issuer_of", "letter_data", "letterhead_of"]
TEMPLATE = "letter/2"


@dataclass(frozen=True)
class LetterTable:
    """Rows of ready texts; `right`: which columns are aligned right; `totals`: bold rows at the end."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: Sequence[bool]
    totals: Sequence[Sequence[str]] = ()
    title: str = ""
    wide: int = 0  # the column that takes what is left of the line

    def as_data(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "headings": list(self.headings),
            "right": list(self.right),
            "wide": self.wide,
            "rows": [list(row) for row in self.rows],
            "totals": [list(row) for row in self.totals],
        }


def letterhead_of(issuer: Mapping[str, str]) -> Letterhead:
    """As it stands on papers in the active language; in Chinese the place comes before the street."""
    place = f"{issuer['postal_code']} {issuer['city']}".strip()
    parts = [part for part in (issuer["street"], place) if part]
    chinese = (get_language() or "").startswith("zh")
    address = " ".join(reversed(parts)) if chinese else ", ".join(parts)
    tax = _("Tax number %(number)s") % {"number": issuer["tax_number"]} if issuer["tax_number"] else ""
    contact = (issuer["phone"], issuer["email"], issuer["website"])
    return Letterhead(
        issuer["legal_name"] or issuer["name"],
        tuple(part for part in (address, tax) if part),
        tuple(part for part in contact if part),
    )


def letter_data(
    *,
    issuer: Mapping[str, str],
    payer: Mapping[str, str],
    title: str,
    paragraphs: Sequence[str],
    subject: Sequence[str] = (),
    facts: Sequence[tuple[str, str]] = (),
    tables: Sequence[LetterTable] = (),
    after: Sequence[str] = (),
    slip: Mapping[str, Any] | None = None,
    words: str = "",
    currency: str = "",
    amount: Decimal | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Data of a letter. `words`: version of the template; `amount`: what the proof page confirms."""
    return {
        "issuer": dict(issuer),
        "payer": dict(payer),
        "title": title,
        "subject": list(subject),
        "paragraphs": list(paragraphs),
        "facts": [list(fact) for fact in facts],
        "tables": [one.as_data() for one in tables],
        "after": list(after),
        "slip": dict(slip) if slip else None,
        "words": words,
        "currency": currency,
        "amount": None if amount is None else str(amount),
        **more,
    }


def build_letter(document: IssuedDocument, *, large_print: bool = False) -> bytes:
    data, payer = document.data, document.data["payer"]
    address = PostalAddress(
        name=payer["name"],
        street=payer.get("street") or "",
        postal_code=payer.get("postal_code") or "",
        city=payer.get("city") or "",
    )
    with override(document.language.lower()):  # the paper does not depend on who opens it
        letterhead = letterhead_of(data["issuer"])
    return render_long_letter(
        data,
        number=data["number"],  # of a copy of an invoice: that of the invoice
        proof=proof_code(document.content_hash),
        issued_on=document.issued_on,
        language=document.language.lower(),
        letterhead=letterhead,
        address=address,
        large=large_print,
    )
