"""Children that do one thing and can be killed in the middle of it, as a worker can."""

import os
import signal
import time
import traceback
from collections.abc import Callable

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
    question = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute(question)
            if not cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("the server still works for a dead client")
