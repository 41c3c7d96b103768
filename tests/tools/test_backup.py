"""Backup and restore: the change after the chosen moment is gone, everything before it is there, files included."""

import datetime as dt
import hashlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import backup, postgres
from tools.console import Trouble


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the server's user can enter, for its log archive (pytest's own folders are closed to others)."""
    folder = Path(tempfile.mkdtemp(prefix="lokum-backup-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def server(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[postgres.Server]:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("LOKUM_STATE", str(place / "state"))
    machine = postgres.Server()
    yield machine
    machine.reset()


def _ask(machine: postgres.Server, question: str) -> str:
    done = machine.psql("-Atc", question, "-d", "lokum", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return str(done.stdout).strip()


def _store(place: Path, text: str) -> Path:
    name = hashlib.sha256(text.encode()).hexdigest()
    path = place / "state" / "files" / name[:2] / name[2:4] / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.slow
@pytest.mark.req("PLT-36")
def test_a_chosen_moment_comes_back_into_an_empty_server(
    server: postgres.Server, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = place / "backup"
    server.start(keep=True)
    _ask(server, "CREATE TABLE story (n int); INSERT INTO story VALUES (1)")
    stored = _store(place, "a bank file")
    assert backup.backup(folder) == 0
    _ask(server, "INSERT INTO story VALUES (2)")  # only in the log archive, not in the base copy
    moment = dt.datetime.fromisoformat(_ask(server, "SELECT clock_timestamp()"))
    time.sleep(1.1)
    _ask(server, "INSERT INTO story VALUES (3)")
    backup.close_segment(server)
    server.stop()

    monkeypatch.setenv("LOKUM_STATE", str(place / "elsewhere"))
    empty = postgres.Server()
    try:
        assert backup.restore(folder, moment, replace=False) == 0
        empty.start()
        assert _ask(empty, "SELECT string_agg(n::text, ' ' ORDER BY n) FROM story") == "1 2"
        assert empty.url("app") != server.url("app")  # passwords of its own
        _ask(empty, "INSERT INTO story VALUES (4)")  # recovery is over
        brought = place / "elsewhere" / "files" / stored.relative_to(place / "state" / "files")
        assert brought.read_bytes() == stored.read_bytes()
        with pytest.raises(Trouble, match="already"):
            empty.stop()
            backup.restore(folder, None, replace=False)
        backup.restore(folder, None, replace=True)
        empty.start()
        assert _ask(empty, "SELECT string_agg(n::text, ' ' ORDER BY n) FROM story") == "1 2 3"
    finally:
        empty.reset()


def test_moments_out_of_reach_are_named(server: postgres.Server, place: Path) -> None:
    folder = place / "backup"
    server.start(keep=True)
    backup.backup(folder)
    server.stop()
    with pytest.raises(Trouble, match="first one was finished"):
        backup.restore(folder, dt.datetime(2020, 1, 1, tzinfo=dt.UTC), replace=True)
    with pytest.raises(Trouble, match="holds no backup"):
        backup.restore(place / "nothing", None, replace=True)
    with pytest.raises(Trouble, match="is no moment"):
        backup.parse_moment("yesterday")


@pytest.mark.slow
def test_a_folder_belongs_to_one_server(server: postgres.Server, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = place / "backup"
    server.start(keep=True)
    backup.backup(folder)
    server.stop()
    monkeypatch.setenv("LOKUM_STATE", str(place / "other"))
    other = postgres.Server()
    try:
        with pytest.raises(Trouble, match="another server"):
            backup.backup(folder)
    finally:
        other.reset()


def test_files_stored_after_the_backup_are_copied_at_once(place: Path, settings: object) -> None:
    from lokum.core.annex import store

    settings.FILE_STORE = place / "files"  # type: ignore[attr-defined]
    (place / "files").mkdir()
    (place / "files" / ".mirror").write_text(str(place / "copy"), encoding="utf-8")
    name = store.put(b"stored later")
    assert (place / "copy" / name[:2] / name[2:4] / name).read_bytes() == b"stored later"


@pytest.mark.req("PLT-36")
def test_a_dump_of_a_server_of_ones_own_goes_into_an_empty_database(
    server: postgres.Server, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.start(keep=True)
    _ask(server, "CREATE DATABASE empty OWNER lokum_migrator")
    owner = server.url("owner")
    monkeypatch.setenv("DATABASE_URL", server.url("app"))
    monkeypatch.setenv("DATABASE_OWNER_URL", owner)
    guarded = (
        "SET ROLE lokum_migrator; CREATE TABLE django_migrations (n int); INSERT INTO django_migrations VALUES (7);"
        "ALTER TABLE django_migrations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;"
        "CREATE POLICY p ON django_migrations USING (current_setting('lokum.reach', true) = 'all')"
    )
    _ask(server, guarded)
    stored = _store(place, "a scan")
    assert backup.backup(place / "dumps") == 0
    stored.unlink()
    monkeypatch.setenv("DATABASE_OWNER_URL", server.url("owner", "empty"))
    assert backup.restore(place / "dumps", None, replace=False) == 0
    assert stored.read_text(encoding="utf-8") == "a scan"
    done = server.psql("-Atc", "SELECT n FROM django_migrations", "-d", "empty", capture_output=True, text=True)
    assert done.stdout.strip() == "7"
    with pytest.raises(Trouble, match="already"):
        backup.restore(place / "dumps", None, replace=False)
    monkeypatch.delenv("DATABASE_URL")
