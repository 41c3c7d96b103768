"""Kill what a month consists of besides its run: batches of charges, reductions, claims of allowances, its commit.

Two towns do the same, one is disturbed; in the end their books are alike. A few kills of each stand in the daily
tests, many in the soak.
"""

import logging
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lokum.money.ledger.tests.world import World
from tests.soak.processes import run_killed, run_whole
from tests.soak.town import (
    allow,
    approve_month,
    ask_reduction,
    assert_proven,
    charge,
    claim,
    commit_month,
    make_town,
    month_of,
    picture,
    raise_batch,
    reduce,
)

log = logging.getLogger(__name__)
PAYERS = 24
MANY = [pytest.param(25, id="25", marks=pytest.mark.soak), pytest.param(200, id="200", marks=pytest.mark.soak)]

Prepare = Callable[[World, int], Callable[[], None]]


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> None:
    settings.FILE_STORE = tmp_path


def kill_often(quiet: World, hit: World, kills: int, prepare: Prepare, first: int = 0, until: int = 10_000) -> int:
    """Do something again and again in both towns, killed at a random moment in one of them, then done once more.

    prepare(world, number) gives the work. Returns how many kills hit; stops when `kills` did, or at `until`.
    """
    killed = 0
    for number in range(first, until):
        calm, disturbed = prepare(quiet, number), prepare(hit, number)
        took = run_whole(calm)
        delay = random.uniform(0, took)
        was_killed = run_killed(disturbed, delay)
        log.info("%s: %s after %.4f s", number, "killed" if was_killed else "done", delay)
        killed += was_killed
        run_whole(disturbed)
        if killed == kills:
            break
        assert number - first < kills * 5 + 5, "hardly any kill hit"
    assert picture(hit) == picture(quiet)
    return killed


def batch_of(world: World, number: int) -> Callable[[], None]:
    return partial(raise_batch, world, number)


def reduction_of(world: World, number: int) -> Callable[[], None]:
    if number % len(world.accounts) == 0:
        charge(world, month_of(number // len(world.accounts)))
    return partial(reduce, ask_reduction(world, number))


def claim_of(world: World, number: int) -> Callable[[], None]:
    return partial(claim, world, number)


def commit_of(world: World, number: int) -> Callable[[], None]:
    return partial(commit_month, approve_month(world, month_of(number)))


@pytest.mark.req("CHG-11", "CHG-12", "LED-22", "CHG-19", "LED-18")
def test_a_month_survives_some_kills(fresh_database: str) -> None:
    """One kill of each, in this order in the same two towns."""
    quiet, hit = make_town(4, "Q"), make_town(4, "H")
    for prepare in (batch_of, reduction_of):
        assert kill_often(quiet, hit, 1, prepare, until=8)
    for world in (quiet, hit):
        allow(world)
    assert kill_often(quiet, hit, 1, claim_of, until=8)
    assert kill_often(quiet, hit, 1, commit_of, first=12, until=20)
    assert_proven()


@pytest.mark.req("CHG-11", "LED-18")
@pytest.mark.parametrize("kills", MANY)
def test_batches_of_charges_survive_kills(fresh_database: str, kills: int) -> None:
    quiet, hit = make_town(PAYERS, "Q"), make_town(PAYERS, "H")
    assert kill_often(quiet, hit, kills, batch_of) == kills
    assert_proven()


@pytest.mark.req("CHG-12", "LED-18")
@pytest.mark.parametrize("kills", MANY)
def test_reductions_survive_kills(fresh_database: str, kills: int) -> None:
    quiet, hit = make_town(PAYERS, "Q"), make_town(PAYERS, "H")
    assert kill_often(quiet, hit, kills, reduction_of) == kills
    assert_proven()


@pytest.mark.req("LED-22", "LED-18")
@pytest.mark.parametrize("kills", MANY)
def test_claims_of_allowances_survive_kills(fresh_database: str, kills: int) -> None:
    """Months up to today are claimed and paid; then another pair of towns goes on."""
    killed, pairs = 0, 0
    while killed < kills:
        quiet, hit = make_town(PAYERS, f"Q{pairs}"), make_town(PAYERS, f"H{pairs}")
        for world in (quiet, hit):
            allow(world)
        killed += kill_often(quiet, hit, kills - killed, claim_of, until=80)
        pairs += 1
        assert pairs < 20, "hardly any kill hit"
    assert_proven()


@pytest.mark.req("CHG-19", "LED-18")
@pytest.mark.parametrize("kills", MANY)
def test_commits_of_rehearsals_survive_kills(fresh_database: str, kills: int) -> None:
    """Every month up to today is rehearsed, approved and committed; then another pair of towns goes on."""
    killed, pairs = 0, 0
    while killed < kills:
        quiet, hit = make_town(PAYERS, f"Q{pairs}"), make_town(PAYERS, f"H{pairs}")
        for world in (quiet, hit):
            allow(world)
        killed += kill_often(quiet, hit, kills - killed, commit_of, until=80)
        pairs += 1
        assert pairs < 20, "hardly any kill hit"
    assert_proven()
