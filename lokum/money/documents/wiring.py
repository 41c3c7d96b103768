"""What documents hang into lower layers: the builder of letters, the words of each kind, and what statements show."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from lokum.core.organisation.inherited import register_setting
from lokum.core.papers.letters import TEMPLATE, build_letter
from lokum.core.papers.seams import register_paper
from lokum.core.papers.words import DOCUMENT_KINDS
from lokum.money.documents import wording
from lokum.money.documents.services.invoices import EXEMPT_REASON
from lokum.money.documents.services.statements import ZERO, movements
from lokum.money.ledger.proof import register_view
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
DOCUMENT_KINDS.add("invoice", _("tax invoice"))
DOCUMENT_KINDS.add("invoice_correction", _("correction of an invoice"))
register_setting(
    EXEMPT_REASON, _("Invoices: provision that exempts from tax"), "text", "",
    help=_("Stands on invoices with exempt lines, unless another is named when they are issued."),
)  # fmt: skip
register_view("D3", _("Invoices and their corrections equal the tax lines of the ledger"), "proof_d3")
