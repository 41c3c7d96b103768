"""Trial balance and the way from an entry down to what it rests on."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.db.models import Count, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, ExtractMonth
from django.utils.translation import get_language

from lokum.money.ledger.models import Allocation, Entry, LedgerAccount, Line, PeriodReopening, chart_name_field
from lokum.money.ledger.seams import Source, source_of


@dataclass(frozen=True)
class TrialLine:
    """Opening balance, turnover of the range and closing balance of one ledger account; debit positive."""

    ledger_account_id: int
    code: str
    name: str
    opening: Decimal
    debit: Decimal
    credit: Decimal
    closing: Decimal


TRIAL = """
SELECT g.id, g.code, coalesce(nullif(g.{name}, ''), g.name),
       coalesce(sum(t.debit_amount - t.credit_amount) FILTER (WHERE t.booked_on < %(start)s), 0),
       coalesce(sum(t.debit_amount) FILTER (WHERE t.booked_on >= %(start)s), 0),
       coalesce(sum(t.credit_amount) FILTER (WHERE t.booked_on >= %(start)s), 0),
       coalesce(sum(t.debit_amount - t.credit_amount), 0)
FROM ledger_ledgeraccount g
LEFT JOIN ledger_batchturnover t ON t.ledger_account_id = g.id AND t.booked_on <= %(end)s
WHERE g.entity_id = ANY(%(entities)s) GROUP BY g.id ORDER BY g.code, g.id
"""


def payout_account(entity_id: int) -> int:
    """Where money stands that was paid out, or came in, before a bank statement tells of it.

    In transit as soon as a bank account of the entity has a ledger account of its own (ADR 0034), else straight on the
    one account of the bank. 0: the chart has neither.
    """
    wanted = ("bank", "bank_account", "in_transit")
    rows = LedgerAccount.objects.filter(entity_id=entity_id, purpose__in=wanted).order_by("pk")
    known = dict(rows.values_list("purpose", "pk"))
    apart = "bank_account" in known and "in_transit" in known
    return int(known["in_transit"] if apart else known.get("bank", 0))


def trial_balance(entity_ids: Sequence[int], start: dt.date, end: dt.date) -> list[TrialLine]:
    """Of one entity or several; the closing column sums to zero on any day."""
    with connection.cursor() as cursor:
        cursor.execute(
            TRIAL.format(name=chart_name_field(get_language())),
            {"entities": list(entity_ids), "start": start, "end": end},
        )
        return [TrialLine(*row) for row in cursor.fetchall()]


@dataclass(frozen=True)
class Trail:
    """Everything one step away from an entry."""

    entry: Entry
    source: Source | None
    lines: Sequence[Line]
    allocations: Sequence[Allocation]
    corrections: Sequence[Entry]
    original: Entry | None


def trail_of(entry: Entry) -> Trail:
    """An entry with its source, ledger lines, matched counterparts and corrections (LED-03).

    The caller has checked that the entry may be seen; counterparts are of the same account.
    """
    live = Allocation.objects.filter(undone_at__isnull=True).select_related("credit", "debit")
    return Trail(
        entry=entry,
        source=source_of(entry.source_kind, entry.source_id),
        lines=list(entry.lines.select_related("ledger_account").order_by("pk")),
        allocations=list(live.filter(credit=entry) | live.filter(debit=entry)),
        corrections=list(Entry.objects.filter(corrects=entry).order_by("pk")),
        original=entry.corrects,
    )


@dataclass(frozen=True)
class LeftPart:
    """A part of a document: what was posted and what is left after corrections, as the payer owes it."""

    line_id: int
    ledger_account_id: int
    component_key: int | None
    posted_amount: Decimal
    left_amount: Decimal


LEFT = """
SELECT min(l.id) FILTER (WHERE f.entry_id = f.root), l.ledger_account_id, l.component_key,
       coalesce(sum(l.credit_amount - l.debit_amount) FILTER (WHERE f.entry_id = f.root), 0),
       sum(l.credit_amount - l.debit_amount)
FROM (SELECT e.id AS root, e.id AS entry_id FROM ledger_entry e WHERE e.id = %(entry)s
      UNION ALL SELECT c.corrects_id, c.id FROM ledger_entry c WHERE c.corrects_id = %(entry)s
      UNION ALL SELECT c.corrects_id, x.id FROM ledger_entry c JOIN ledger_entry x ON x.corrects_id = c.id
      WHERE c.corrects_id = %(entry)s) f
JOIN ledger_line l ON l.entry_id = f.entry_id AND l.account_id IS NULL
GROUP BY l.ledger_account_id, l.component_key
HAVING count(*) FILTER (WHERE f.entry_id = f.root) > 0 ORDER BY 1
"""


def left_parts(entry: Entry) -> list[LeftPart]:
    """What is left of each part of a document, in the order in which it was posted."""
    with connection.cursor() as cursor:
        cursor.execute(LEFT, {"entry": entry.pk})
        return [LeftPart(*row) for row in cursor.fetchall()]


def reopenings() -> QuerySet[PeriodReopening]:
    """Reopened months with `posted`: how many entries were posted into them since then, as far as they are open."""
    since = Entry.objects.filter(
        entity_id=OuterRef("period__entity_id"),
        booked_on__gte=OuterRef("period__starts_on"),
        booked_on__lt=OuterRef("period__starts_on") + Value(dt.timedelta(days=31)),
        booked_on__month=ExtractMonth(OuterRef("period__starts_on")),
        batch__posted_at__gte=OuterRef("reopened_at"),
    )
    count = since.order_by().values("entity_id").annotate(count=Count("pk")).values("count")
    return PeriodReopening.objects.annotate(posted=Coalesce(Subquery(count), 0))
