"""A worker killed at any moment of a month run leaves nothing half done, and the repeat finishes it once."""

import os
import random
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import TextIO

import pytest
from django.core.management import call_command
from django.db.models import Sum

from lokum.core.base.context import acting, system_actor
from lokum.core.papers.models import IssuedDocument, SeriesCounter
from lokum.money.charges.models import ChargeLine, ChargeRun, CorrectionRun, DraftLine, Notice
from lokum.money.charges.services.correcting import compare_months, post_correction, request_correction
from lokum.money.charges.tests.world import (
    MONTH,
    attach_everywhere,
    make_charged_world,
    make_component,
    make_tariff,
    posted_run,
)
from lokum.money.ledger.models import Batch, Entry
from lokum.money.ledger.proof import prove
from lokum.money.ledger.tests.world import World, make_world
from lokum.property.estates.models import PremisesFact
from tests.soak.processes import Child, forked, wait_until_alone

ROOT = Path(__file__).resolve().parents[4]
PREMISES = 200
months = [f"{2026 + number // 12}-{number % 12 + 1:02}" for number in range(200)]


def start(entity_id: int, month: str) -> Child:
    return forked(lambda output: call_command("charge_month", entity_id, month, stdout=output))


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
        wait_until_alone()
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


@pytest.mark.slow
@pytest.mark.req("CHG-05", "LED-01")
def test_ten_kills_of_a_month_run(fresh_database, database_environment):
    kill_and_repeat(10, database_environment)


@pytest.mark.soak
def test_a_hundred_kills_of_a_month_run(fresh_database, database_environment):
    kill_and_repeat(100, database_environment)


ACTOR = system_actor("test")
FLATS = 60
AREAS = [Decimal(40 + number * 7 % 30) for number in range(60)]  # up and down, never twice the same in a row


def asked(world: World, number: int) -> int:
    """A new area of all premises, compared with the posted month and asked for; the key of the run."""
    with acting(ACTOR):
        PremisesFact.objects.filter(kind="usable_area").update(value=AREAS[number])
        run = compare_months(world.entity.pk, MONTH, MONTH, f"survey {number}", actor=ACTOR)
        return request_correction(run.pk, actor=ACTOR).pk


def correcting(run_id: int) -> Child:
    def work(output: TextIO) -> None:
        output.write("at work\n")
        output.flush()
        post_correction(run_id, actor=ACTOR, issued_on=MONTH)

    return forked(work)


def whole_corrections(posted: int, area: Decimal) -> None:
    """Every posted correction is there with all its documents, and what is charged is what its areas say."""
    with acting(ACTOR):
        count = posted * FLATS
        assert CorrectionRun.objects.filter(state="posted").count() == posted
        assert Batch.objects.filter(kind="correction").count() == posted
        made = Notice.objects.filter(corrects__isnull=False)
        assert made.count() == Entry.objects.filter(source_kind="correction").count() == count
        assert IssuedDocument.objects.filter(kind="correction").count() == count
        assert SeriesCounter.objects.filter(series__kind="correction").aggregate(all=Sum("last"))["all"] in (
            count, None,
        )  # fmt: skip
        assert ChargeLine.objects.filter(reason__startswith="correction/").count() == count
        charged = ChargeLine.objects.aggregate(total=Sum("amount"))["total"]
        assert charged == FLATS * area * 2 == Entry.objects.aggregate(total=Sum("amount"))["total"]
        found = {one.code: one.findings for one in prove(["I1", "I2", "I5", "I6", "I9", "I13", "D2"]) if one.count}
        assert not found


@pytest.mark.req("CHG-08", "REG-05", "LED-05")
def test_ten_kills_of_corrections(fresh_database):
    """Killed at any moment, corrections of a posted month are all there or none; asked again, they post once."""
    with acting(ACTOR):
        world = make_world(FLATS, actor=ACTOR)
        PremisesFact.objects.filter(kind="usable_area").update(value=AREAS[0])
        component = make_component(world, "EXPL", "usable_area")
        make_tariff(component, "2.00")
        attach_everywhere(world, component)
        posted_run(world, MONTH, actor=ACTOR)
    chance = random.Random(20261127)
    first = correcting(asked(world, 1))
    first.first_step()
    working = time.monotonic()
    assert first.wait()[0] == 0
    duration = time.monotonic() - working
    unfinished = 0
    for number in range(2, 12):
        run_id = asked(world, number)
        child = correcting(run_id)
        child.first_step()
        time.sleep(chance.uniform(0, duration))
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        wait_until_alone()
        with acting(ACTOR):
            finished = CorrectionRun.objects.get(pk=run_id).state == "posted"
        whole_corrections(number if finished else number - 1, AREAS[number if finished else number - 1])
        if not finished:
            unfinished += 1
            code, text = correcting(run_id).wait()
            assert code == 0, text
            whole_corrections(number, AREAS[number])
    assert unfinished, "no kill hit the work"
