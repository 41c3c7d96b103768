"""Advances and invoices of notices: what is left of an advance, what an invoice takes off, and its postings (ADR 0024).

The tax of an advance is due when the money comes: it is posted against "tax due on advances", which the invoice of the
supply clears again, so that no tax is counted twice. Neither touches the payer's account.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import F, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.money.documents.advances import Sums, part_of
from lokum.money.documents.invoice_paper import Part
from lokum.money.documents.models import Advance, AdvanceUse, Invoice
from lokum.money.ledger.models import Entry, LedgerAccount, Period
from lokum.money.ledger.services import NewEntry, NewLine, post_batch

ZERO = Decimal("0.00")
ADVANCE, USE = "advance", "advance_use"  # sources of entries; their number is that of the invoice


@dataclass
class Left:
    """An advance and what is left of it."""

    advance: Advance
    sums: Sums


@dataclass(frozen=True)
class TaxMove:
    """Tax of an advance to be posted: above zero it becomes due, below zero it is no longer."""

    source: str
    invoice: Invoice
    tax: Decimal
    on: dt.date
    parts: Sequence[Part] = field(default_factory=tuple)


def with_left(rows: Any) -> Any:
    """Advances with `net_left`, `tax_left` and `total_left`."""
    spent = {
        name: F(f"{name}_amount") - Coalesce(Sum(f"uses__{name}_amount"), Value(ZERO))
        for name in ("net", "tax", "total")
    }
    return rows.annotate(**{f"{name}_left": value for name, value in spent.items()})


def left_of(account_ids: Collection[int]) -> dict[int, list[Left]]:
    """Advances of accounts of which something is left, by account, the oldest first. The accounts are locked."""
    rows = with_left(Advance.objects.filter(account_id__in=account_ids)).filter(total_left__gt=0)
    found: dict[int, list[Left]] = {}
    for one in rows.select_related("invoice").order_by("received_on", "pk"):
        found.setdefault(one.account_id, []).append(Left(one, Sums(one.net_left, one.tax_left)))
    return found


def parts_for(open_advances: Sequence[Left], supply: Mapping[str, tuple[Decimal, Decimal]]) -> list[Part]:
    """What an invoice of a supply (net and tax by rate) takes off; what is left of the advances goes down with it."""
    found = []
    for rate, sums in supply.items():
        wanted = Sums(*sums)
        for one in open_advances:
            if one.advance.rate != rate or one.sums.total <= 0 or wanted.total <= 0:
                continue
            part = part_of(one.sums, wanted)
            one.sums, wanted = one.sums - part, wanted - part
            found.append(Part(one.advance, part))
    return found


def parts_back(invoice: Invoice) -> list[Part]:
    """What the correction to zero of an invoice gives back to the advances it had taken off."""
    rows = AdvanceUse.objects.filter(invoice=invoice).select_related("advance__invoice").order_by("pk")
    return [Part(one.advance, Sums(-one.net_amount, -one.tax_amount)) for one in rows]


def chart_of(entity_id: int) -> dict[str, int]:
    """The ledger accounts of tax. Raises Refusal where one is missing."""
    rows = LedgerAccount.objects.filter(entity_id=entity_id, purpose__in=("vat", "advance_vat"))
    chart = dict(rows.values_list("purpose", "pk"))
    if len(chart) < 2:
        raise Refusal("advance.chart", _("The chart of accounts has no account for tax due on advances."))
    return chart


def day_of(entity_id: int, day: dt.date, today: dt.date) -> dt.date:
    """The day itself where its month is still open, else today: a later correction of tax falls into its own month."""
    month = clock.first_of_month(day)
    closed = Period.objects.filter(entity_id=entity_id, starts_on=month, closed_at__isnull=False).exists()
    return today if closed else day


def post_tax(entity_id: int, moves: Sequence[TaxMove], today: dt.date, *, actor: Actor) -> dict[int, Entry]:
    """Post tax of advances as one batch; the entry of each invoice by its key. Moves without tax have none."""
    due = [one for one in moves if one.tax]
    if not due:
        return {}
    chart = chart_of(entity_id)
    source = f"{due[0].source}:{due[0].invoice.pk}"
    batch = post_batch(entity_id, ADVANCE, source, today, [_entry(one, chart) for one in due], actor=actor)
    return {one.source_id: one for one in Entry.objects.filter(batch=batch)}


def _entry(move: TaxMove, chart: Mapping[str, int]) -> NewEntry:
    debit, credit = ("advance_vat", "vat") if move.tax > 0 else ("vat", "advance_vat")
    return NewEntry(
        kind=Entry.Kind.ADVANCE_TAX,
        amount=ZERO,
        document_number=move.invoice.number,
        description=move.invoice.buyer_name,
        booked_on=move.on,
        source_kind=move.source,
        source_id=move.invoice.pk,
        lines=[
            NewLine(chart[debit], debit_amount=abs(move.tax)),
            NewLine(chart[credit], credit_amount=abs(move.tax)),
        ],
    )


def post_uses(entity_id: int, moves: Sequence[TaxMove], today: dt.date, *, actor: Actor) -> None:
    """Post what invoices take off for advances and keep each part with its entry."""
    entries = post_tax(entity_id, moves, today, actor=actor)
    AdvanceUse.objects.bulk_create(
        AdvanceUse(
            advance=part.advance,
            invoice=move.invoice,
            net_amount=part.sums.net,
            tax_amount=part.sums.tax,
            total_amount=part.sums.total,
            entry=entries.get(move.invoice.pk),
        )
        for move in moves
        for part in move.parts
    )
