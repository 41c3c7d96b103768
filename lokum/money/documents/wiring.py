"""What documents hang into lower layers: the builder of letters, the words of each kind, and what statements show."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import F, Q, Sum
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.base.languages import worded
from lokum.core.organisation.inherited import register_setting
from lokum.core.papers.copies import name_copies
from lokum.core.papers.letters import TEMPLATE, build_letter
from lokum.core.papers.seams import register_paper
from lokum.core.papers.words import DOCUMENT_KINDS
from lokum.money.charges.seams import register_taxed_beside
from lokum.money.documents import wording
from lokum.money.documents.models import Advance, Invoice
from lokum.money.documents.services.invoices import EXEMPT_REASON, INVOICE_KINDS
from lokum.money.documents.services.settling import ADVANCE, USE
from lokum.money.documents.services.statements import ZERO, movements
from lokum.money.ledger.addressees import E_DOCUMENTS
from lokum.money.ledger.models import Entry
from lokum.money.ledger.proof import register_view
from lokum.money.ledger.seams import (
    OpenPoint,
    ReversalWatch,
    Source,
    register_balance_reader,
    register_closing_check,
    register_reversal_watch,
    register_source,
)
from lokum.money.ledger.words import BATCH_KINDS
from lokum.property.parties.words import CONSENT_PURPOSES

register_paper(TEMPLATE, build_letter)
wording.register()


def shown_by_statements(account_ids: Sequence[int]) -> dict[int, Any]:
    """LED-04: the closing balance a statement up to the last booked day would show."""
    return {pk: opening + sum(moves, ZERO) for pk, (opening, moves) in movements(account_ids).items()}


# Tax of advances and of their uses, with the base that registers of tax show beside it.
TAXED_ADVANCES = """
SELECT a.entry_id, a.account_id, a.rate, a.net_amount AS net, a.tax_amount AS tax FROM documents_advance a
UNION ALL
SELECT u.entry_id, a.account_id, a.rate, -u.net_amount, -u.tax_amount
FROM documents_advanceuse u JOIN documents_advance a ON a.id = u.advance_id WHERE u.entry_id IS NOT NULL
"""


def source_of_advance(invoice_id: int) -> Source | None:
    """The invoice whose advance, or whose part of an advance, an entry posts the tax of."""
    invoice = Invoice.objects.filter(pk=invoice_id).first()
    if invoice is None:
        return None
    facts: list[tuple[str, Any]] = [(gettext("buyer"), invoice.buyer_name), (gettext("total"), invoice.total_amount)]
    return Source(f"{invoice.get_kind_display()} {invoice.number}", invoice, facts)


def keep_advances(entry_ids: Sequence[int], reason: str, booked_on: dt.date, actor: Actor) -> None:
    """The tax of an advance changes with its invoice, never by itself."""
    if Entry.objects.filter(pk__in=entry_ids, kind=Entry.Kind.ADVANCE_TAX).exists():
        text = gettext("Tax of an advance is corrected by correcting the advance invoice.")
        raise Refusal("advance.by_correction", text, status=409)


def _waiting(count: int) -> str:
    return ngettext(
        "%(count)d advance invoice waits for its correction: its payment was taken back",
        "%(count)d advance invoices wait for their correction: their payments were taken back",
        count,
    ) % {"count": count}


def advances_without_money(entity_id: int, month: dt.date) -> list[OpenPoint]:
    """Advance invoices whose payment was reversed: their correction is due."""
    rows = Advance.objects.filter(account__entity_id=entity_id, received_on__lt=clock.add_months(month, 1))
    rows = rows.filter(payment__entry__corrections__source_kind="reversal")
    left = rows.annotate(used=Sum("uses__total_amount")).filter(Q(used=None) | Q(used__lt=F("total_amount")))
    count = left.count()
    if not count:
        return []
    return [OpenPoint(worded(lambda: _waiting(count)), url=reverse("desk:list", args=["documents", "advance"]))]


register_balance_reader("statement", shown_by_statements)
register_taxed_beside(TAXED_ADVANCES)
register_source(ADVANCE, source_of_advance)
register_source(USE, source_of_advance)
register_reversal_watch("advances", ReversalWatch(keep_advances, lambda batch_id, actor: None))
register_closing_check(advances_without_money)
BATCH_KINDS.add(ADVANCE, _("tax of advances"))
CONSENT_PURPOSES.add(E_DOCUMENTS, _("electronic documents"))
DOCUMENT_KINDS.add("statement", _("statement of account"))
DOCUMENT_KINDS.add("confirmation", _("confirmation of the balance"))
DOCUMENT_KINDS.add("fee_change", _("change of fees"))
DOCUMENT_KINDS.add("invoice", _("tax invoice"))
DOCUMENT_KINDS.add("invoice_correction", _("correction of an invoice"))
DOCUMENT_KINDS.add("advance_invoice", _("advance invoice"))
DOCUMENT_KINDS.add("advance_correction", _("correction of an advance invoice"))
name_copies("statement", "confirmation", "fee_change", *INVOICE_KINDS)
register_setting(
    EXEMPT_REASON, _("Invoices: provision that exempts from tax"), "text", "",
    help=_("Stands on invoices with exempt lines, unless another is named when they are issued."),
)  # fmt: skip
register_view("D3", _("Invoices and their corrections equal the tax lines of the ledger"), "proof_d3")
register_view("D4", _("Advance invoices equal the tax due on advances"), "proof_d4")
