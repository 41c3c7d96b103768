"""Reversals: a linked mirror of what was posted, once only. Nothing is deleted."""

import datetime as dt
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.money.ledger.models import Batch, Entry
from lokum.money.ledger.services.allocation import undo_where
from lokum.money.ledger.services.posting import close_batch, lock_accounts, open_batch, posting

MIRROR_ENTRIES = """
INSERT INTO ledger_entry (batch_id, entity_id, kind, account_id, amount, document_number, description, booked_on,
                          effective_on, due_on, corrects_id, source_kind, source_id)
SELECT %(batch)s, e.entity_id, 'correction', e.account_id, -e.amount, e.document_number, %(reason)s, %(booked_on)s,
       e.effective_on, e.due_on, e.id, 'reversal', e.id
FROM ledger_entry e WHERE e.id = ANY(%(entries)s) ORDER BY e.id
"""

MIRROR_LINES = """
INSERT INTO ledger_line (entry_id, batch_id, entity_id, ledger_account_id, account_id, component_key, booked_on,
                         debit_amount, credit_amount)
SELECT r.id, r.batch_id, l.entity_id, l.ledger_account_id, l.account_id, l.component_key, r.booked_on,
       l.credit_amount, l.debit_amount
FROM ledger_entry r JOIN ledger_line l ON l.entry_id = r.corrects_id
WHERE r.batch_id = %(batch)s ORDER BY l.id
"""

# The original and its mirror cover each other, so neither stays open.
SETTLE = """
WITH pairs AS MATERIALIZED (
  SELECT r.account_id, CASE WHEN r.amount < 0 THEN r.id ELSE r.corrects_id END AS credit_id,
         CASE WHEN r.amount < 0 THEN r.corrects_id ELSE r.id END AS debit_id, r.effective_on, r.id, r.corrects_id,
         abs(r.amount) AS amount
  FROM ledger_entry r WHERE r.batch_id = %(batch)s AND r.account_id IS NOT NULL AND r.amount <> 0
), made AS (
  INSERT INTO ledger_allocation (account_id, credit_id, debit_id, amount, rule, value_on, made_at, actor_id,
                                 undone_reason)
  SELECT account_id, credit_id, debit_id, amount, 'reversal', effective_on, %(now)s, %(actor)s, '' FROM pairs
)
UPDATE ledger_openitem o SET open_amount = 0
FROM (SELECT id FROM pairs UNION ALL SELECT corrects_id FROM pairs) p WHERE o.entry_id = p.id
"""


def _reverse(
    entity_id: int, entry_ids: list[int], kind: str, source: str, reason: str, booked_on: dt.date, actor: Actor
) -> Batch:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT account_id FROM ledger_entry WHERE id = ANY(%s) AND account_id IS NOT NULL", [entry_ids]
        )
        lock_accounts([row[0] for row in cursor.fetchall()])
        cursor.execute(
            "SELECT corrects_id FROM ledger_entry "
            "WHERE corrects_id = ANY(%s) AND source_kind = 'reversal' ORDER BY corrects_id LIMIT 1",
            [entry_ids],
        )
        if cursor.fetchone():
            raise Refusal("ledger.reversed_already", _("This entry was reversed already."), status=409)
        undo_where("(credit_id = ANY(%(ids)s) OR debit_id = ANY(%(ids)s))", {"ids": entry_ids}, reason)
        batch_id = open_batch(entity_id, kind, source, booked_on, actor=actor)
        values: dict[str, Any] = {
            "batch": batch_id,
            "entries": entry_ids,
            "reason": reason[:250],
            "booked_on": booked_on,
        }
        cursor.execute(MIRROR_ENTRIES, values)
        cursor.execute(MIRROR_LINES, values)
        close_batch(batch_id)
        cursor.execute(SETTLE, {"batch": batch_id, "now": clock.now(), "actor": actor.user_id})
    return Batch.objects.get(pk=batch_id)


def reverse_entry(entry_id: int, reason: str, *, actor: Actor, booked_on: dt.date | None = None) -> Batch:
    """Post the mirror of one entry. What it was matched with is freed first. A second time is refused.

    booked_on: default today in the entity's time zone; the effective date stays that of the original.
    """
    with posting(actor) as whole:
        entry = Entry.objects.select_related("entity").filter(pk=entry_id).first()
        if entry is None:
            raise Missing("ledger.no_entry", _("There is no such entry."))
        if entry.source_kind == "reversal":
            raise Refusal("ledger.is_reversal", _("A reversal is not reversed; post the entry anew."))
        day = booked_on or clock.today(entry.entity.time_zone)
        return _reverse(entry.entity_id, [entry.pk], "reversal", f"reversal:{entry.pk}", reason, day, whole)


def reverse_batch(
    batch_id: int, reason: str, *, actor: Actor, kind: str = "reversal", booked_on: dt.date | None = None
) -> Batch:
    """Post the mirror of every entry of a batch, set-wise. Refused when any of them was reversed already."""
    with posting(actor) as whole:
        batch = Batch.objects.select_related("entity").filter(pk=batch_id).first()
        if batch is None:
            raise Missing("ledger.no_batch", _("There is no such batch."))
        entry_ids = list(batch.entries.order_by("pk").values_list("pk", flat=True))
        day = booked_on or clock.today(batch.entity.time_zone)
        return _reverse(batch.entity_id, entry_ids, kind, f"reversal-of-batch:{batch.pk}", reason, day, whole)
