"""Opening items taken over from other books, one by one, so that each keeps its document and due date."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.money.ledger.models import Batch, LedgerAccount, Period
from lokum.money.ledger.services.corrections import reverse_batch
from lokum.money.ledger.services.posting import close_batch, lock_accounts, open_batch, posting

KIND = "opening"


@dataclass(frozen=True)
class OpeningItem:
    """What a payer owes (positive) or has paid in excess (negative) of one document. `row`: line of the sheet."""

    account_id: int
    document_number: str
    document_on: dt.date
    due_on: dt.date
    amount: Decimal
    row: int = 0


STAGE = """
CREATE TEMP TABLE ledger_opening ON COMMIT DROP AS
SELECT nextval(pg_get_serial_sequence('ledger_entry', 'id')) AS entry_id, w.*
FROM (SELECT * FROM unnest(%(accounts)s::bigint[], %(documents)s::text[], %(days)s::date[], %(dues)s::date[],
                           %(amounts)s::numeric[], %(rows)s::int[])
      AS u(account_id, document_number, document_on, due_on, amount, row_number) ORDER BY row_number) w
"""
KNOWN = """
SELECT DISTINCT o.row_number, o.document_number FROM ledger_opening o
JOIN ledger_entry e ON e.account_id = o.account_id AND e.kind = 'opening' AND e.document_number = o.document_number
WHERE NOT EXISTS (SELECT FROM ledger_entry r WHERE r.corrects_id = e.id AND r.source_kind = 'reversal')
ORDER BY o.row_number LIMIT 20
"""
ENTRIES = """
INSERT INTO ledger_entry (id, batch_id, entity_id, kind, account_id, amount, document_number, description, booked_on,
                          effective_on, due_on, source_kind, source_id)
SELECT entry_id, %(batch)s, %(entity)s, 'opening', account_id, amount, document_number, %(description)s,
       %(booked_on)s, document_on, due_on, 'opening', entry_id
FROM ledger_opening ORDER BY entry_id
"""
LINES = """
INSERT INTO ledger_line (entry_id, batch_id, entity_id, ledger_account_id, account_id, booked_on, debit_amount,
                         credit_amount)
SELECT o.entry_id, %(batch)s, %(entity)s, %(receivable)s, o.account_id, %(booked_on)s::date, greatest(o.amount, 0),
       greatest(-o.amount, 0)
FROM ledger_opening o
UNION ALL
SELECT o.entry_id, %(batch)s, %(entity)s, %(opening)s, NULL, %(booked_on)s::date, greatest(-o.amount, 0),
       greatest(o.amount, 0)
FROM ledger_opening o
"""


def post_opening_items(
    entity_id: int, items: Sequence[OpeningItem], booked_on: dt.date, *, actor: Actor, description: str = ""
) -> Batch:
    """Post opening items as one batch against the account for opening items; all of them or none.

    An item that stands in the books already (same account and document) is refused with its row (`opening.rows`).
    """
    with posting(actor) as whole, connection.cursor() as cursor:
        chart = dict(LedgerAccount.objects.filter(entity_id=entity_id).values_list("purpose", "pk"))
        lock_accounts([item.account_id for item in items])
        values: dict[str, Any] = {
            "accounts": [item.account_id for item in items], "documents": [item.document_number for item in items],
            "days": [item.document_on for item in items], "dues": [item.due_on for item in items],
            "amounts": [item.amount for item in items], "rows": [item.row for item in items],
        }  # fmt: skip
        cursor.execute("DROP TABLE IF EXISTS ledger_opening")
        cursor.execute(STAGE, values)
        cursor.execute("ANALYZE ledger_opening")
        cursor.execute(KNOWN)
        known = cursor.fetchall()
        if known:
            refuse_rows(
                [(row, _("%(document)s is an opening item already") % {"document": text}) for row, text in known]
            )
        batch_id = open_batch(entity_id, KIND, f"opening:{uuid.uuid4()}", booked_on, actor=whole)
        values = {"batch": batch_id, "entity": entity_id, "booked_on": booked_on, "description": description[:250],
                  "receivable": chart.get("receivable"), "opening": chart.get("opening")}  # fmt: skip
        cursor.execute(ENTRIES, values)
        cursor.execute(LINES, values)
        close_batch(batch_id)
        return Batch.objects.get(pk=batch_id)


def refuse_rows(faults: Sequence[tuple[int, str]]) -> None:
    """One refusal that names every faulty row of a sheet."""
    texts = [_("Row %(row)d: %(text)s.") % {"row": row, "text": text} for row, text in faults]
    shown = texts[:20] + ([_("… and %(count)d more rows.") % {"count": len(texts) - 20}] if len(texts) > 20 else [])
    details = {"rows": [{"row": row, "text": text} for row, text in faults]}
    raise Refusal("opening.rows", " ".join(shown), fields={"file": shown}, details=details)


def undo_opening_items(pk: int, reason: str, *, actor: Actor) -> Batch:
    """Take an import back as a whole; money that had been used for its items is free again."""
    with posting(actor) as whole:
        batch = Batch.objects.select_related("entity").filter(pk=pk).first()
        if batch is None or batch.kind != KIND:
            raise Missing("opening.no_batch", _("This is no import of opening items."))
        month = clock.first_of_month(batch.booked_on)
        closed = Period.objects.filter(entity=batch.entity, starts_on=month, closed_at__isnull=False).exists()
        day = clock.today(batch.entity.time_zone) if closed else batch.booked_on
        return reverse_batch(pk, reason, actor=whole, kind="opening-undo", booked_on=day)
