"""The resident's ledger page with much or little history behind it, and read by many at once."""

import multiprocessing
import statistics
import time
from collections.abc import Iterator
from typing import Any

from django.db import connections

from bench.ours import ACTOR
from bench.results import Result, median_of
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
PAGES, WARM = 300, 30
READERS = 16


def ledger_page(lines: int) -> Iterator[Result]:
    """Median time of the page for many payers in turn, `lines` behind it against ten thousand; then sixteen readers
    at once, each a process with a connection of its own: their slowest page of a hundred against the middle one."""
    small, large = _world(10_000, "BENCHS"), _world(lines, "BENCHL")
    rounds = [(_median(large, start), _median(small, start)) for start in range(3)]
    yield median_of("ledger_page", lines, [one[0] for one in rounds], [one[1] for one in rounds], 1.2)
    moments = sorted(_read_at_once(large))
    slowest = moments[len(moments) * 99 // 100]
    yield Result("ledger_readers", lines, slowest, statistics.median(moments), goal=3.0)


def _world(lines: int, tag: str) -> World:
    payers = max(20, min(10_000, lines // 1_000))
    with acting(ACTOR):
        world = make_world(payers, actor=ACTOR, tag=tag)
    _fill(world, lines // payers // 11)
    return world


def _median(world: World, start: int) -> float:
    return statistics.median(_moments(world, start))


def _moments(world: World, start: int) -> list[float]:
    """Seconds of each page; start: which payers."""
    moments = []
    with acting(ACTOR):
        for turn in range(start * PAGES, (start + 1) * PAGES + WARM):
            account = world.accounts[turn * 7919 % len(world.accounts)]
            began = time.perf_counter()
            page = sheet(account)
            moments.append(time.perf_counter() - began)
            assert page.rows
    return moments[WARM:]


def _read_at_once(world: World) -> list[float]:
    connections.close_all()  # a connection is not shared across a fork
    here = multiprocessing.get_context("fork")
    ready, found = here.Barrier(READERS), here.Queue()

    def read(place: int) -> None:
        ready.wait()
        found.put(_moments(world, place))
        connections.close_all()

    readers = [here.Process(target=read, args=(place,)) for place in range(READERS)]
    for one in readers:
        one.start()
    moments = [moment for _one in readers for moment in found.get(timeout=600)]
    for one in readers:
        one.join()
    return moments


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
