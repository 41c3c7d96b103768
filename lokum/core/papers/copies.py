"""Copies of a document for people who share its account: own name and address, one place in the register's series.

A copy has the number of its document with a further part ("ST/2026/00004/2"), its series and its serial, so whatever
happens to the document (a void number, a replacement) is true of the copy. Registers of amounts and reports of number
series read the document alone, by its kind.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import gettext as _

from lokum.core.papers.models import IssuedDocument
from lokum.core.papers.words import DOCUMENT_KINDS

COPY = "_copy"


@dataclass(frozen=True)
class NewCopy:
    """Who gets a copy of `document`: `data` replaces parts of the document's own, `keys` tie it to its reader."""

    document: IssuedDocument
    data: dict[str, Any]
    party_key: int
    language: str
    same_number: bool = False  # the paper shows the number of the document itself, as a copy of an invoice must


def issue_copies(copies: Sequence[NewCopy]) -> list[IssuedDocument]:
    """Issue copies, counted within each document from 2 on. Inside the transaction that issues the documents."""
    parts: dict[int, int] = {}
    made = []
    for one in copies:
        original = one.document
        parts[original.pk] = part = parts.get(original.pk, 1) + 1
        number = f"{original.number}/{part}"
        shown = original.number if one.same_number else number
        made.append(
            IssuedDocument(
                entity_id=original.entity_id,
                kind=original.kind + COPY,
                number=number,
                series_id=original.series_id,
                series_period=original.series_period,
                serial=original.serial,
                issued_on=original.issued_on,
                account_key=original.account_key,
                party_key=one.party_key,
                premises_key=original.premises_key,
                building_key=original.building_key,
                language=one.language,
                template=original.template,
                data={**original.data, **one.data, "number": shown, "copy_of": original.number},
                in_portal=original.in_portal,
            )
        )
    found = IssuedDocument.objects.in_bulk([one.pk for one in IssuedDocument.objects.bulk_create(made)])
    return [found[one.pk] for one in made]


def name_copies(*kinds: str) -> None:
    """Words for the copies of these kinds of documents."""

    def label(kind: str) -> str:
        return _("%(kind)s (copy of a joint payer)") % {"kind": DOCUMENT_KINDS.text(kind)}

    for kind in kinds:
        DOCUMENT_KINDS.add(kind + COPY, lazy(label, str)(kind))
