"""Booking interest: documents, notes, lines and ledger in the transaction of the caller, set-wise."""

import datetime as dt
import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.base.languages import worded
from lokum.core.organisation.models import Entity
from lokum.core.organisation.queries import issuer_of
from lokum.core.papers.services import ensure_series, number_parts, series_period, take_numbers
from lokum.money.interest import issuing
from lokum.money.interest.accrual import statement
from lokum.money.interest.rates import rates_of
from lokum.money.ledger.models import LedgerAccount
from lokum.money.ledger.seams import payment_targets_sql
from lokum.money.ledger.services import close_batch, open_batch

NO_RATE = gettext_lazy(
    "Interest from %(day)s is asked for, but the first known rate is from %(first)s. Enter the rates before it."
)

PATTERNS = {"note": "IN/{year}/{month}/{serial:05}", "correction": "INC/{year}/{month}/{serial:05}"}

# What the planner is asked about; the calculation is wide and costs more to sample than to read.
ANALYZE_DUE = "ANALYZE interest_due (debt_id, account_id, difference)"


@dataclass(frozen=True)
class Noted:
    """What was booked; batch_id None: nothing was to be booked."""

    batch_id: int | None = None
    note_count: int = 0
    line_count: int = 0
    total: Decimal = Decimal(0)
    correction_count: int = 0
    corrected: Decimal = Decimal(0)


@contextmanager
def set_wise(cursor: Any) -> Iterator[None]:
    """Row policies hide the true sizes from the planner; without nested loops no guess can be far off."""
    cursor.execute("SELECT set_config('enable_nestloop', 'off', true)")
    yield
    cursor.execute("SELECT set_config('enable_nestloop', 'on', true)")


def stage(entity: Entity, through_on: dt.date, account_ids: Collection[int] | None = None) -> None:
    """Compute the interest of an entity or of some accounts into the temp table `interest_due`.

    Refuses (`interest.no_rate`) when a day before the rate table is needed: nothing is guessed.
    """
    query = statement(entity, through_on, account_ids, stretches=True, changed_only=True)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.interest_due")
        with set_wise(cursor) if account_ids is None else nullcontext():
            cursor.execute(f"CREATE TEMP TABLE interest_due ON COMMIT DROP AS {query.sql}", query.values)
        cursor.execute(ANALYZE_DUE)
        cursor.execute(
            "SELECT regime_id, min(after_on) + 1, count(*) FROM interest_due WHERE NOT known GROUP BY regime_id "
            "ORDER BY regime_id LIMIT 1"
        )
        unknown = cursor.fetchone()
    if unknown:
        refuse_unknown(*unknown)


def refuse_unknown(regime_id: int, day: dt.date, count: int) -> NoReturn:
    """A day before the rate table is needed."""
    steps = rates_of([regime_id])[regime_id].steps
    first = steps[0][0].isoformat() if steps else "—"
    told = {"day": day.isoformat(), "first": first}
    text = worded(lambda: str(NO_RATE % told))
    raise Refusal("interest.no_rate", text, details={"day": told["day"], "first_day": first, "debts": count})


def book(
    entity: Entity,
    source: str,
    *,
    reason: str,
    booked_on: dt.date,
    now: dt.datetime,
    actor: Actor,
    run_id: int | None = None,
    kind: str = "interest",
) -> Noted:
    """Book what lies in `interest_due` as one batch of notes and corrections; the accounts are locked by the caller.

    now: the moment whose knowledge the computation used, taken after the accounts were locked.
    """
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.interest_row, pg_temp.interest_head")
        cursor.execute(issuing.HAS_BACK)
        cursor.execute(issuing.rows_sql(back=cursor.fetchone()[0]))
        cursor.execute("ANALYZE interest_row (kind, account_id, debt_id)")
        cursor.execute("SELECT kind, count(DISTINCT account_id), sum(amount), count(*) FROM interest_row GROUP BY kind")
        counts = {row[0]: row[1:] for row in cursor.fetchall()}
        if not counts:
            return Noted()
        values = _values(entity, counts, booked_on, reason) | {"now": now, "run": run_id, "actor": actor.user_id}
        cursor.execute(issuing.HEADS, values)
        cursor.execute("ANALYZE interest_head (kind, account_id, payer_id)")
        batch_id = open_batch(entity.pk, kind, source, booked_on, actor=actor)
        values["batch"] = batch_id
        cursor.execute(issuing.HAS_JOINT, values)
        joint = cursor.fetchone()[0]
        cursor.execute(issuing.documents_sql(payment_targets_sql(), joint=joint), values)
        if joint:
            cursor.execute(issuing.COPIES, values)
        cursor.execute(issuing.ENTRIES, values)
        cursor.execute(issuing.LEDGER_LINES, values)
        close_batch(batch_id)
        cursor.execute(issuing.NOTES, values)
        cursor.execute(issuing.LINES, values)
        if "correction" in counts:
            cursor.execute(issuing.SETTLE, values)
    notes, backs = counts.get("note", (0, Decimal(0), 0)), counts.get("correction", (0, Decimal(0), 0))
    return Noted(batch_id, notes[0], notes[2], notes[1], backs[0], -backs[1])


def _values(entity: Entity, counts: dict[str, Any], booked_on: dt.date, reason: str) -> dict[str, Any]:
    """Numbers for the notes of each kind, accounts, and what all documents say alike, the issuer among it."""
    chart = dict(
        LedgerAccount.objects.filter(entity=entity, purpose__in=("receivable", "interest")).values_list("purpose", "pk")
    )
    if {"receivable", "interest"} - set(chart):
        text = worded(lambda: _("The books of %(entity)s are not set up.") % {"entity": entity})
        raise Refusal("ledger.no_books", text)
    day = booked_on.isoformat()
    shared = {"reason": reason, "issued_on": day, "due_on": day, "currency": entity.currency}
    values: dict[str, Any] = {
        "entity": entity.pk,
        "reason": reason,
        "issued_on": booked_on,
        "booked_on": booked_on,
        "receivable": chart["receivable"],
        "income": chart["interest"],
        "shared": json.dumps(shared | {"issuer": issuer_of(entity, booked_on)})[1:-1],
    }
    columns: dict[str, list[Any]] = {
        name: [] for name in ("kinds", "series", "periods", "firsts", "prefixes", "widths", "suffixes")
    }
    for kind in sorted(counts):
        series = ensure_series(entity.pk, f"interest_{kind}", PATTERNS[kind])
        parts = number_parts(series, booked_on)
        first = take_numbers(series, booked_on, counts[kind][0])
        row = (kind, series.pk, series_period(series, booked_on), first, parts.prefix, parts.width, parts.suffix)
        for name, value in zip(columns, row, strict=True):
            columns[name].append(value)
    return values | columns


def accounts_with_credit(*, of_run: bool = False) -> list[int]:
    """Accounts of the notes just booked that have free money; of_run: they are many."""
    with connection.cursor() as cursor, set_wise(cursor) if of_run else nullcontext():
        cursor.execute(issuing.WITH_CREDIT)
        return [row[0] for row in cursor.fetchall()]


def now_under_locks() -> dt.datetime:
    """The moment of a computation: whatever the locked accounts' money did was done before it."""
    return clock.now()
