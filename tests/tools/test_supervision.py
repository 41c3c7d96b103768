"""The supervisor starts a dead program again, stops all on a signal, and kills what does not listen."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tools import supervision
from tools.console import ROOT
from tools.supervision import Program, Supervisor

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
SLEEPER = "import time; time.sleep(600)"


def _program(name: str, code: str) -> Program:
    return Program(name, [sys.executable, "-c", code], dict(os.environ))


def _signal_soon(number: int = signal.SIGTERM, delay: float = 1.0) -> None:
    threading.Timer(delay, os.kill, [os.getpid(), number]).start()


def test_a_signal_stops_every_program() -> None:
    programs = [_program("web", SLEEPER), _program("worker", SLEEPER)]
    assert Supervisor(programs).run(lambda: _signal_soon(delay=0.5)) == 0
    assert not any(program.is_alive() for program in programs)


def test_a_program_that_ignores_the_signal_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "STOP_SECONDS", 1.0)
    deaf = _program("deaf", DEAF)
    assert Supervisor([deaf]).run(_signal_soon) == 0
    assert deaf.process is not None
    assert deaf.process.returncode == -signal.SIGKILL


def test_a_program_that_ended_is_started_again(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    code = (
        f"import pathlib, time; p = pathlib.Path({str(mark)!r}); seen = p.exists(); p.touch(); time.sleep(600 * seen)"
    )
    program = _program("worker", code)

    def signal_after_a_death() -> None:
        end = time.monotonic() + 30
        while not program.deaths and time.monotonic() < end:
            time.sleep(0.05)
        _signal_soon()

    assert Supervisor([program]).run(lambda: threading.Thread(target=signal_after_a_death).start()) == 0
    assert len(program.deaths) == 1


def test_a_program_that_keeps_dying_ends_the_run() -> None:
    started = time.monotonic()
    programs = [_program("web", SLEEPER), _program("broken", "raise SystemExit(3)")]
    assert Supervisor(programs).run(lambda: None) == 1
    assert time.monotonic() - started < 20
    assert not programs[0].is_alive()


def test_programs_do_not_outlive_a_killed_supervisor(tmp_path: Path) -> None:
    code = (
        "import os, sys; from tools.supervision import Program, Supervisor;"
        f"p = Program('web', [sys.executable, '-c', {SLEEPER!r}], dict(os.environ));"
        "Supervisor([p]).run(lambda: print(p.process.pid, flush=True))"
    )
    supervisor = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout is not None
    child = int(supervisor.stdout.readline())
    supervisor.kill()
    supervisor.wait()
    supervisor.stdout.close()
    end = time.monotonic() + 30
    while _is_running(child) and time.monotonic() < end:
        time.sleep(0.05)
    assert not _is_running(child)


def _is_running(number: int) -> bool:
    """A process that has ended but was not collected by its new parent counts as gone."""
    try:
        return Path(f"/proc/{number}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
