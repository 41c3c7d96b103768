"""Plain words for what a row of the account sheet is."""

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lokum.core.base.wording import local_text
from lokum.core.papers.rendering.texts import month
from lokum.money.ledger.queries import Entry, SheetRow


def row_text(row: SheetRow) -> str:
    """As in "Charges for December 2026", "Payment", or what the booking itself says."""
    if row.kind == Entry.Kind.CHARGE and not row.description:
        return _("Charges for %(month)s") % {"month": month(row.booked_on, get_language() or "en")}
    if row.kind == Entry.Kind.PAYMENT:
        return _("Payment")
    if row.kind == Entry.Kind.INTEREST:
        return _("Interest: %(debt)s") % {"debt": local_text(row.description or row.document_number)}
    return local_text(row.description) if row.description else str(Entry.Kind(row.kind).label)


def masked(name: str) -> str:
    """A sender's name with only the first letter of each word: enough to recognise one's own transfer."""
    return " ".join(f"{word[0]}{'•' * (len(word) - 1)}" for word in name.split())
