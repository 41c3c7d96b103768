"""Ageing and balances of all accounts, today and as of past days, beside the plain SQL over the same open items."""

import datetime as dt
import math
import statistics
import time
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from django.db import connection, connections

from bench.databases import LIMIT, connect, throw_away
from bench.ours import ACTOR
from bench.results import Result
from lokum.core.base.context import acting
from lokum.core.reports.declaration import report_named
from lokum.core.reports.running import statement
from lokum.money.ledger.models import Account
from lokum.money.ledger.tests.world import World, make_world

MONTHS = 12
TODAY = dt.date(2026, 11, 30)
PASTS = {"past": dt.date(2026, 5, 31), "year": dt.date(2025, 12, 31)}
# A charge a month and payer, posted six days ahead, paid between the 3rd and the 29th; every seventh payer pays a month
# late, every tenth stops paying at some month. So entries stand out of turn and matches lie across any day.
UNPAID = f"(a %% 10 = 3 AND m >= a / 10 %% 12 OR a %% 7 = 5 AND m = {MONTHS - 1})"
GUARDED = ("ledger_batch", "ledger_entry", "ledger_openitem", "ledger_allocation", "ledger_line")
ENTRIES = f"""
WITH wanted AS (
  SELECT a, m, kind, d.day, (CASE kind WHEN 'payment' THEN d.day + 2 + (a %% 27)::int ELSE d.day END
           + CASE WHEN kind = 'payment' AND a %% 7 = 5 THEN interval '1 month' ELSE '0' END)::date AS booked,
         {UNPAID} AS unpaid
  FROM generate_series(0, {MONTHS - 1}) m CROSS JOIN unnest(%(accounts)s::bigint[]) a
  CROSS JOIN unnest(ARRAY['charge', 'payment']) kind
  CROSS JOIN LATERAL (SELECT ('2025-12-01'::date + make_interval(months => m))::date AS day) d
), made AS (
  INSERT INTO ledger_entry (batch_id, entity_id, kind, account_id, amount, document_number, description, booked_on,
                            effective_on, due_on, source_kind, source_id)
  SELECT %(batch)s, %(entity)s, kind, a, CASE kind WHEN 'charge' THEN 500 ELSE -500 END, kind || m || '/' || a, '',
         booked, booked, day + 9, 'bench-' || kind, a * 100 + m
  FROM wanted WHERE kind = 'charge' OR NOT unpaid
  ORDER BY CASE kind WHEN 'charge' THEN booked - 6 ELSE booked END, a
  RETURNING id, account_id, amount, due_on, source_id
), item AS (
  INSERT INTO ledger_openitem (entry_id, account_id, side, due_on, amount, open_amount)
  SELECT e.id, e.account_id, CASE WHEN e.amount > 0 THEN 'debit' ELSE 'credit' END, e.due_on, 500,
         CASE WHEN w.unpaid THEN 500 ELSE 0 END
  FROM made e JOIN wanted w ON w.a = e.account_id AND w.m = e.source_id %% 100 AND w.kind = 'charge'
)
INSERT INTO ledger_allocation (account_id, credit_id, debit_id, amount, rule, value_on, made_at, undone_reason)
SELECT c.account_id, c.id, d.id, 500, 'bench', d.due_on, d.due_on, ''
FROM made c JOIN made d ON d.source_id = c.source_id AND d.amount > 0 WHERE c.amount < 0 ORDER BY c.id
"""
BATCH = """
INSERT INTO ledger_batch (entity_id, kind, source, booked_on, posted_at, actor_label, entry_count, line_count,
                          turnover_amount, previous_hash, hash)
VALUES (%(entity)s, 'bench', 'ageing', '2025-12-01', now(), 'bench', 0, 0, 0, '', 'bench') RETURNING id
"""
# A line for what is owed and `parts` for what it is made of; a payment has two. The last part takes the odd cents.
LINES = """
INSERT INTO ledger_line (entry_id, batch_id, entity_id, ledger_account_id, component_key, account_id, booked_on,
                         debit_amount, credit_amount)
SELECT e.id, e.batch_id, e.entity_id, CASE WHEN side = 0 THEN %(receivable)s ELSE %(income)s END, nullif(side, 0),
       CASE WHEN side = 0 THEN e.account_id END, e.booked_on,
       CASE WHEN (side = 0) = (e.amount > 0) THEN part ELSE 0 END,
       CASE WHEN (side = 0) = (e.amount > 0) THEN 0 ELSE part END
FROM ledger_entry e CROSS JOIN LATERAL (SELECT CASE WHEN e.amount > 0 THEN %(parts)s ELSE 1 END AS parts) p
CROSS JOIN LATERAL generate_series(0, parts) side
CROSS JOIN LATERAL (SELECT CASE side WHEN 0 THEN abs(e.amount) WHEN parts THEN abs(e.amount) - (parts - 1) *
                           trunc(abs(e.amount) / parts, 2) ELSE trunc(abs(e.amount) / parts, 2) END AS part) a
WHERE e.batch_id = %(batch)s ORDER BY e.id
"""
COUNTED = """
SELECT count(*) FILTER (WHERE amount > 0), count(*) FILTER (WHERE amount < 0) FROM ledger_entry
WHERE batch_id = %(batch)s
"""
# The limit answers with the same rows and columns as the report: it has the names beside the balance, and takes open
# money (of which this set has none) for an item without a day.
LIMIT_TABLES = """
CREATE TABLE account AS SELECT a AS account_id, 'PLN'::text AS currency, 'BENCHA-' || a AS code,
  0::numeric(14,2) AS balance FROM generate_series(1, %(count)s) a;
CREATE TABLE open_item AS SELECT a AS account_id,
  ('2025-12-01'::date + make_interval(months => m))::date + 9 AS due_date, 500::numeric(14,2) AS open
  FROM generate_series(1, %(count)s) a, generate_series(0, 11) m
  WHERE a %% 10 = 3 AND m >= a / 10 %% 12 OR a %% 7 = 5 AND m = 11;
UPDATE account b SET balance = o.open FROM (SELECT account_id, sum(open) AS open FROM open_item GROUP BY 1) o
  WHERE o.account_id = b.account_id
"""
LIMIT_AGEING = """
SELECT b.currency, b.account_id, b.code, coalesce(o.a0, 0), coalesce(o.a1, 0), coalesce(o.a2, 0), coalesce(o.a3, 0),
       coalesce(o.a4, 0), coalesce(o.a5, 0), coalesce(o.a6, 0), coalesce(o.a7, 0), coalesce(o.a8, 0),
       coalesce(o.owed, 0), coalesce(o.credit, 0), coalesce(o.limited, 0), 0::numeric(14,2), b.balance
FROM account b JOIN (
  SELECT account_id, sum(open) FILTER (WHERE due_date > day) a0, sum(open) FILTER (WHERE age BETWEEN 0 AND 30) a1,
         sum(open) FILTER (WHERE age BETWEEN 31 AND 60) a2, sum(open) FILTER (WHERE age BETWEEN 61 AND 90) a3,
         sum(open) FILTER (WHERE age BETWEEN 91 AND 180) a4, sum(open) FILTER (WHERE age BETWEEN 181 AND 365) a5,
         sum(open) FILTER (WHERE age BETWEEN 366 AND 730) a6, sum(open) FILTER (WHERE age BETWEEN 731 AND 1095) a7,
         sum(open) FILTER (WHERE age > 1095) a8, sum(open) FILTER (WHERE due_date IS NOT NULL) owed,
         sum(open) FILTER (WHERE due_date IS NULL) credit, sum(open) FILTER (WHERE due_date <= '2023-12-31') limited
  FROM (SELECT account_id, open, due_date, '2026-11-30'::date AS day, '2026-11-30'::date - due_date AS age
        FROM open_item) i GROUP BY 1) o USING (account_id)
"""
LIMIT_BALANCES = """
SELECT b.currency, b.account_id, b.code, coalesce(o.due, 0), coalesce(o.overdue, 0), coalesce(o.not_due, 0),
       coalesce(o.credit, 0), b.balance
FROM account b LEFT JOIN (
  SELECT account_id, sum(open) FILTER (WHERE due_date <= '2026-11-30') due,
         sum(open) FILTER (WHERE due_date < '2026-11-30') overdue,
         sum(open) FILTER (WHERE due_date > '2026-11-30') not_due, sum(open) FILTER (WHERE due_date IS NULL) credit
  FROM open_item i GROUP BY 1) o USING (account_id)
"""
PLAIN = {"ageing": LIMIT_AGEING, "balances": LIMIT_BALANCES}
ASKED: dict[str, dict[str, Any]] = {"ageing": {"group": "contract"}, "balances": {"settled": True}}
TURNS = 7  # a question takes tenths of a second: so many of each to a run


def ageing(
    count: int, runs: int, jobs: Sequence[str] = tuple(PLAIN), *, lines: int = 0, goal: float = 1.2
) -> Iterator[Result]:
    """Reports of today against the plain SQL; of past days against those of today (goal 2).

    lines: how many ledger lines stand behind the accounts at least; without them there are entries alone.
    """
    with acting(ACTOR):
        world = make_world(count, actor=ACTOR, tag="BENCHA")
    _fill(world, lines)
    days = [TODAY, *PASTS.values()]
    with throw_away(LIMIT):
        limit = connect(LIMIT)
        for part in LIMIT_TABLES.split(";\n"):
            limit.execute(part, {"count": count})
        limit.execute("VACUUM ANALYZE")
        for job in jobs:
            plain: list[float] = []
            ours: dict[dt.date, list[float]] = {day: [] for day in days}
            for _turn in range(runs * TURNS + 1):
                seconds, rows = _timed_copy(limit, PLAIN[job])
                plain.append(seconds)
                for day in days:
                    seconds, found = _ours(job, day)
                    ours[day].append(seconds)
                    assert day != TODAY or found == rows, f"{job}: ours {found} rows, limit {rows}"
            middle = {day: statistics.median(times[1:]) for day, times in ours.items()}
            yield Result(job, count, middle[TODAY], statistics.median(plain[1:]), goal)
            for name, day in PASTS.items():
                yield Result(f"{job}_{name}", count, middle[day], middle[TODAY], 2.0)
        limit.close()


def _ours(job: str, on: dt.date) -> tuple[float, int]:
    """The report by contract or account, streamed as the limit is; finding the day's pivot is part of it."""
    report = report_named(job)
    assert report is not None
    asked: dict[str, Any] = dict.fromkeys([one.name for one in report.filters])
    with acting(ACTOR):
        began = time.perf_counter()
        text, params = statement(report, report.prepare(asked | {"on": on} | ASKED[job]), Account.objects.all())
        raw: Any = connection.connection
        bound = psycopg.ClientCursor(raw).mogrify(text, params)
        rows = _timed_copy(raw, bound)[1]
        return time.perf_counter() - began, rows


def _timed_copy(raw: Any, text: str) -> tuple[float, int]:
    """Seconds and rows; each row comes in a block of its own."""
    began, rows = time.perf_counter(), 0
    with raw.cursor() as cursor, cursor.copy(f"COPY ({text}) TO STDOUT") as copy:
        for _block in copy:
            rows += 1
    assert rows
    return time.perf_counter() - began, rows


def _fill(world: World, lines: int) -> None:
    """As the owner, with the guards off: posting is measured by charge_run, this is about reading."""
    values: dict[str, Any] = {"entity": world.entity.pk, "accounts": world.accounts}
    values |= {name: world.chart[name].pk for name in ("receivable", "income")}
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT set_config('lokum.reach', 'all', false)")
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(BATCH, values)
        values["batch"] = cursor.fetchone()[0]
        cursor.execute(ENTRIES, values)
        if lines:
            cursor.execute(COUNTED, values)
            charges, payments = cursor.fetchone()
            values["parts"] = max(1, math.ceil((lines - 2 * payments) / charges) - 1)
            cursor.execute(LINES, values)
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("VACUUM ANALYZE")
