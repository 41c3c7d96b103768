"""Throw-away databases beside the installation's own, on the same server."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

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
    with throw_away(OURS), _django_at(OURS):
        yield


@contextmanager
def _django_at(name: str) -> Iterator[None]:
    for variable in ("DATABASE_OWNER_URL", "DATABASE_JOBS_URL", "DATABASE_URL"):
        os.environ[variable] = address(variable, name)
    subprocess.run([sys.executable, "manage.py", "migrate", "--database=owner", "-v", "0"], check=True)
    import django

    django.setup()
    from django.db import connections

    try:
        yield
    finally:
        connections.close_all()


@contextmanager
def kept_database(name: str, stamp: str, make: Callable[[], None]) -> Iterator[None]:
    """A database that stays between runs: made once by `make`, kept as long as its stamp says the same."""
    with connect("postgres") as admin:
        row = admin.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
        ).fetchone()
        known = row is not None and row[0] == stamp
        if not known:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            admin.execute(f'CREATE DATABASE "{name}"')
    with _django_at(name):
        if not known:
            make()
            with connect("postgres") as admin:
                admin.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(stamp)))
        yield
