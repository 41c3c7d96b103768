"""Children that do one thing and can be killed in the middle of it, as a worker can."""

import os
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TextIO

from django.db import connection, connections


def fork(job: Callable[[], None]) -> int:
    """Run `job` in a child process with connections of its own; returns its process id."""
    connections.close_all()
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        job()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)  # no clean-up of the parent's things


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


def forked(work: Callable[[TextIO], Any]) -> Child:
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
                    work(output)
                    code = 0
                except BaseException as error:
                    output.write(str(error))
        finally:
            os._exit(code)
    os.close(writing)
    return Child(pid, reading)


def run_killed(job: Callable[[], None], delay: float) -> bool:
    """Kill the child `delay` seconds after its start. True when it was killed, False when it was done before."""
    child = fork(job)
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    _pid, status = os.waitpid(child, 0)
    wait_until_alone()
    return os.WIFSIGNALED(status)


def run_whole(job: Callable[[], None]) -> float:
    """Run the child to its end; returns how long it took. Its failure is ours."""
    began = time.perf_counter()
    _pid, status = os.waitpid(fork(job), 0)
    assert os.waitstatus_to_exitcode(status) == 0
    return time.perf_counter() - began


def wait_until_alone(seconds: float = 30) -> None:
    """The server notices the death of its client after the statement at hand; wait for that."""
    question = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_type <> 'autovacuum worker'"
    )
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute(question)
            if not cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("the server still works for a dead client")
