"""Corrections and reversals: a linked entry that adjusts or mirrors what was posted. Nothing is deleted.

A *correction* adjusts lines of one document (an entry that corrects nothing itself): up or down, never beyond what
is left of it. A *reversal* mirrors what is left of a document, or takes one correction back; once only. The database
checks both when the batch is sealed.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.base.money import places_of, round_amount, split_amount
from lokum.core.organisation.models import Entity
from lokum.money.ledger.models import Batch, Entry, SubAccount
from lokum.money.ledger.queries import left_parts
from lokum.money.ledger.seams import reversal_watches
from lokum.money.ledger.services.allocation import undo_where
from lokum.money.ledger.services.posting import close_batch, lock_accounts, open_batch, posting


@dataclass(frozen=True)
class CorrectionRow:
    """Change of one part of a posted document. `amount`: what the payer owes more (positive) or less (negative)."""

    entry_id: int
    ledger_account_id: int
    amount: Decimal
    component_key: int | None = None


# Rows of several computations for the same part add up; what adds up to nothing is no correction.
STAGE = """
CREATE TEMP TABLE ledger_corrected (
  entry_id bigint NOT NULL, ledger_account_id bigint NOT NULL, component_key bigint, amount numeric NOT NULL
) ON COMMIT DROP
"""
PARTS = """
CREATE TEMP TABLE ledger_correction_part ON COMMIT DROP AS
SELECT entry_id, ledger_account_id, component_key, sum(amount) AS amount
FROM ledger_corrected GROUP BY entry_id, ledger_account_id, component_key HAVING sum(amount) <> 0
"""
# A document with parts in several sub-accounts is named by its main entry; a component is corrected where it stands.
REDIRECT = """
UPDATE ledger_corrected c SET entry_id = p.id
FROM ledger_entry o JOIN ledger_subaccount s ON s.entity_id = o.entity_id
JOIN ledger_entry p ON p.source_kind = o.source_kind || '/' || s.id AND p.source_id = o.source_id
  AND p.batch_id = o.batch_id
WHERE o.id = c.entry_id AND c.component_key IS NOT NULL
  AND EXISTS (SELECT FROM ledger_line l WHERE l.entry_id = p.id AND l.component_key = c.component_key)
  AND NOT EXISTS (SELECT FROM ledger_line l WHERE l.entry_id = o.id AND l.component_key = c.component_key)
"""
HEADS = """
CREATE TEMP TABLE ledger_correction_head ON COMMIT DROP AS
SELECT p.entry_id AS original_id, o.kind, o.entity_id, o.account_id, o.effective_on, o.document_number, o.due_on,
       o.corrects_id, o.sub_account_id, p.amount, p.up_amount, p.down_amount,
       nextval(pg_get_serial_sequence('ledger_entry', 'id')) AS entry_id, o.batch_id, o.source_id,
       split_part(o.source_kind, '/', 1) AS base,
       coalesce(o.source_kind = split_part(o.source_kind, '/', 1) || '/' || o.sub_account_id, false) AS is_part
FROM (SELECT entry_id, sum(amount) AS amount, coalesce(sum(amount) FILTER (WHERE amount > 0), 0) AS up_amount,
             coalesce(-sum(amount) FILTER (WHERE amount < 0), 0) AS down_amount
      FROM ledger_correction_part GROUP BY entry_id ORDER BY entry_id) p
LEFT JOIN ledger_entry o ON o.id = p.entry_id
"""
# Corrections of the parts of one document belong together as those parts do: the first lends its key to the others.
CORRECTION_ENTRIES = """
INSERT INTO ledger_entry (id, batch_id, entity_id, kind, account_id, amount, document_number, description, booked_on,
                          effective_on, due_on, corrects_id, sub_account_id, source_kind, source_id)
SELECT entry_id, %(batch)s, entity_id, 'correction', account_id, amount, document_number, %(reason)s, %(booked_on)s,
       effective_on, CASE WHEN amount > 0 THEN coalesce(%(due_on)s::date, greatest(due_on, %(booked_on)s))
                          ELSE due_on END, original_id, sub_account_id,
       CASE WHEN is_part AND entry_id <> first_id THEN 'correction/' || sub_account_id ELSE 'correction' END,
       CASE WHEN is_part THEN first_id ELSE entry_id END
FROM (SELECT h.*, first_value(entry_id) OVER (PARTITION BY batch_id, account_id, base, source_id
                                              ORDER BY is_part, original_id) AS first_id
      FROM ledger_correction_head h) h
ORDER BY h.entry_id
"""
# What goes up and what goes down stand on two lines of the payer, so that a mere shift between accounts shows.
CORRECTION_LINES = """
INSERT INTO ledger_line (entry_id, batch_id, entity_id, ledger_account_id, account_id, component_key, booked_on,
                         debit_amount, credit_amount)
SELECT h.entry_id, %(batch)s, h.entity_id, %(receivable)s, h.account_id, NULL::bigint, %(booked_on)s::date,
       h.up_amount, 0
FROM ledger_correction_head h WHERE h.up_amount > 0
UNION ALL
SELECT h.entry_id, %(batch)s, h.entity_id, %(receivable)s, h.account_id, NULL, %(booked_on)s::date, 0, h.down_amount
FROM ledger_correction_head h WHERE h.down_amount > 0
UNION ALL
SELECT h.entry_id, %(batch)s, h.entity_id, p.ledger_account_id, NULL::bigint, p.component_key, %(booked_on)s::date,
       greatest(-p.amount, 0), greatest(p.amount, 0)
FROM ledger_correction_part p JOIN ledger_correction_head h ON h.original_id = p.entry_id
"""
# A correction covers its own document first, from the document's day on: no interest runs on what was never owed.
COVER = """
WITH pairs AS MATERIALIZED (
  SELECT h.account_id, h.entry_id, h.original_id, h.effective_on, least(o.open_amount, abs(h.amount)) AS amount,
         CASE WHEN h.amount < 0 THEN h.entry_id ELSE h.original_id END AS credit_id,
         CASE WHEN h.amount < 0 THEN h.original_id ELSE h.entry_id END AS debit_id
  FROM ledger_correction_head h JOIN ledger_openitem o ON o.entry_id = h.original_id
  WHERE o.open_amount > 0 AND h.amount <> 0 AND (o.side = 'debit') = (h.amount < 0)
), made AS (
  INSERT INTO ledger_allocation (account_id, credit_id, debit_id, amount, rule, value_on, made_at, actor_id,
                                 undone_reason)
  SELECT account_id, credit_id, debit_id, amount, 'correction', effective_on, %(now)s, %(actor)s, '' FROM pairs
  ORDER BY entry_id
)
UPDATE ledger_openitem o SET open_amount = o.open_amount - p.amount
FROM (SELECT entry_id, amount FROM pairs UNION ALL SELECT original_id, amount FROM pairs) p
WHERE o.entry_id = p.entry_id
"""

# A document with its corrections and what took those back; a correction alone is its own family.
FAMILY = """
CREATE TEMP TABLE ledger_family ON COMMIT DROP AS
SELECT e.id AS root, e.id AS entry_id FROM ledger_entry e WHERE e.id = ANY(%(entries)s)
UNION ALL SELECT c.corrects_id, c.id FROM ledger_entry c WHERE c.corrects_id = ANY(%(entries)s)
UNION ALL SELECT c.corrects_id, x.id FROM ledger_entry c JOIN ledger_entry x ON x.corrects_id = c.id
WHERE c.corrects_id = ANY(%(entries)s)
"""
MIRROR_ENTRIES = """
INSERT INTO ledger_entry (batch_id, entity_id, kind, account_id, amount, document_number, description, booked_on,
                          effective_on, due_on, corrects_id, sub_account_id, source_kind, source_id)
SELECT %(batch)s, e.entity_id, 'correction', e.account_id, -f.amount, e.document_number, %(reason)s, %(booked_on)s,
       e.effective_on, e.due_on, e.id, e.sub_account_id, 'reversal', e.id
FROM (SELECT f.root, sum(x.amount) AS amount FROM ledger_family f JOIN ledger_entry x ON x.id = f.entry_id
      GROUP BY f.root) f
JOIN ledger_entry e ON e.id = f.root ORDER BY e.id
"""
MIRROR_LINES = """
INSERT INTO ledger_line (entry_id, batch_id, entity_id, ledger_account_id, account_id, component_key, booked_on,
                         debit_amount, credit_amount)
SELECT r.id, r.batch_id, l.entity_id, l.ledger_account_id, l.account_id, l.component_key, r.booked_on,
       sum(l.credit_amount), sum(l.debit_amount)
FROM ledger_entry r JOIN ledger_family f ON f.root = r.corrects_id JOIN ledger_line l ON l.entry_id = f.entry_id
WHERE r.batch_id = %(batch)s
GROUP BY r.id, r.batch_id, l.entity_id, l.ledger_account_id, l.account_id, l.component_key, r.booked_on,
         l.debit_amount > 0
ORDER BY r.id, min(l.id)
"""
# The family and its mirror cover each other, so none of them stays open.
SETTLE = """
WITH members AS MATERIALIZED (
  SELECT f.root, f.entry_id, e.account_id, e.amount, e.effective_on
  FROM (SELECT root, entry_id FROM ledger_family
        UNION ALL SELECT corrects_id, id FROM ledger_entry WHERE batch_id = %(batch)s) f
  JOIN ledger_entry e ON e.id = f.entry_id WHERE e.account_id IS NOT NULL AND e.amount <> 0
), credits AS (
  SELECT root, entry_id, account_id, effective_on, sum(-amount) OVER w AS upper, sum(-amount) OVER w + amount AS lower
  FROM members WHERE amount < 0 WINDOW w AS (PARTITION BY root ORDER BY entry_id)
), debits AS (
  SELECT root, entry_id, sum(amount) OVER w AS upper, sum(amount) OVER w - amount AS lower
  FROM members WHERE amount > 0 WINDOW w AS (PARTITION BY root ORDER BY entry_id)
), made AS (
  INSERT INTO ledger_allocation (account_id, credit_id, debit_id, amount, rule, value_on, made_at, actor_id,
                                 undone_reason)
  SELECT c.account_id, c.entry_id, d.entry_id, least(c.upper, d.upper) - greatest(c.lower, d.lower), 'reversal',
         c.effective_on, %(now)s, %(actor)s, ''
  FROM credits c JOIN debits d ON d.root = c.root AND d.lower < c.upper AND c.lower < d.upper
  ORDER BY c.entry_id, d.entry_id
)
UPDATE ledger_openitem o SET open_amount = 0 FROM members m WHERE o.entry_id = m.entry_id
"""


def _drop(cursor: Any, *tables: str) -> None:
    for table in tables:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")


def _say_why(reason: str) -> str:
    kept = reason.strip()[:250]
    if not kept:
        text = _("Say why the document is corrected.")
        raise Refusal("ledger.no_reason", text, fields={"reason": [text]})
    return kept


def stage_corrections(rows: Iterable[CorrectionRow] = ()) -> None:
    """Make the staging relation `ledger_corrected` (entry_id, ledger_account_id, component_key, amount), empty or with
    these rows. Mass jobs fill it themselves by INSERT ... SELECT, then call `post_staged_corrections`."""
    with connection.cursor() as cursor:
        _drop(cursor, "ledger_corrected")
        cursor.execute(STAGE)
        values = [(one.entry_id, one.ledger_account_id, one.component_key, one.amount) for one in rows]
        if values:
            cursor.execute(
                "INSERT INTO ledger_corrected "
                "SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::numeric[])",
                [list(column) for column in zip(*values, strict=True)],
            )


def post_corrections(
    entity_id: int,
    rows: Iterable[CorrectionRow],
    reason: str,
    *,
    actor: Actor,
    booked_on: dt.date | None = None,
    due_on: dt.date | None = None,
    source: str = "",
) -> Batch | None:
    """Post corrections of posted documents as one batch, one entry per document; None when the rows add up to nothing.

    booked_on: default today where the entity lives, in an open period; the effective day stays that of the document.
    due_on: of what the payer owes more; default the day of booking. source: names the act, so that it happens once.
    Raises Refusal (`ledger.no_reason`, `.no_entry`, `.not_correctable`, `.more_than_left`, `.reversed_already`, ...).
    """
    with posting(actor):
        stage_corrections(rows)
        return post_staged_corrections(
            entity_id, reason, actor=actor, booked_on=booked_on, due_on=due_on, source=source, at_component=True
        )


def post_staged_corrections(
    entity_id: int,
    reason: str,
    *,
    actor: Actor,
    booked_on: dt.date | None = None,
    due_on: dt.date | None = None,
    source: str = "",
    at_component: bool = False,
) -> Batch | None:
    """The same over the relation `ledger_corrected`, filled by the caller in this transaction. Set-wise throughout.

    at_component: a row names the document; it is corrected in the sub-account in which its component stands.
    """
    kept = _say_why(reason)
    with posting(actor) as whole, connection.cursor() as cursor:
        entity = Entity.objects.get(pk=entity_id)
        _drop(cursor, "ledger_correction_part", "ledger_correction_head")
        if at_component:
            cursor.execute("ANALYZE ledger_corrected")
            cursor.execute(REDIRECT)
        cursor.execute(PARTS)
        cursor.execute(HEADS)
        cursor.execute("ANALYZE ledger_correction_part")
        cursor.execute("ANALYZE ledger_correction_head")
        _refuse_heads(cursor, entity_id)
        cursor.execute("SELECT DISTINCT account_id FROM ledger_correction_head ORDER BY account_id")
        accounts = [row[0] for row in cursor.fetchall()]
        if not accounts:
            return None
        lock_accounts(accounts)
        day = booked_on or clock.today(entity.time_zone)
        source = source or f"corrections:{uuid.uuid4()}"
        batch_id = open_batch(entity_id, "correction", source, day, actor=whole)
        cursor.execute(
            "SELECT id FROM ledger_ledgeraccount WHERE entity_id = %s AND purpose = 'receivable'", [entity_id]
        )
        values = {
            "batch": batch_id,
            "reason": kept,
            "booked_on": day,
            "due_on": due_on,
            "receivable": cursor.fetchone()[0],
        }
        cursor.execute(CORRECTION_ENTRIES, values)
        cursor.execute(CORRECTION_LINES, values)
        close_batch(batch_id)
        cursor.execute(COVER, {"now": clock.now(), "actor": whole.user_id})
        return Batch.objects.get(pk=batch_id)


def _refuse_heads(cursor: Any, entity_id: int) -> None:
    """The first document that cannot be corrected, in words; the database would refuse it too."""
    cursor.execute(
        "SELECT original_id, account_id, corrects_id, document_number, kind FROM ledger_correction_head "
        "WHERE entity_id IS DISTINCT FROM %s OR account_id IS NULL OR corrects_id IS NOT NULL OR kind = 'deposit' "
        "ORDER BY 1 LIMIT 1",
        [entity_id],
    )
    found = cursor.fetchone()
    if not found:
        return
    entry_id, account_id, corrects_id, number, kind = found
    if kind == "deposit" and account_id is not None:
        text = _("A deposit is changed by its own acts, not by a correction.")
        raise Refusal("ledger.not_correctable", text, details={"entry": entry_id})
    if (account_id is not None and corrects_id is None) or (account_id is None and number is None):
        raise Missing("ledger.no_entry", _("There is no such entry."))
    text = _("%(document)s is no document of a payer and cannot be corrected.") % {"document": number or entry_id}
    raise Refusal("ledger.not_correctable", text, details={"entry": entry_id})


def _refuse_entry(entry: Entry) -> None:
    """A correction has no corrections, and a reversed document is over."""
    if entry.corrects_id is not None:
        text = _("%(document)s is no document of a payer and cannot be corrected.") % {"document": entry}
        raise Refusal("ledger.not_correctable", text, details={"entry": entry.pk})
    if Entry.objects.filter(corrects=entry, source_kind="reversal").exists():
        raise Refusal("ledger.reversed_already", _("This entry was reversed already."), status=409)


def correct_entry(
    pk: int,
    *,
    change_amount: Decimal,
    reason: str,
    actor: Actor,
    line: int | None = None,
    due_on: dt.date | None = None,
) -> Entry:
    """Correct one document by an amount: one of its ledger lines, or all of them in proportion to what is left.

    change_amount: what the payer owes more (positive) or less (negative). Returns the correction.
    """
    with posting(actor):
        entry = Entry.objects.select_related("entity").filter(pk=pk).first()
        if entry is None:
            raise Missing("ledger.no_entry", _("There is no such entry."))
        if not change_amount:
            text = _("Name an amount other than zero.")
            raise Refusal("ledger.nothing", text, fields={"change_amount": [text]})
        places = places_of(entry.entity.currency)
        if change_amount != round_amount(change_amount, places):
            text = _("Name an amount in whole units of %(currency)s.") % {"currency": entry.entity.currency}
            raise Refusal("ledger.not_whole", text, fields={"change_amount": [text]})
        parts = left_parts(entry)
        if line is not None:
            chosen = [part for part in parts if part.line_id == line]
            if not chosen:
                text = _("The document has no such line.")
                raise Refusal("ledger.no_line", text, fields={"line": [text]})
            rows = [CorrectionRow(pk, chosen[0].ledger_account_id, change_amount, chosen[0].component_key)]
        else:
            weights = [part.left_amount for part in parts]
            _refuse_entry(entry)
            if not any(weights):
                raise Refusal("ledger.more_than_left", _("Nothing is left of this document."), status=409)
            shares = split_amount(change_amount, [abs(one) for one in weights], places)
            rows = [
                CorrectionRow(pk, part.ledger_account_id, share, part.component_key)
                for part, share in zip(parts, shares, strict=True)
            ]
        try:
            batch = post_corrections(entry.entity_id, rows, reason, actor=actor, due_on=due_on)
        except Refusal as problem:
            raise _of_the_amount(problem) from problem
        assert batch is not None
        return batch.entries.get()


def _of_the_amount(problem: Refusal) -> Refusal:
    """The same refusal at the field it is about, when it is about the amount."""
    if problem.code not in ("ledger.more_than_left", "ledger.too_large"):
        return problem
    fields = {"change_amount": [str(problem.message)]}
    return Refusal(problem.code, problem.message, fields=fields, details=problem.details, status=problem.status)


def correct_lines(pk: int, *, amounts: dict[int, Decimal], reason: str, actor: Actor) -> Entry:
    """Correct one document so that of its lines (keys) these amounts stand; lines not named stay as they are."""
    with posting(actor):
        entry = Entry.objects.filter(pk=pk).first()
        if entry is None:
            raise Missing("ledger.no_entry", _("There is no such entry."))
        rows = [
            CorrectionRow(pk, part.ledger_account_id, amounts[part.line_id] - part.left_amount, part.component_key)
            for part in left_parts(entry)
            if part.line_id in amounts
        ]
        batch = post_corrections(entry.entity_id, rows, reason, actor=actor)
        if batch is None:
            raise Refusal("ledger.nothing", _("Nothing is changed by these amounts."))
        return batch.entries.get()


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
        for watch in reversal_watches():
            watch.before(entry_ids, reason, booked_on, actor)
        _drop(cursor, "ledger_family")
        cursor.execute(FAMILY, {"entries": entry_ids})
        cursor.execute("ANALYZE ledger_family")
        family = "IN (SELECT entry_id FROM ledger_family)"
        undo_where(f"(credit_id {family} OR debit_id {family})", {}, reason)
        batch_id = open_batch(entity_id, kind, source, booked_on, actor=actor)
        values: dict[str, Any] = {"batch": batch_id, "reason": reason[:250], "booked_on": booked_on}
        cursor.execute(MIRROR_ENTRIES, values)
        cursor.execute(MIRROR_LINES, values)
        close_batch(batch_id)
        cursor.execute(SETTLE, {"batch": batch_id, "now": clock.now(), "actor": actor.user_id})
        for watch in reversal_watches():
            watch.after(batch_id, actor)
    return Batch.objects.get(pk=batch_id)


def document_entries(entry: Entry) -> list[int]:
    """The entry and its sisters in other sub-accounts: the parts of one document, which stand and fall together."""
    base = entry.source_kind.split("/")[0]
    kinds = [
        base,
        *(f"{base}/{pk}" for pk in SubAccount.objects.filter(entity=entry.entity_id).values_list("pk", flat=True)),
    ]
    sisters = Entry.objects.filter(source_kind__in=[*kinds, f"{base}/in"], source_id=entry.source_id)
    same = sisters.filter(batch_id=entry.batch_id, account__isnull=entry.account_id is None)
    alone = entry.corrects_id is not None and base != "correction"
    return [entry.pk] if alone else sorted({entry.pk, *same.values_list("pk", flat=True)})


def reverse_entry(entry_id: int, reason: str, *, actor: Actor, booked_on: dt.date | None = None) -> Batch:
    """Post the mirror of what is left of one document, or of one correction. A second time is refused.

    What they were matched with is freed. booked_on: default today in the entity's time zone; the effective date
    stays that of the original.
    """
    with posting(actor) as whole:
        entry = Entry.objects.select_related("entity").filter(pk=entry_id).first()
        if entry is None:
            raise Missing("ledger.no_entry", _("There is no such entry."))
        if entry.source_kind == "reversal":
            raise Refusal("ledger.is_reversal", _("A reversal is not reversed; post the entry anew."))
        if entry.source_kind == "year_end":
            text = _("The closing of a year is taken back by opening one of its months again.")
            raise Refusal("ledger.year_closed", text, status=409)
        day = booked_on or clock.today(entry.entity.time_zone)
        whole_document = document_entries(entry)
        return _reverse(entry.entity_id, whole_document, "reversal", f"reversal:{entry.pk}", reason, day, whole)


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


def reverse_entries(
    entity_id: int,
    entry_ids: Collection[int],
    reason: str,
    *,
    kind: str,
    source: str,
    booked_on: dt.date,
    actor: Actor,
) -> Batch:
    """Post the mirrors of some entries of an entity as one batch. Refused when any of them was reversed already."""
    with posting(actor) as whole:
        return _reverse(entity_id, sorted(set(entry_ids)), kind, source, reason, booked_on, whole)
