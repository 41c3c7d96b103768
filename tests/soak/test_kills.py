"""Kill a worker at random moments: nothing is lost, nothing doubled, and the books end as if nothing had happened."""

import logging
import random
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.soak.processes import run_killed, run_whole
from tests.soak.town import (
    FIRST,
    assert_proven,
    bank_file,
    charge,
    correct,
    end_year,
    make_town,
    month_of,
    note,
    picture,
    survey,
    take_in,
    trade,
)

log = logging.getLogger(__name__)  # shown with a failure; the seed stands in the header of the run
KILLS = [pytest.param(10, id="10"), pytest.param(100, id="100", marks=pytest.mark.soak)]
MORE_KILLS = [pytest.param(10, id="10"), pytest.param(200, id="200", marks=pytest.mark.soak)]
MANY_KILLS = [pytest.param(200, id="200", marks=pytest.mark.soak)]  # ten of them stand in the tests of the apps
PAYERS = 24


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> None:
    settings.FILE_STORE = tmp_path


@pytest.mark.slow
@pytest.mark.req("CHG-05", "PLT-21", "LED-18")
@pytest.mark.parametrize("kills", MORE_KILLS)
def test_a_charge_run_survives_kills(fresh_database: str, kills: int) -> None:
    quiet, hit = make_town(PAYERS, "Q"), make_town(PAYERS, "H")
    took = run_whole(partial(charge, quiet, month_of(0)))
    killed, number = 0, 0
    while killed < kills:
        month = month_of(number)
        if number:
            took = run_whole(partial(charge, quiet, month))
        delay = random.uniform(0, took)
        was_killed = run_killed(partial(charge, hit, month), delay)
        log.info("%s: %s after %.4f s", month, "killed" if was_killed else "done", delay)
        killed += was_killed
        run_whole(partial(charge, hit, month))
        number += 1
        assert number < kills * 5, "hardly any kill hit"
    assert picture(hit) == picture(quiet)
    assert_proven()


@pytest.mark.slow
@pytest.mark.req("PAY-02", "PLT-21", "LED-18")
@pytest.mark.parametrize("kills", KILLS)
def test_a_statement_import_survives_kills(fresh_database: str, kills: int) -> None:
    quiet, hit = make_town(PAYERS, "Q"), make_town(PAYERS, "H")
    balances = {"Q": Decimal(0), "H": Decimal(0)}
    killed, number = 0, 0
    while killed < kills:
        month = month_of(number)
        files = {}
        for world in (quiet, hit):
            charge(world, month)
            tag = world.entity.code
            files[tag], balances[tag] = bank_file(world, month, balances[tag])
        took = run_whole(partial(take_in, files["Q"], f"q{number}.sta"))
        delay = random.uniform(0, took)
        was_killed = run_killed(partial(take_in, files["H"], f"h{number}.sta"), delay)
        log.info("%s: %s after %.4f s", month, "killed" if was_killed else "done", delay)
        killed += was_killed
        run_whole(partial(take_in, files["H"], f"h{number}.sta"))
        number += 1
        assert number < kills * 5, "hardly any kill hit"
    assert picture(hit) == picture(quiet)
    assert_proven()


@pytest.mark.req("CHG-08", "LED-18")
@pytest.mark.parametrize("kills", MANY_KILLS)
def test_corrections_survive_kills(fresh_database: str, kills: int) -> None:
    quiet, hit = make_town(PAYERS, "Q"), make_town(PAYERS, "H")
    for world in (quiet, hit):
        charge(world, FIRST)
    killed, number = 0, 0
    while killed < kills:
        for world in (quiet, hit):
            survey(world, number)
        took = run_whole(partial(correct, quiet, number))
        delay = random.uniform(0, took)
        was_killed = run_killed(partial(correct, hit, number), delay)
        log.info("%s: %s after %.4f s", number, "killed" if was_killed else "done", delay)
        killed += was_killed
        run_whole(partial(correct, hit, number))
        number += 1
        assert number < kills * 5, "hardly any kill hit"
    assert picture(hit) == picture(quiet)
    assert_proven()


@pytest.mark.req("LED-09", "PLT-21", "LED-18")
@pytest.mark.parametrize("kills", MANY_KILLS)
def test_an_interest_run_survives_kills(fresh_database: str, kills: int) -> None:
    """A debt bears interest in every month up to today; then another pair of towns goes on."""
    killed, pairs = 0, 0
    while killed < kills:
        quiet, hit = make_town(PAYERS, f"Q{pairs}"), make_town(PAYERS, f"H{pairs}")
        for world in (quiet, hit):
            charge(world, FIRST)
        for month in map(month_of, range(1, 80)):
            took = run_whole(partial(note, quiet, month))
            delay = random.uniform(0, took)
            was_killed = run_killed(partial(note, hit, month), delay)
            log.info("%s: %s after %.4f s", month, "killed" if was_killed else "done", delay)
            killed += was_killed
            run_whole(partial(note, hit, month))
            if killed == kills:
                break
        seen = picture(hit)
        assert seen == picture(quiet) and seen["interest"]
        pairs += 1
        assert pairs < 20, "hardly any kill hit"
    assert_proven()


@pytest.mark.req("LED-19", "LED-18")
@pytest.mark.parametrize("kills", MANY_KILLS)
def test_a_year_end_survives_kills(fresh_database: str, kills: int) -> None:
    """Every year of two towns is ended; when all years are over, another pair of towns goes on."""
    killed, pairs = 0, 0
    while killed < kills:
        quiet, hit = make_town(3, f"Q{pairs}"), make_town(3, f"H{pairs}")
        for year in range(2001, 2026):
            for world in (quiet, hit):
                trade(world, year)
            took = run_whole(partial(end_year, quiet, year))
            delay = random.uniform(0, took)
            was_killed = run_killed(partial(end_year, hit, year), delay)
            log.info("%s: %s after %.4f s", year, "killed" if was_killed else "done", delay)
            killed += was_killed
            run_whole(partial(end_year, hit, year))
            if killed == kills:
                break
        assert picture(hit) == picture(quiet)
        pairs += 1
        assert pairs < 40, "hardly any kill hit"
    assert_proven()
