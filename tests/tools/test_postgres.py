"""The embedded server: roles, restart, kill, parallel starts, the last user out stops it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import binaries, postgres
from tools.console import ROOT, Trouble

LAUNCH = [sys.executable, str(ROOT / "tools" / "launch.py"), "server"]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[postgres.Server]:
    """A server of its own beside the one that serves the tests."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("LOKUM_STATE", str(tmp_path / "state"))
    machine = postgres.Server()
    yield machine
    machine.reset()


def _ask(machine: postgres.Server, question: str) -> str:
    done = machine.psql("-Atc", question, "-d", "lokum", capture_output=True, text=True)
    return done.stdout.strip()


def _pid(machine: postgres.Server) -> int:
    done = machine.psql("-Atc", "SELECT pg_backend_pid()", "-d", "lokum", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return int((machine.data / "postmaster.pid").read_text(encoding="ascii").split()[0])


def test_the_three_roles_have_no_more_than_they_need(server: postgres.Server) -> None:
    server.start()
    roles = _ask(
        server,
        "SELECT string_agg(rolname || rolsuper || rolbypassrls || rolcreatedb || rolcreaterole, ' ' ORDER BY rolname)"
        " FROM pg_roles WHERE rolname LIKE 'lokum%'",
    )
    assert roles == ("lokum_appfalsefalsefalsefalse lokum_jobsfalsefalsefalsefalse lokum_migratorfalsefalsetruefalse")
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'lokum'"
    assert _ask(server, owner) == "lokum_migrator"
    wanted = (
        "SELECT count(*) FROM pg_extension WHERE extname IN ('btree_gist', 'pg_trgm', 'unaccent', 'citext', 'ltree')"
    )
    assert _ask(server, wanted) == "5"


def test_passwords_are_private_and_needed(server: postgres.Server) -> None:
    server.start()
    file = server.folder / "server.json"
    assert file.stat().st_mode & 0o777 == 0o600
    facts = json.loads(file.read_text(encoding="utf-8"))
    done = subprocess.run(
        [server.programs["psql"], "-Xw", "-h", "127.0.0.1", "-p", str(facts["port"]), "-U", "lokum_app", "lokum"],
        env={"PATH": os.environ["PATH"], "PGPASSWORD": "wrong"},
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode != 0


def test_rows_outlive_a_stop_and_a_kill(server: postgres.Server) -> None:
    server.start()
    _ask(server, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    assert server.stop()
    assert not server.stop()
    server.start()
    assert _ask(server, "SELECT count(*) FROM kept") == "1000"
    os.kill(_pid(server), signal.SIGKILL)
    server.start()
    assert _ask(server, "SELECT count(*) FROM kept") == "1000"


def test_a_taken_port_is_exchanged(server: postgres.Server) -> None:
    import socket

    server.start()
    server.stop()
    with socket.socket() as other:
        other.bind(("127.0.0.1", server.facts["port"]))
        other.listen()
        before = server.facts["port"]
        server.start()
        assert server.facts["port"] != before
        assert _ask(server, "SELECT 1") == "1"


def test_parallel_starts_make_one_server(server: postgres.Server) -> None:
    starts = [subprocess.Popen([*LAUNCH, "url"], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    addresses = {start.communicate(timeout=120)[0] for start in starts}
    assert len(addresses) == 1
    assert addresses.pop().startswith("postgres://lokum_app:")


def test_the_last_user_stops_the_server(server: postgres.Server) -> None:
    other = postgres.Server()
    with server.in_use():
        with other.in_use():
            pass
        assert server.is_running()
    assert not server.is_running()


def test_a_server_started_by_hand_stays(server: postgres.Server) -> None:
    server.start(keep=True)
    with server.in_use():
        pass
    assert server.is_running()


def test_data_of_another_version_is_not_touched(server: postgres.Server) -> None:
    server.start()
    server.stop()
    version = server.data / "PG_VERSION"
    version.write_text("14\n", encoding="ascii")
    with pytest.raises(Trouble, match="belongs to PostgreSQL 14"):
        server.start()


def test_no_server_at_all_is_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LOKUM_POSTGRES_BIN", str(tmp_path))
    with pytest.raises(Trouble, match="DATABASE_URL"):
        binaries.find_programs()


def test_an_address_of_ones_own_is_used_for_all_roles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://me:secret@db.example:5432/lokum")
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgres://owner:secret@db.example:5432/lokum")
    monkeypatch.delenv("DATABASE_JOBS_URL", raising=False)
    with postgres.database() as variables:
        assert variables["DATABASE_OWNER_URL"].startswith("postgres://owner:")
        assert variables["DATABASE_JOBS_URL"] == variables["DATABASE_URL"]


def test_an_address_of_another_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://me@db.example/lokum")
    with pytest.raises(Trouble, match="postgres://"), postgres.database():
        pass
