"""Ten years of books for one entity: some months really run, those between copied from them set-wise.

Copies are the very rows a run writes (documents with their hash, notices, explained lines, entries, ledger lines) with
keys and days of their own; batches are sealed by the database as ever. The guards that look at each statement are off
while copying (posting is measured elsewhere), and indexes that copying does not read by are made anew at its end;
`manage.py prove` shows that the guards would have found nothing.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connections, transaction

from bench.limit import statement
from lokum.core.annex.services import store_file
from lokum.core.base import clock
from lokum.core.base.context import Actor, acting
from lokum.demo import money
from lokum.demo.organisation import Books
from lokum.money.banking.models import BankFile, BankStatement
from lokum.money.charges.models import ChargeRun
from lokum.money.charges.services import approve_run, check_run, compute_run, post_run
from lokum.money.payments.models import VirtualAccount

TEMPLATES = (0, 24)  # after two years nothing changes any more in the demonstration's plan
REAL_MONTHS = 3
TABLES = (
    "banking_bankentry", "banking_bankfile", "banking_bankstatement", "charges_chargeline", "charges_chargerun",
    "charges_notice", "ledger_allocation", "ledger_entry", "ledger_line", "ledger_openitem", "papers_issueddocument",
    "payments_payment",
)  # fmt: skip
KEPT = ("content_hash",)  # what the database writes itself
READ_BY = ("notice_id", "batch_id", "entry_id", "run_id", "statement_id")  # copying reads by indexes of these
BATCH = """
INSERT INTO ledger_batch (entity_id, kind, source, booked_on, posted_at, actor_label, entry_count, line_count,
                          turnover_amount, previous_hash, hash)
VALUES (%(entity)s, %(kind)s, %(source)s, %(day)s, now(), 'bench', 0, 0, 0, '', '') RETURNING id
"""
Tell = Callable[[str], None]


@dataclass
class _History:
    """What is known of one entity while its months are written."""

    books: Books
    first_month: dt.date
    months: int
    balance: Decimal = Decimal("250000.00")
    templates: dict[int, ChargeRun] = field(default_factory=dict)

    @property
    def copied(self) -> int:
        return self.months - REAL_MONTHS

    def month(self, number: int) -> dt.date:
        return clock.add_months(self.first_month, number)


def write_histories(companies: Sequence[Books], first_month: dt.date, months: int, *, actor: Actor, tell: Tell) -> None:
    """All months of the entities; the last ones with real bank files, through the services."""
    histories = [_History(books, first_month, months) for books in companies]
    for history in histories:
        for number in TEMPLATES:
            if number < history.copied:
                history.templates[number] = _really_run(history.books, history.month(number), actor)
                _analyse()
        tell(f"{history.books.entity.short_name}: {len(history.templates)} months really run")
    with _loading(tell):
        for history in histories:
            for number in range(history.copied):
                if number in history.templates:
                    template = history.templates[number]
                else:
                    _copy_month(history, history.month(number), template)
                _pay_month(history, number, actor)
                if number in (0, 1, 6, 24):
                    _analyse()
                if number % 12 == 11:
                    tell(f"{history.books.entity.short_name} to {history.month(number):%Y-%m}")
            _pay_month(history, history.copied, actor)
        with _as_owner() as cursor:
            for part in statement("reference_items").split(";\n"):
                cursor.execute(part)
    _analyse()
    for history in histories:
        _last_months(history, actor, tell)


@contextmanager
def _loading(tell: Tell) -> Iterator[None]:
    """Guards off, most indexes away, no waiting for the disk: each comes back at the end."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid), "
            "pg_get_indexdef(i.indexrelid) FROM pg_index i "
            "LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('u', 'x') "
            "WHERE i.indrelid = ANY (%s::text[]::regclass[]) AND NOT i.indisprimary "
            "AND NOT (i.indnkeyatts = 1 AND i.indpred IS NULL AND i.indkey[0] <> 0 AND (SELECT attname FROM "
            "pg_attribute WHERE attrelid = i.indrelid AND attnum = i.indkey[0]) = ANY (%s)) ORDER BY 1, 2",
            [list(TABLES), list(READ_BY)],
        )
        indexes = cursor.fetchall()
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgparentid = 0 "
            "AND tgrelid = ANY (%s::text[]::regclass[]) AND tgname <> ALL (%s)",
            [list(TABLES), list(KEPT)],
        )
        triggers = cursor.fetchall()
        away = [f"ALTER TABLE {table} SET (autovacuum_enabled = false)" for table in TABLES]
        away += [f'ALTER TABLE {table} DISABLE TRIGGER "{name}"' for table, name in triggers]
        back = [f'ALTER TABLE {table} ENABLE TRIGGER "{name}"' for table, name in triggers]
        back += [f"ALTER TABLE {table} RESET (autovacuum_enabled)" for table in TABLES]
        for table, index, constraint, shape, text in indexes:
            away.append(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}" if constraint else f"DROP INDEX {index}")
            back.append(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {shape}" if constraint else text)
        with transaction.atomic(using="owner"):
            for part in away:
                cursor.execute(part)
        cursor.execute("SET maintenance_work_mem = '1GB'; SET work_mem = '128MB'")
        for alias in ("owner", "default"):
            with connections[alias].cursor() as other:
                other.execute("SET synchronous_commit = off")
        yield
        tell(f"{len(indexes)} indexes are made")
        for part in back:
            cursor.execute(part)
    connections["owner"].close()
    connections["default"].close()


@contextmanager
def _as_owner() -> Iterator[Any]:
    """A transaction of the owner of the tables."""
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SELECT set_config('lokum.reach', 'all', true)")
        yield cursor


def _analyse() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")


def _really_run(books: Books, month: dt.date, actor: Actor) -> ChargeRun:
    run = compute_run(books.entity.pk, month, actor=actor)
    check_run(run.pk, actor=actor)
    approve_run(run.pk, actor=actor)
    return post_run(run.pk, actor=actor, issued_on=month)


def _copy_month(history: _History, month: dt.date, template: ChargeRun) -> None:
    entity = history.books.entity
    now = clock.now()
    with _as_owner() as cursor:
        cursor.execute(
            "INSERT INTO charges_chargerun (entity_id, kind, period, state, agreement_count, line_count, "
            "problem_count, notice_count, total_amount, fingerprint, created_at, checked_at, approved_at, posted_at, "
            "undone_reason) "
            "VALUES (%s, 'month', %s, 'posted', 0, 0, 0, 0, 0, '', %s, %s, %s, %s, '') RETURNING id",
            [entity.pk, month, now, now, now, now],
        )
        values = {"template": template.pk, "month": month, "entity": entity.pk, "run": cursor.fetchone()[0]}
        source = {"kind": "charge-run", "source": f"charge-run:{values['run']}", "day": month}
        cursor.execute(BATCH, values | source)
        values["batch"] = cursor.fetchone()[0]
        for part in statement("reference_months").split(";\n"):
            cursor.execute(part, values)
        cursor.execute("UPDATE charges_chargerun SET batch_id = %(batch)s WHERE id = %(run)s", values)
        cursor.execute("UPDATE ledger_batch SET hash = 'seal' WHERE id = %(batch)s", values)


def _pay_month(history: _History, number: int, actor: Actor) -> None:
    books, month = history.books, history.month(number)
    name = f"wyciag-{books.entity.code}-{month:%Y-%m}.sta"
    with acting(actor):
        file = BankFile.objects.create(
            file=store_file(f":20:{name}\n".encode(), media_type="text/plain"),
            name=name,
            format="mt940",
            encoding="cp1250",
            state=BankFile.State.POSTED,
            received_at=clock.now(),
            actor_label="bench",
        )
        made = BankStatement.objects.create(
            file=file,
            bank_account=books.bank_account,
            number=str(number + 1),
            from_on=month,
            to_on=clock.add_months(month, 1) - dt.timedelta(days=1),
            opening_amount=history.balance,
            closing_amount=history.balance,
            state=BankStatement.State.POSTED,
            fingerprint=f"reference/{books.entity.pk}/{number}",
        )
    values = {
        "month": month,
        "index": number,
        "last": history.copied - 1,
        "entity": books.entity.pk,
        "statement": made.pk,
        "number": made.number,
        "bank_account": books.bank_account.pk,
        "bank": books.chart["bank"].pk,
        "receivable": books.chart["receivable"].pk,
    }
    with _as_owner() as cursor:
        cursor.execute(BATCH, values | {"kind": "statement", "source": f"statement:{made.pk}", "day": made.to_on})
        values["batch"] = cursor.fetchone()[0]
        for part in statement("reference_payments").split(";\n"):
            cursor.execute(part, values)
        cursor.execute("SELECT EXISTS (SELECT FROM ledger_entry WHERE batch_id = %(batch)s)", values)
        if not cursor.fetchone()[0]:  # of a handful of payers none may have paid in a month
            transaction.set_rollback(True, using="owner")
            return
        cursor.execute(
            "UPDATE banking_bankstatement SET batch_id = %(batch)s WHERE id = %(statement)s RETURNING closing_amount",
            values,
        )
        history.balance = cursor.fetchone()[0]
        cursor.execute("UPDATE ledger_batch SET hash = 'seal' WHERE id = %(batch)s", values)


def _last_months(history: _History, actor: Actor, tell: Tell) -> None:
    """The last months as people work: run, bank files read and posted, unclear money queued."""
    today = clock.today()
    ledger = money.Ledger(history.books, today - dt.timedelta(days=money.UNCLEAR_DAYS), balance=history.balance)
    ledger.statements = history.copied + 1
    with acting(actor):
        pairs = VirtualAccount.objects.filter(account__entity=history.books.entity, retired_on=None)
        ledger.numbers = dict(pairs.values_list("account_id", "number"))
    for number in range(history.copied, history.months):
        month = history.month(number)
        money.keep_month(ledger, month, today, money.MONTHS - history.months + number, actor=actor)
        _analyse()
        tell(f"{history.books.entity.short_name} {month:%Y-%m}, through the services")
