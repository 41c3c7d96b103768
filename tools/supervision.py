"""Running web server and worker side by side: start, watch, start again, stop."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType

from tools.console import ROOT, say

QUICK_DEATHS = 5
QUICK_SECONDS = 20.0
STOP_SECONDS = 15.0


def _end_with_supervisor() -> None:
    """In the child: let Linux send us SIGTERM when the supervisor is killed and cannot do so itself."""
    set_parent_death_signal = 1
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(set_parent_death_signal, signal.SIGTERM)


@dataclass
class Program:
    """One long-running program; started again when it ends by itself."""

    name: str
    command: list[str]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    deaths: list[float] = field(default_factory=list)

    def start(self) -> None:
        # A session of its own: Ctrl-C reaches the supervisor alone, which then stops all in order.
        self.process = subprocess.Popen(
            self.command,
            env=self.environment,
            cwd=ROOT,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            preexec_fn=_end_with_supervisor,
        )

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def send(self, number: int, group: bool = False) -> None:
        if self.process is None:
            return
        try:
            if group:
                os.killpg(self.process.pid, number)
            elif self.is_alive():
                os.kill(self.process.pid, number)
        except ProcessLookupError:
            pass

    def dies_too_often(self) -> bool:
        now = time.monotonic()
        self.deaths = [moment for moment in self.deaths if now - moment < QUICK_SECONDS] + [now]
        return len(self.deaths) >= QUICK_DEATHS


class Supervisor:
    """Keeps programs alive until SIGINT, SIGTERM or SIGHUP arrives."""

    def __init__(self, programs: list[Program]) -> None:
        self.programs = programs
        self.stopping = False

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def run(self, when_started: Callable[[], None]) -> int:
        """Run until asked to stop (0) or until a program cannot be kept alive (1)."""
        signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, self._ask_to_stop) for number in signals}
        code = 0
        try:
            for program in self.programs:
                program.start()
            when_started()
            while not self.stopping and code == 0:
                time.sleep(0.2)
                code = self._revive()
        finally:
            self._stop_all()
            for number, handler in before.items():
                signal.signal(number, handler)
        return code

    def _revive(self) -> int:
        for program in self.programs:
            if program.is_alive() or program.process is None:
                continue
            ended = program.process.returncode
            if program.dies_too_often():
                say(f"The {program.name} ended {QUICK_DEATHS} times in a row (code {ended}); giving up.")
                return 1
            say(f"The {program.name} ended (code {ended}); starting it again.")
            time.sleep(0.5)
            program.start()
        return 0

    def _stop_all(self) -> None:
        """Ask, repeat (the web server loses a signal in its first second), and kill what stays."""
        started = time.monotonic()
        asked = float("-inf")
        while any(program.is_alive() for program in self.programs):
            now = time.monotonic()
            if now - started > STOP_SECONDS:
                say("Not everything stopped in time; killing the rest.")
                break
            if now - asked >= 1.5:
                for program in self.programs:
                    program.send(signal.SIGTERM)
                asked = now
            time.sleep(0.05)
        for program in self.programs:
            program.send(signal.SIGKILL, group=True)
            if program.process is not None:
                program.process.wait()
