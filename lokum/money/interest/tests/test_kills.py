"""An interest run killed at any moment leaves nothing half done; payments and runs at once never book twice."""

import datetime as dt
import os
import random
import signal
import threading
import time
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection, connections

from lokum.core.base import clock
from lokum.core.base.context import acting, system_actor
from lokum.core.base.errors import Refusal
from lokum.core.papers.models import IssuedDocument, SeriesCounter
from lokum.money.interest.factories import make_interest_policy
from lokum.money.interest.models import InterestLine, InterestNote, InterestRun
from lokum.money.interest.services import compute_run, post_run, start_run
from lokum.money.ledger.models import Batch, Entry, LedgerAccount
from lokum.money.ledger.proof import prove
from lokum.money.ledger.services import allocate_by_rule, close_batch, close_period, open_batch, posting
from lokum.money.ledger.tests.world import make_world
from tests.soak.processes import Child, forked, wait_until_alone

ACTOR = system_actor("test")
PAYERS = 400
MONTHS = [dt.date(2024 + number // 12, number % 12 + 1, 1) for number in range(4, 18)]
PROOF = ["I1", "I2", "I4", "I5", "I9", "I11", "I13", "D2"]

DEBTS = """
WITH made AS (
  INSERT INTO ledger_entry (batch_id, entity_id, kind, account_id, amount, document_number, description, booked_on,
                            effective_on, due_on, source_kind, source_id)
  SELECT %(batch)s, %(entity)s, 'charge', account_id, 100 + account_id %% 700, 'T/' || account_id, '', '2024-04-01',
         '2024-04-01', '2024-04-10', 'test', account_id FROM unnest(%(accounts)s::bigint[]) account_id
  RETURNING id, account_id, amount
)
INSERT INTO ledger_line (entry_id, batch_id, entity_id, ledger_account_id, account_id, booked_on, debit_amount,
                         credit_amount)
SELECT id, %(batch)s, %(entity)s, CASE side WHEN 1 THEN %(receivable)s ELSE %(income)s END,
       CASE side WHEN 1 THEN account_id END, '2024-04-01', CASE side WHEN 1 THEN amount ELSE 0 END,
       CASE side WHEN 1 THEN 0 ELSE amount END FROM made, generate_series(1, 2) side
"""


def debts_of_everybody(count: int):
    """A world of payers with one late debt each, all months closed."""
    with posting(ACTOR):
        world = make_world(count, actor=ACTOR)
        make_interest_policy(entity=world.entity)
        chart = dict(LedgerAccount.objects.filter(entity=world.entity).values_list("purpose", "pk"))
        batch = open_batch(world.entity.pk, "test", "debts", dt.date(2024, 4, 1), actor=ACTOR)
        with connection.cursor() as cursor:
            values = {"batch": batch, "entity": world.entity.pk, "accounts": world.accounts}
            cursor.execute(DEBTS, values | {name: chart[name] for name in ("receivable", "income")})
        close_batch(batch)
        for month in MONTHS:
            close_period(world.entity.pk, month, actor=ACTOR)
    return world


def start(entity_id: int, month: str) -> Child:
    """The command in a process of its own; it writes as soon as it is at work."""
    return forked(lambda output: call_command("note_interest", entity_id, month, stdout=output))


def whole_or_nothing(runs: int) -> None:
    """Every posted month is there with all its notes, and nothing of any other."""
    with acting(ACTOR):
        assert InterestRun.objects.filter(state="posted").count() == runs
        assert Batch.objects.filter(kind="interest-run").count() == runs
        expected = runs * PAYERS
        assert InterestNote.objects.count() == InterestLine.objects.count() == expected
        assert Entry.objects.filter(kind="interest").count() == expected
        assert IssuedDocument.objects.count() == sum(SeriesCounter.objects.values_list("last", flat=True)) == expected
        assert not [(one.code, one.findings) for one in prove(PROOF) if one.count]


@pytest.mark.slow
@pytest.mark.req("LED-09")
def test_ten_kills_of_an_interest_run(fresh_database):
    world = debts_of_everybody(PAYERS)
    chance = random.Random(20261126)
    months = [f"{month:%Y-%m}" for month in MONTHS]
    first = start(world.entity.pk, months[0])
    first.first_step()
    working = time.monotonic()
    assert first.wait()[0] == 0
    duration = time.monotonic() - working
    posted, unfinished = 1, 0
    for _ in range(10):
        child = start(world.entity.pk, months[posted])
        child.first_step()
        time.sleep(chance.uniform(0, duration))
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        wait_until_alone()
        with acting(ACTOR):
            finished = InterestRun.objects.filter(state="posted").count() - posted
        posted, unfinished = posted + finished, unfinished + (not finished)
        whole_or_nothing(posted)
    assert unfinished, "no kill hit the work"
    done = start(world.entity.pk, months[posted])
    code, text = done.wait()
    assert code == 0, text
    whole_or_nothing(posted + 1)


def _together(*works) -> list[str]:
    """Run at once, each in a thread with a connection of its own; returns the codes of refusals."""
    codes: list[str] = []
    barrier = threading.Barrier(len(works))

    def run(work) -> None:
        try:
            barrier.wait()
            work()
        except Refusal as refusal:
            codes.append(refusal.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return codes


@pytest.mark.req("LED-09")
def test_posting_twice_at_once_and_payments_meanwhile(fresh_database):
    from lokum.money.interest.tests.world import pay
    from lokum.money.ledger.models import Account

    world = debts_of_everybody(40)
    with acting(ACTOR):
        run = start_run(world.entity.pk, MONTHS[0], actor=ACTOR)
    compute_run(run.pk, actor=ACTOR)
    with acting(ACTOR):
        for pk in world.accounts[:5]:
            pay(Account.objects.get(pk=pk), Decimal(50), dt.date(2024, 5, 20), booked_on=clock.today())
    codes = _together(
        lambda: post_run(run.pk, actor=ACTOR),
        lambda: post_run(run.pk, actor=ACTOR),
        lambda: allocate_by_rule(world.entity.pk, actor=ACTOR),
    )
    assert set(codes) <= {"interest_run.stale", "ledger.busy"}
    with acting(ACTOR):
        allocate_by_rule(world.entity.pk, actor=ACTOR)
        if InterestRun.objects.get(pk=run.pk).state != "posted":
            compute_run(run.pk, actor=ACTOR)
            post_run(run.pk, actor=ACTOR)
    with acting(ACTOR):
        assert Batch.objects.filter(kind="interest-run").count() == 1
        assert not [(one.code, one.findings) for one in prove(PROOF) if one.count]
