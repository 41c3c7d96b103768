"""The resident's ledger page with much or little history behind it."""

import statistics
import time
from typing import Any

from django.db import connections

from bench.ours import ACTOR
from bench.results import Result
from lokum.core.base.context import acting
from lokum.money.ledger.queries import sheet
from lokum.money.ledger.tests.world import World, make_world

# Whole years of monthly entries for every payer: one charge of eight lines and one payment of two a month.
HISTORY = """
INSERT INTO ledger_batch (entity_id, kind, source, booked_on, posted_at, actor_label, entry_count, line_count,
                          turnover_amount, previous_hash, hash)
VALUES (%(entity)s, 'bench', 'bench', '2010-01-01', now(), 'bench', 0, 0, 0, '', 'bench') RETURNING id
"""
ENTRIES = """
INSERT INTO ledger_entry (batch_id, entity_id, kind, account_id, amount, document_number, description, booked_on,
                          effective_on, due_on, source_kind, source_id)
SELECT %(batch)s, %(entity)s, kind, account_id, CASE kind WHEN 'charge' THEN 500 ELSE -500 END,
       kind || '/' || month || '/' || account_id, '', day, day, day, 'bench-' || kind, account_id * 1000 + month
FROM generate_series(%(first)s, %(last)s) month
CROSS JOIN unnest(%(accounts)s::bigint[]) account_id
CROSS JOIN unnest(ARRAY['charge', 'payment']) kind
CROSS JOIN LATERAL (
  SELECT ('2010-01-01'::date + make_interval(months => month))::date + CASE kind WHEN 'payment' THEN 9 ELSE 0 END AS day
) d
ORDER BY month, kind, account_id
"""
LINES = """
INSERT INTO ledger_line (entry_id, batch_id, entity_id, ledger_account_id, account_id, booked_on, debit_amount,
                         credit_amount)
SELECT e.id, e.batch_id, e.entity_id, CASE WHEN side = 0 THEN %(receivable)s ELSE %(income)s END,
       CASE WHEN side = 0 THEN e.account_id END, e.booked_on,
       CASE WHEN (side = 0) = (e.amount > 0) THEN abs(e.amount) / greatest(parts * sign(side), 1) ELSE 0 END,
       CASE WHEN (side = 0) = (e.amount > 0) THEN 0 ELSE abs(e.amount) / greatest(parts * sign(side), 1) END
FROM ledger_entry e
CROSS JOIN LATERAL (SELECT CASE WHEN e.amount > 0 THEN 8 ELSE 1 END AS parts) p
CROSS JOIN LATERAL generate_series(0, parts) side
WHERE e.batch_id = %(batch)s AND e.id > %(after)s
"""
PAGES = 300


def ledger_page(lines: int, goal: float = 1.5) -> Result:
    """Median time of the page's query for many payers in turn: `lines` behind it, against ten thousand."""
    small = _time_pages(10_000, "BENCHS")
    large = _time_pages(lines, "BENCHL")
    return Result("ledger_page", lines, large, small, goal)


def _time_pages(lines: int, tag: str) -> float:
    payers = max(20, min(10_000, lines // 1_000))
    with acting(ACTOR):
        world = make_world(payers, actor=ACTOR, tag=tag)
    _fill(world, lines // payers // 11)
    moments = []
    with acting(ACTOR):
        for turn in range(PAGES + 30):
            account = world.accounts[turn * 7919 % len(world.accounts)]
            began = time.perf_counter()
            page = sheet(account)
            moments.append(time.perf_counter() - began)
            assert page.rows
    return statistics.median(moments[30:])


def _fill(world: World, months: int) -> None:
    """As the owner, with the guards of the ledger off: they are measured by charge_run, this is about reading."""
    values: dict[str, Any] = {
        "entity": world.entity.pk,
        "accounts": world.accounts,
        "receivable": world.chart["receivable"].pk,
        "income": world.chart["income"].pk,
    }
    tables = ("ledger_batch", "ledger_entry", "ledger_line")
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT set_config('lokum.reach', 'all', false)")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(HISTORY, values)
        values["batch"] = cursor.fetchone()[0]
        values["after"] = 0
        for first in range(0, months, 12):
            cursor.execute("SELECT coalesce(max(id), 0) FROM ledger_entry")
            values["after"] = cursor.fetchone()[0]
            cursor.execute(ENTRIES, values | {"first": first, "last": min(first + 12, months) - 1})
            cursor.execute(LINES, values)
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            cursor.execute(f"VACUUM ANALYZE {table}")
