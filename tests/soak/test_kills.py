"""Kill a worker at random moments: nothing is lost, nothing doubled, and the books end as if nothing had happened."""

import logging
import random
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.soak.processes import run_killed, run_whole
from tests.soak.town import assert_proven, bank_file, charge, make_town, month_of, picture, take_in

log = logging.getLogger(__name__)  # shown with a failure; the seed stands in the header of the run
KILLS = [pytest.param(10, id="10"), pytest.param(100, id="100", marks=pytest.mark.soak)]
PAYERS = 24


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> None:
    settings.FILE_STORE = tmp_path


@pytest.mark.req("CHG-07", "LED-18")
@pytest.mark.parametrize("kills", KILLS)
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


@pytest.mark.req("PAY-02", "LED-18")
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
