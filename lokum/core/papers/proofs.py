"""The proof code on a printed document: whoever holds the paper may ask whether it is genuine (DOC-08).

The code is the first half of the document's hash. The answer is number, date and amount, and whether the document
still holds; nothing about people or premises.
"""

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.db.models import Q

from lokum.core.papers.copies import COPY
from lokum.core.papers.models import IssuedDocument
from lokum.core.papers.services import is_void

LENGTH = 16


@dataclass(frozen=True)
class Proof:
    number: str
    issued_on: dt.date
    amount: Decimal | None
    currency: str
    replaced: bool


def proof_code(content_hash: str) -> str:
    """First half of the document's hash in groups, short enough to be typed from paper."""
    return "-".join(content_hash[start : start + 4] for start in range(0, LENGTH, 4))


def read_code(text: str) -> str:
    """What was typed as hexadecimal digits; "" when it cannot be a code."""
    plain = re.sub(r"[\s\-–]", "", text).lower()
    return plain if re.fullmatch(r"[0-9a-f]{16}", plain) else ""


def _replaced(document: IssuedDocument) -> bool:
    """Whether another document stands in place of this one, or of the one it is a copy of."""
    replaced = Q(replaces=document)
    if document.series_id is not None and document.kind.endswith(COPY):
        place = {"series": document.series_id, "series_period": document.series_period, "serial": document.serial}
        replaced |= Q(replaces__in=IssuedDocument.objects.filter(**place).exclude(kind__endswith=COPY))
    return IssuedDocument.objects.filter(replaced).exists()


def proof_of(text: str) -> Proof | None:
    """What a code confirms; None for a foreign, altered or ambiguous one. Sees all documents: call as the system."""
    code = read_code(text)
    if not code:
        return None
    found = list(IssuedDocument.objects.extra(where=["left(content_hash, 16) = %s"], params=[code])[:2])
    if len(found) != 1:
        return None
    document = found[0]
    amount = document.data.get("total") or document.data.get("amount")
    try:
        figure = Decimal(amount) if amount is not None else None
    except InvalidOperation:
        figure = None
    replaced = is_void(document) or _replaced(document)
    number = document.data.get("number") or document.number  # as it is printed
    return Proof(number, document.issued_on, figure, document.data.get("currency") or "", replaced)
