"""Tests divided among processes, tried on a small suite: who waits, who stays together, who has what."""

import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

from tools.pytest_workers import server_shared

ROOT = Path(__file__).resolve().parents[2]
SUITE = """
import os, time
import pytest

MARK = os.environ["MARKS"]

def write(word):
    with open(MARK, "a") as stream:
        stream.write(f"{os.environ['PYTEST_XDIST_WORKER']} {word} {os.environ['LOKUM_STATE']}\\n")

@pytest.mark.alone
def test_alone():
    write("alone-in")
    time.sleep(0.3)
    write("alone-out")

@pytest.mark.parametrize("n", range(6))
def test_plain(n):
    write("plain-in")
    time.sleep(0.1)
    write("plain-out")

@pytest.mark.slow
def test_slow():
    write("slow-in")
    write("slow-out")
"""

WHOLE = (
    SUITE.split("@pytest.mark.alone")[0]
    + """
@pytest.fixture(scope="module")
def module_database():
    write("made")

@pytest.mark.parametrize("n", range(3))
def test_of_one_module(module_database, n):
    write("module-in")
    time.sleep(0.1)
    write("module-out")
"""
)


def test_groups_stay_together_slow_ones_start_and_one_runs_alone(tmp_path: Path) -> None:
    (tmp_path / "test_small.py").write_text(SUITE, encoding="utf-8")
    (tmp_path / "test_whole.py").write_text(WHOLE, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    alone\n    slow\n", encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    environment |= {"PYTHONPATH": str(ROOT), "MARKS": str(tmp_path / "marks"), "LOKUM_STATE": str(tmp_path / "state")}
    command = [sys.executable, "-m", "pytest", "--disable-plugin-autoload", "-p", "xdist", "-p", "tools.pytest_workers"]
    command += ["-n2", "--no-loadscope-reorder", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert re.search(r"^=+ 11 passed in ", done.stdout, re.MULTILINE), done.stdout + done.stderr
    lines = [line.split() for line in (tmp_path / "marks").read_text().splitlines()]
    words = [word for _worker, word, _state in lines]
    assert "slow-in" in words[:3], "long ones start first"
    entered = words.index("alone-in")
    assert words[entered + 1] == "alone-out", "nothing starts or ends beside it"
    before = words[:entered]
    assert sum(word.endswith("-in") for word in before) == sum(word.endswith("-out") for word in before), "none is open"
    assert words.count("made") == 1, "one process keeps a module's world"
    assert {state for _worker, _word, state in lines} == {str(tmp_path / f"state/tests/gw{n}") for n in (0, 1)}


def test_who_waits_to_be_alone_is_not_overtaken(tmp_path: Path) -> None:
    order: list[str] = []

    def enter(name: str, alone: bool, wait: float) -> None:
        with server_shared(tmp_path, alone):
            order.append(name)
            time.sleep(wait)

    threads = [
        threading.Thread(target=enter, args=given)
        for given in (("first", False, 0.4), ("alone", True, 0.0), ("late", False, 0.0))
    ]
    for thread in threads:
        thread.start()
        time.sleep(0.1)
    for thread in threads:
        thread.join()
    assert order == ["first", "alone", "late"]
