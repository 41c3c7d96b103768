"""A pytest plugin, loaded before Django: starts the embedded server unless DATABASE_URL names one."""

import os
from typing import Any

import pytest

from tools.postgres import database

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lokum.settings")
os.environ.setdefault("LOKUM_SECRET_KEY", "a-key-for-tests-only")
_running: Any = None
if "DATABASE_URL" not in os.environ:
    _running = database(keep=True)
    os.environ.update(_running.__enter__())


def pytest_unconfigure(config: pytest.Config) -> None:
    if _running is not None:
        _running.__exit__(None, None, None)
