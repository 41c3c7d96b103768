"""A pytest plugin, loaded before Django: tests divided among processes (pytest-xdist) that do not meet.

- Each process has its own test database (conftest.py) and its own state folder, hence its own files.
- Modules whose tests share what they make (`module_database`) stay whole in one process; the rest goes anywhere.
- Tests marked `slow` start first, so that no long one runs alone at the end.
- Tests marked `alone` need the database server to themselves: what they prove depends on every open transaction of
  the server, whatever its database. They are handed out last, and no other test runs meanwhile; what the other
  process still has to do may follow them.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tools.console import state_folder

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
SHARED = state_folder()
SHARING = "module_database"
if WORKER:
    os.environ["LOKUM_STATE"] = str(SHARED / "tests" / WORKER)


@cache
def stays_whole(path: Path) -> bool:
    """The module, or the conftest.py beside it, builds on a database of the whole module."""
    beside = path.parent / "conftest.py"
    return SHARING in path.read_text(encoding="utf-8") or (
        beside.is_file() and SHARING in beside.read_text(encoding="utf-8")
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            """The unit that runs in one process: a module that stays whole, else the single test."""
            module = nodeid.split("::")[0]
            return module if stays_whole(config.rootpath / module) else nodeid

    return Scheduling(config, log)


def _turn_of(item: pytest.Item) -> int:
    if item.get_closest_marker("alone"):
        return 2
    return 0 if item.get_closest_marker("slow") else 1


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if WORKER:
        items.sort(key=_turn_of)


@contextmanager
def server_shared(folder: Path, alone: bool) -> Iterator[None]:
    """Hold the database server together with others, or alone. Who wants it alone bars the door for newcomers."""
    with ExitStack() as opened:
        door = opened.enter_context((folder / "tests.door").open("w"))
        room = opened.enter_context((folder / "tests.room").open("w"))
        fcntl.flock(door, fcntl.LOCK_EX)
        fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(door, fcntl.LOCK_UN)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    if not WORKER:
        return (yield)
    with server_shared(SHARED, item.get_closest_marker("alone") is not None):
        return (yield)
