"""What every test shares: the database with its three roles, clean copies of it, the shared data folder.

The test database is made and migrated by the owner role; tests run as the application's role, so a missing
privilege or a row policy shows in every test. Tests that commit get a database of their own, copied from the
migrated one.
"""

import ast
import datetime as dt
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections
from django.utils import translation

ROOT = Path(__file__).resolve().parent


def _name_of_test_database() -> str:
    """One per process, where several share the tests (tools/pytest_workers.py)."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    return f"test_{settings.DATABASES['owner']['NAME']}{worker}"


def _admin() -> Any:
    """A connection of the owner role outside any test database."""
    import psycopg

    owner = settings.DATABASES["owner"]
    return psycopg.connect(
        host=owner["HOST"],
        port=owner["PORT"],
        user=owner["USER"],
        password=owner["PASSWORD"],
        dbname="postgres",
        autocommit=True,
    )


def _point_at(name: str) -> None:
    for alias in ("default", "owner"):
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name
        settings.DATABASES[alias]["NAME"] = name


def _create(admin: Any, name: str, template: str = "template1") -> None:
    """Make a database anew. Nothing in it outlives a crash of the machine, so no commit waits for the disk."""
    admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    admin.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')


def _digest_of_migrations() -> str:
    """Hash of what an empty migrated database follows from: our migrations, all modules of ours that they import, the
    versions of the libraries, and the month, from which on months of history are prepared.
    """
    found = {*ROOT.glob("lokum/**/migrations/*.py"), *ROOT.glob("requirements/*.txt")}
    left = [file for file in found if file.suffix == ".py"]
    while left:
        for node in ast.walk(ast.parse(left.pop().read_bytes())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            for name in names:
                stem = ROOT / name.replace(".", "/")
                for file in (stem.with_suffix(".py"), stem / "__init__.py"):
                    if name.startswith("lokum.") and file.is_file() and file not in found:
                        found.add(file)
                        left.append(file)
    content = hashlib.sha256(f"{dt.datetime.now(dt.UTC):%Y-%m}".encode())
    for file in sorted(found):
        content.update(f"{file.relative_to(ROOT)}\n".encode() + file.read_bytes())
    return content.hexdigest()


def _copy_migrated(admin: Any, name: str, migrate: Callable[[str], None]) -> None:
    """Make an empty migrated database by copying one that is kept on the server; that one is made anew whenever a
    migration has changed. Its comment says what it was made from.
    """
    kept = f"migrated_{settings.DATABASES['owner']['NAME']}"
    digest = _digest_of_migrations()
    admin.execute("SELECT pg_advisory_lock(hashtext(%s))", [kept])
    query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
    if admin.execute(query, [kept]).fetchone() != (digest,):
        _create(admin, kept)
        migrate(kept)
        admin.execute(f"COMMENT ON DATABASE \"{kept}\" IS '{digest}'")
    _create(admin, name, kept)
    admin.execute("SELECT pg_advisory_unlock(hashtext(%s))", [kept])


@pytest.fixture(autouse=True)
def no_language_of_before() -> Iterator[None]:
    """A request leaves its language active in the thread; the next test must not read it."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[str]:
    from django.core.management import call_command

    keep = request.config.getoption("reuse_db", False) and not request.config.getoption("create_db", False)
    name = _name_of_test_database()
    before = settings.DATABASES["default"]["NAME"]

    def migrate(target: str) -> None:
        _point_at(target)
        with django_db_blocker.unblock():
            call_command("migrate", database="owner", verbosity=0, interactive=False)
            connections["owner"].close()
            connections["default"].close()

    with _admin() as admin:
        known = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if not (keep and known):
            _copy_migrated(admin, name, migrate)
    migrate(name)  # nothing is left to migrate, but ready roles and the like follow the code of today
    yield name
    with django_db_blocker.unblock():
        for alias in ("default", "owner"):
            connections[alias].close()
    _point_at(before)
    if not keep:
        with _admin() as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def _own_copy(template: str, blocker: Any) -> Iterator[str]:
    name = f"{template}_{os.getpid()}"
    for alias in ("default", "owner"):
        connections[alias].close()
    with _admin() as admin:
        _create(admin, name, template)
    _point_at(name)
    with blocker.unblock():
        yield name
        connections.close_all()
    _point_at(template)
    with _admin() as admin:
        _wait_until_left(admin, name)
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _wait_until_left(admin: Any, name: str, seconds: int = 10) -> None:
    """Sessions of processes that ended a moment ago close by themselves; the owner may not end those of others."""
    end = time.monotonic() + seconds
    while admin.execute("SELECT 1 FROM pg_stat_activity WHERE datname = %s LIMIT 1", [name]).fetchone():
        if time.monotonic() > end:
            return
        time.sleep(0.1)


@pytest.fixture
def fresh_database(django_db_setup: str, django_db_blocker: Any) -> Iterator[str]:
    """A committed database of its own (copied from the migrated one) for concurrency and kill tests.

    Yields its name; `default` and `owner` point at it, child processes may use `database_environment`.
    """
    with _own_copy(django_db_setup, django_db_blocker) as name:
        yield name


@pytest.fixture(scope="module")
def module_database(django_db_setup: str, django_db_blocker: Any) -> Iterator[str]:
    """The same for a whole module; none of its tests may ask for another database."""
    with _own_copy(django_db_setup, django_db_blocker) as name:
        yield name


def environment_of(name: str) -> dict[str, str]:
    """Environment in which a child process works on the named database."""

    def address(alias: str) -> str:
        chosen = settings.DATABASES[alias]
        return f"postgres://{chosen['USER']}:{chosen['PASSWORD']}@{chosen['HOST']}:{chosen['PORT']}/{name}"

    return dict(
        os.environ,
        DATABASE_URL=address("default"),
        DATABASE_OWNER_URL=address("owner"),
        DATABASE_JOBS_URL=address("default"),
    )


@pytest.fixture
def database_environment(fresh_database: str) -> dict[str, str]:
    """Environment in which a child process works on this test's own database."""
    return environment_of(fresh_database)


@pytest.fixture
def as_system(db: None) -> Iterator[Any]:
    """The whole test acts as the system: row policies let everything through."""
    from lokum.core.base.context import acting, system_actor

    with acting(system_actor("test")) as actor:
        yield actor
    assert connection.in_atomic_block


@pytest.fixture(scope="session")
def shared_data() -> Path:
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("not run: ../shared is absent")
    return folder
