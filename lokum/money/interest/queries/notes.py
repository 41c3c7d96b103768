"""Notes with the calculation of each line."""

from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from lokum.core.base.templatetags.lokum import amount_text
from lokum.core.base.wording import local_text
from lokum.money.interest.calculation import Span
from lokum.money.interest.models import InterestLine, InterestNote
from lokum.money.interest.sheets import LineSheet, sheet_of_line
from lokum.money.ledger.seams import Source

PER_MILLE_A_DAY = 1000  # divisor


def note_sheets(note: InterestNote) -> list[LineSheet]:
    """The calculation sheet of each line, from the note's own document."""
    return [sheet_of_line(line) for line in note.document.data["lines"]]


def _sheet_of(line: InterestLine) -> LineSheet | None:
    found = [one for one in note_sheets(line.note) if one.debt_id == line.debt_id and one.amount == line.amount]
    return found[0] if found else None


def sheet_of_entry(entry_id: int) -> tuple[LineSheet, int] | None:
    """The calculation behind an entry of interest, and the id of its document; None for any other entry."""
    line = InterestLine.objects.select_related("note__document").filter(pk=entry_id).first()
    sheet = _sheet_of(line) if line else None
    return (sheet, line.note.document_id) if line and sheet else None


def fact_of(span: Span) -> tuple[str, str]:
    """First and last day, principal x rate x days, as the reader writes them."""
    unit = "‰" if span.divisor == PER_MILLE_A_DAY else "%"
    product = f"{amount_text(span.principal)} × {number_format(span.rate.normalize())} {unit} × {span.day_count}"
    return local_text(f"{span.first_day} – {span.last_day}"), product


def source_of_line(entry_id: int) -> Source | None:
    """What an entry of interest comes from: its note, and the calculation of the line."""
    line = InterestLine.objects.select_related("note__document", "debt").filter(pk=entry_id).first()
    if line is None:
        return None
    facts: list[tuple[str, Any]] = [
        (_("debt"), line.debt.document_number or str(line.debt)),
        (_("interest to"), line.through_on),
        (_("interest in all"), line.computed_amount),
        (_("amount"), line.amount),
    ]
    sheet = _sheet_of(line)
    facts += [fact_of(one) for one in (sheet.spans if sheet else ())]
    return Source(title=_("Interest note %(number)s") % {"number": line.note.number}, record=line.note, facts=facts)
