"""Posting: one way in for a single entry and for a hundred thousand.

Contract of a mass posting, inside `with posting(actor):`

1. `batch_id = open_batch(entity_id, kind, source, booked_on, actor=actor)`; the same source twice is refused.
2. INSERT INTO ledger_entry ... SELECT, with ids from the table's sequence, `batch_id`, `entity_id`, the effect on
   the payer's account as `amount` (NULL account: no payer touched) and a (source_kind, source_id, kind) that names
   the business document; a second posting of it is refused by a unique key.
3. INSERT INTO ledger_line ... SELECT: all lines of one entry in ONE statement. They balance per entry; a line with an
   `account_id` goes to the ledger account with purpose "receivable" and no other line does.
4. `close_batch(batch_id)`: locks the accounts in the order of their keys, keeps open items and balances, seals.

Whoever decides on balances or open items calls `lock_accounts` before reading them. Statement triggers check every
insert; an unsealed batch cannot commit. Afterwards `allocate_oldest_first` may use free money for new debts.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db import DatabaseError, connection
from django.utils.translation import gettext_lazy as _

from lokum.core.base import clock
from lokum.core.base.context import Actor, Reach, acting
from lokum.core.base.errors import Busy, Refusal
from lokum.money.ledger.models import Batch, Entry, Line

LOCK_TIMEOUT = "3s"
# A month of 100,000 payers is sorted and joined in memory; a statement about one payer needs nothing of it.
MEMORY = "128MB"
SETTINGS = """
SELECT set_config('lock_timeout', %(timeout)s, true), set_config('work_mem',
  CASE WHEN pg_size_bytes(current_setting('work_mem')) < pg_size_bytes(%(memory)s) THEN %(memory)s
       ELSE current_setting('work_mem') END, true)
"""
NOTHING = Decimal(0)


@dataclass(frozen=True)
class NewLine:
    """Debit or credit of one ledger account; `of_payer` marks the line on the payer's own account."""

    ledger_account_id: int
    debit_amount: Decimal = NOTHING
    credit_amount: Decimal = NOTHING
    of_payer: bool = False
    component_key: int | None = None


@dataclass(frozen=True)
class NewEntry:
    """One business event to post. `amount` is its effect on the payer's account (payments are negative)."""

    kind: str
    amount: Decimal
    lines: Sequence[NewLine]
    source_kind: str
    source_id: int
    account_id: int | None = None
    document_number: str = ""
    description: str = ""
    booked_on: dt.date | None = None  # default: the batch's day
    effective_on: dt.date | None = None  # default: the booked day
    due_on: dt.date | None = None
    corrects_id: int | None = None
    sub_account_id: int | None = None  # None: the main one


def _refusal_of(error: DatabaseError) -> Refusal | None:
    """The refusal that a guard of the database stands for; None for an error that is nobody's answer."""
    cause = error.__cause__
    state = getattr(cause, "sqlstate", None)
    if state in ("55P03", "40P01", "40001"):
        return Busy("ledger.busy", _("Somebody else is posting to the same accounts. Try again in a moment."))
    text = str(cause).splitlines()[0] if cause else str(error)
    if state == "LK005":
        return Refusal(
            "ledger.period_closed", _("The period is closed. Post into an open month."), details={"why": text}
        )
    if state == "23505":
        name = getattr(getattr(cause, "diag", None), "constraint_name", "") or ""
        if name in ("batch_source_once", "entry_source_once"):
            return Refusal("ledger.posted_already", _("This was posted already."), details={"key": name}, status=409)
        if name == "entry_reversed_once":
            return Refusal("ledger.reversed_already", _("This entry was reversed already."), status=409)
    messages = {
        "LK001": ("ledger.append_only", _("Posted rows are never changed. Post a correction instead.")),
        "LK002": ("ledger.empty", _("There is nothing to post.")),
        "LK003": ("ledger.unbalanced", _("Debits and credits are not equal.")),
        "LK004": ("ledger.foreign_reference", _("A posting may not mix entities or name foreign accounts.")),
    }
    if state == "LK006":
        text_left = _("More is taken than is left of the document.")
        return Refusal("ledger.more_than_left", text_left, details={"why": text}, status=409)
    if state == "LK007":
        return Refusal("ledger.not_correctable", _("A correction names a document."), details={"why": text})
    if state == "LK008":
        text_gone = _("The document was reversed; nothing more can be corrected about it.")
        return Refusal("ledger.reversed_already", text_gone, details={"why": text}, status=409)
    if state == "LK009":
        text_held = _("More is taken than is held of the deposit.")
        return Refusal("deposit.more_than_held", text_held, details={"why": text}, status=409)
    if state in ("LK013", "22003"):
        text_large = _("An amount this large, or a sum with it, cannot be kept.")
        return Refusal("ledger.too_large", text_large, details={"why": text})
    if state == "LK012":
        text_whole = _("The books of this entity know whole units of its currency only.")
        return Refusal("ledger.not_whole", text_whole, details={"why": text})
    if state in messages:
        code, message = messages[state]
        return Refusal(code, message, details={"why": text})
    return None


@contextmanager
def posting(actor: Actor) -> Iterator[Actor]:
    """A transaction of the ledger: sees whole books (the right was checked before), waits for locks a short while.

    Refusals of the database become `Refusal`, a lock that does not come in time becomes `Busy`.
    """
    try:
        with acting(replace(actor, reach=Reach(everything=True))) as whole:
            with connection.cursor() as cursor:
                cursor.execute(SETTINGS, {"timeout": LOCK_TIMEOUT, "memory": MEMORY})
            yield whole
    except DatabaseError as error:
        refusal = _refusal_of(error)
        if refusal is None:
            raise
        raise refusal from error


def open_batch(entity_id: int, kind: str, source: str, booked_on: dt.date, *, actor: Actor) -> int:
    """Start a batch; returns its id. Must be closed in the same transaction."""
    batch = Batch.objects.create(
        entity_id=entity_id,
        kind=kind,
        source=source,
        booked_on=booked_on,
        posted_at=clock.now(),
        actor_id=actor.user_id,
        actor_label=actor.label,
    )
    return int(batch.pk)


def close_batch(batch_id: int) -> str:
    """Keep balances and open items and seal the batch; returns its hash."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_close(%s)", [batch_id])
        return str(cursor.fetchone()[0])


def lock_accounts(account_ids: Collection[int]) -> None:
    """Lock accounts in the order of their keys; a balance row is made first, since no row locks nothing."""
    ids = "{" + ",".join(map(str, sorted(set(account_ids)))) + "}"  # an array as text: a long list is slow to adapt
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_accountbalance (account_id, amount) SELECT one, 0 FROM unnest(%s::bigint[]) one "
            "WHERE NOT EXISTS (SELECT FROM ledger_accountbalance b WHERE b.account_id = one) "
            "ORDER BY one ON CONFLICT DO NOTHING",
            [ids],
        )
        cursor.execute(
            "SELECT 1 FROM ledger_accountbalance WHERE account_id = ANY(%s::bigint[]) ORDER BY account_id FOR UPDATE",
            [ids],
        )


def post_batch(
    entity_id: int, kind: str, source: str, booked_on: dt.date, entries: Sequence[NewEntry], *, actor: Actor
) -> Batch:
    """Post some entries as one batch; all of them or none. Raises Refusal (`ledger.*`) or Busy."""
    with posting(actor) as whole:
        batch_id = open_batch(entity_id, kind, source, booked_on, actor=whole)
        made = Entry.objects.bulk_create(
            Entry(
                batch_id=batch_id,
                entity_id=entity_id,
                kind=one.kind,
                account_id=one.account_id,
                amount=one.amount,
                document_number=one.document_number,
                description=one.description[:250],
                booked_on=one.booked_on or booked_on,
                effective_on=one.effective_on or one.booked_on or booked_on,
                due_on=one.due_on,
                corrects_id=one.corrects_id,
                sub_account_id=one.sub_account_id,
                source_kind=one.source_kind,
                source_id=one.source_id,
            )
            for one in entries
        )
        Line.objects.bulk_create(
            Line(
                entry=entry,
                batch_id=batch_id,
                entity_id=entity_id,
                ledger_account_id=line.ledger_account_id,
                account_id=one.account_id if line.of_payer else None,
                component_key=line.component_key,
                booked_on=entry.booked_on,
                debit_amount=line.debit_amount,
                credit_amount=line.credit_amount,
            )
            for entry, one in zip(made, entries, strict=True)
            for line in one.lines
        )
        close_batch(batch_id)
        return Batch.objects.get(pk=batch_id)
