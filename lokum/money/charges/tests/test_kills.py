"""A worker killed at any moment of a month run leaves nothing half done, and the repeat finishes it once."""

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connections

from lokum.core.base.context import acting, system_actor
from lokum.core.papers.models import IssuedDocument, SeriesCounter
from lokum.money.charges.models import ChargeLine, ChargeRun, DraftLine, Notice
from lokum.money.charges.tests.world import make_charged_world
from lokum.money.ledger.models import Batch, Entry
from lokum.money.ledger.proof import prove

ROOT = Path(__file__).resolve().parents[4]
PREMISES = 200
months = [f"{2026 + number // 12}-{number % 12 + 1:02}" for number in range(200)]


@dataclass
class Child:
    """A process of its own that runs the command; `first_step` waits until it is at work."""

    pid: int
    output: int

    def first_step(self) -> None:
        assert os.read(self.output, 1)

    def wait(self) -> tuple[int, str]:
        text = b""
        while part := os.read(self.output, 4096):
            text += part
        os.close(self.output)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1]), text.decode()


def start(entity_id: int, month: str) -> Child:
    """Forked, so that ten kills do not pay ten starts of Python; connections are never shared."""
    connections.close_all()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        code = 1
        try:
            with os.fdopen(writing, "w") as output:
                try:
                    call_command("charge_month", entity_id, month, stdout=output)
                    code = 0
                except BaseException as error:
                    output.write(str(error))
        finally:
            os._exit(code)
    os.close(writing)
    return Child(pid, reading)


def whole_or_nothing(batches: int, notices: int) -> None:
    """Every posted month is there with all its rows, and nothing of any other."""
    with acting(system_actor("test")):
        assert Batch.objects.count() == batches == ChargeRun.objects.filter(state="posted").count()
        assert Notice.objects.count() == Entry.objects.count() == IssuedDocument.objects.count() == notices
        assert ChargeLine.objects.count() == notices * 8
        assert sum(SeriesCounter.objects.values_list("last", flat=True)) == notices
        found = {one.code: one.findings for one in prove(["I1", "I2", "I5", "I6", "I9", "I13", "D2"]) if one.count}
        assert not found


def kill_and_repeat(kills: int, database_environment: dict[str, str]) -> None:
    with acting(system_actor("test")) as actor:
        world = make_charged_world(PREMISES, actor=actor)
    chance = random.Random(20261121)
    first = start(world.entity.pk, "2026-01")
    first.first_step()
    working = time.monotonic()
    assert first.wait()[0] == 0
    duration = time.monotonic() - working
    posted, unfinished = 1, 0
    for _ in range(kills):
        child = start(world.entity.pk, months[posted])
        child.first_step()
        time.sleep(chance.uniform(0, duration))
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        time.sleep(0.2)  # the server needs a moment to notice that its client is gone
        with acting(system_actor("test")):
            finished = ChargeRun.objects.filter(state="posted").count() - posted
        posted, unfinished = posted + finished, unfinished + (not finished)
        whole_or_nothing(posted, posted * PREMISES)
    assert unfinished, "no kill hit the work"
    # The command in a fresh interpreter finishes what was left, at the second call at the latest.
    arguments = [sys.executable, "manage.py", "charge_month", str(world.entity.pk), months[posted]]
    for _attempt in range(5):
        done = subprocess.run(arguments, cwd=ROOT, env=database_environment, capture_output=True, check=False)
        if done.returncode == 0:
            break
        assert b"stale" in done.stderr or b"busy" in done.stderr, done.stderr
    whole_or_nothing(posted + 1, (posted + 1) * PREMISES)
    with acting(system_actor("test")):
        assert not DraftLine.objects.filter(run__state="posted").exists()


@pytest.mark.req("CHG-05", "LED-01")
def test_ten_kills_of_a_month_run(fresh_database, database_environment):
    kill_and_repeat(10, database_environment)


@pytest.mark.soak
def test_a_hundred_kills_of_a_month_run(fresh_database, database_environment):
    kill_and_repeat(100, database_environment)
