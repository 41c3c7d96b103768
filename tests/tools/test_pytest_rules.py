"""The project's own rules for test runs, tried on a small suite in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SUITE = """
import random
import pytest
from hypothesis import given, strategies

@pytest.fixture
def db(): ...

def test_with_database(db): ...

def test_without(): ...

def test_left_out():
    pytest.skip("no browser")

def test_data_outside():
    pytest.skip("not run: ../shared is absent")

drawn = []

@given(strategies.integers())
def test_draw(n):
    drawn.append(n)

def test_shown():
    print("DRAWN", hash(tuple(drawn)), random.random())
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "test_small.py").write_text(SUITE, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    database\n", encoding="utf-8")
    return tmp_path


def _run(suite: Path, *arguments: str, **extra: str) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("LOKUM_", "PYTEST_"))}
    command = [sys.executable, "-m", "pytest", "--disable-plugin-autoload", "-p", "tools.pytest_rules", "-s"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", *arguments],
        cwd=suite,
        env={**environment, "PYTHONPATH": str(ROOT), **extra},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def test_the_database_mark_comes_from_the_fixtures(suite: Path) -> None:
    assert "1 passed, 5 deselected" in _run(suite, "-m", "database")


def test_a_skip_fails_where_everything_is_required(suite: Path) -> None:
    assert "4 passed, 2 skipped" in _run(suite)
    required = _run(suite, LOKUM_REQUIRE="all")
    assert "1 failed, 4 passed, 1 skipped" in required
    assert "left out although everything is required: no browser" in required


def test_a_run_repeats_itself(suite: Path) -> None:
    def drawn(**extra: str) -> str:
        return next(line for line in _run(suite, **extra).splitlines() if "DRAWN" in line).split("DRAWN")[1]

    first = drawn()
    assert drawn() == first
    other = drawn(LOKUM_SEED="7")
    assert other != first
    assert drawn(LOKUM_SEED="7") == other
