"""Throw-away databases beside the installation's own, on the same server."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

OURS, LIMIT = "lokum_bench", "lokum_bench_limit"


def address(variable: str, database: str) -> str:
    parts = urlsplit(os.environ.get(variable) or os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path=f"/{database}"))


def connect(database: str) -> psycopg.Connection[Any]:
    """A connection of the owner of throw-away databases."""
    return psycopg.connect(address("DATABASE_OWNER_URL", database), autocommit=True)


@contextmanager
def throw_away(name: str) -> Iterator[str]:
    with connect("postgres") as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        admin.execute(f'CREATE DATABASE "{name}"')
    try:
        yield name
    finally:
        with connect("postgres") as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def our_database() -> Iterator[None]:
    """Point Django at an empty database with our schema for one block. Must run before Django is set up."""
    with throw_away(OURS):
        for variable in ("DATABASE_OWNER_URL", "DATABASE_JOBS_URL", "DATABASE_URL"):
            os.environ[variable] = address(variable, OURS)
        subprocess.run([sys.executable, "manage.py", "migrate", "--database=owner", "-v", "0"], check=True)
        import django

        django.setup()
        from django.db import connections

        try:
            yield
        finally:
            connections.close_all()
