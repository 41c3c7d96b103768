"""What documents hang into lower layers: the builder of letters, the words of each kind, and what statements show."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from lokum.core.papers.letters import TEMPLATE, build_letter
from lokum.core.papers.seams import register_paper
from lokum.core.papers.words import DOCUMENT_KINDS
from lokum.money.documents import wording
from lokum.money.documents.services.statements import ZERO, movements
from lokum.money.ledger.seams import register_balance_reader

register_paper(TEMPLATE, build_letter)
wording.register()


def shown_by_statements(account_ids: Sequence[int]) -> dict[int, Any]:
    """LED-04: the closing balance a statement up to the last booked day would show."""
    return {pk: opening + sum(moves, ZERO) for pk, (opening, moves) in movements(account_ids).items()}


register_balance_reader("statement", shown_by_statements)
DOCUMENT_KINDS.add("statement", _("statement of account"))
DOCUMENT_KINDS.add("confirmation", _("confirmation of the balance"))
DOCUMENT_KINDS.add("fee_change", _("change of fees"))
