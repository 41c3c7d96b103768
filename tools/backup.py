"""Backup and restore of one installation: database and files, to a chosen moment.

With the embedded server a backup folder holds

    backup.json      which server it belongs to, and when its base copies were made
    base/MOMENT/     base copies of the whole server (pg_basebackup, compressed)
    wal/             its log archive, written by the server itself from the first backup on, at least every minute
    files/           the file store, content under its hash; new files are copied here as they are stored

so that any moment since the first base copy can be brought back. For a server of one's own (DATABASE_URL) the folder
holds a dump of one moment and the files; moments in between are the business of that server's own tools.
"""

import datetime as dt
import json
import os
import shutil
import subprocess
import tarfile
import time
from pathlib import Path
from typing import Any

from tools import binaries
from tools.console import Trouble, say, state_folder, write_private
from tools.postgres import SUPERUSER, Server
from tools.recovery import RecoveringServer

STAMP = "%Y%m%dT%H%M%SZ"
MIRROR_MARK = ".mirror"  # read by lokum.core.annex.store
# Row policies hide every row from a reader who does not say that it reaches everything.
WHOLE = {"PGOPTIONS": "-c lokum.reach=all"}


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def parse_moment(text: str) -> dt.datetime:
    """An ISO moment; without an offset it is local time. Raises Trouble."""
    try:
        return dt.datetime.fromisoformat(text).astimezone(dt.UTC)
    except ValueError:
        raise Trouble(f"{text} is no moment. Write it as 2026-11-21T14:30:00 or 2026-11-21T14:30:00+01:00.")


def backup(folder: Path) -> int:
    """Make a base copy (or a dump) in `folder` and keep the log archive running into it."""
    folder = folder.resolve()
    if os.environ.get("DATABASE_URL"):
        return _dump(folder)
    server = RecoveringServer()
    with server.in_use():
        _physical(server, folder)
    return 0


def restore(folder: Path, moment: dt.datetime | None, replace: bool) -> int:
    folder = folder.resolve()
    facts = _read_facts(folder)
    if not facts:
        raise Trouble(f"{folder} holds no backup of Lokum.")
    if os.environ.get("DATABASE_URL"):
        return _load(folder, facts, moment)
    if not facts.get("system"):
        raise Trouble("This backup is a dump; it is loaded into the server that DATABASE_URL names.")
    server = RecoveringServer()
    _bring_back(server, folder, facts, moment, replace)
    return 0


# --- the folder -----------------------------------------------------------------------------------------------------


def _read_facts(folder: Path) -> dict[str, Any]:
    try:
        facts: dict[str, Any] = json.loads((folder / "backup.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return facts


def _write_facts(folder: Path, facts: dict[str, Any]) -> None:
    write_private(folder / "backup.json", json.dumps(facts, indent=1))


def _copy_missing(source: Path, target: Path) -> int:
    """Copy what `target` lacks; content lies under its hash, so what is there is the same. Returns how many."""
    copied = 0
    for path in source.glob("*/*/*"):
        if path.name.startswith(".") or not path.is_file():
            continue
        place = target / path.relative_to(source)
        if place.exists():
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        partial = place.with_name(f".part-{os.getpid()}-{place.name}")
        shutil.copy2(path, partial)
        partial.replace(place)
        copied += 1
    return copied


def _keep_files(folder: Path) -> None:
    """Copy the file store, and leave the mark by which new files are copied as they are stored."""
    store, target = state_folder() / "files", folder / "files"
    store.mkdir(exist_ok=True)
    target.mkdir(exist_ok=True)
    mark = store / MIRROR_MARK
    partial = store / f"{MIRROR_MARK}.{os.getpid()}"
    partial.write_text(str(target), encoding="utf-8")
    partial.replace(mark)  # before the copy, so that no file falls between
    count = _copy_missing(store, target)
    say(f"Files: {count} copied, {sum(1 for _one in target.glob('*/*/*'))} kept.")


# --- embedded server: base copies and log archive -------------------------------------------------------------------


def _ask(server: Server, question: str) -> str:
    done = server.psql("-Atqc", question, "-d", "postgres", capture_output=True, text=True)
    if done.returncode:
        raise Trouble(f"The database did not answer:\n{done.stderr}")
    return str(done.stdout).strip()


def _archive_settings(wal: Path) -> dict[str, str]:
    """Settings by which the server files finished log segments; a segment filed before a crash is the same again."""
    target = str(wal / "%f.gz").replace("'", "'\\''")
    partial = target.replace("%f.gz", ".%f.part")
    command = f"test -e '{target}' || (gzip -1 -c '%p' > '{partial}' && sync '{partial}' && mv '{partial}' '{target}')"
    return {"archive_command": command, "archive_timeout": "60s"}


def _physical(server: RecoveringServer, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    system = _ask(server, "SELECT system_identifier FROM pg_control_system()")
    facts = _read_facts(folder) or {"system": system, "major": server.programs.major, "bases": []}
    if facts.get("system") != system:
        raise Trouble(f"{folder} holds the backup of another server; choose an empty folder.")
    if _ask(server, "SHOW archive_mode") != "on":
        raise Trouble("The server was started by an older version; stop it and start it again first (make stop).")
    wal = folder / "wal"
    if server.account.uid != os.geteuid():
        folder.chmod(0o711)  # the server's user passes through to wal/
    if not binaries.own_folder(wal, server.account):
        raise Trouble(
            f"The server runs as another user (uid {server.account.uid}) who cannot write in {folder}; "
            "choose a folder whose parents everyone may enter."
        )
    server.use_settings(_archive_settings(wal))
    _keep_files(folder)
    stamp = _now().strftime(STAMP)
    place = folder / "base" / stamp
    partial = folder / "base" / f".part-{stamp}"
    shutil.rmtree(partial, ignore_errors=True)
    partial.parent.mkdir(exist_ok=True)
    say("Copying the database ...")
    environment = {**os.environ, "PGPASSWORD": server.facts["passwords"][SUPERUSER]}
    options = ["-h", server.facts["socket"], "-p", str(server.facts["port"]), "-U", SUPERUSER]
    done = subprocess.run(
        [server.programs["pg_basebackup"], *options, "-D", str(partial), "-Ft", "-z", "-X", "stream", "-c", "fast"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        shutil.rmtree(partial, ignore_errors=True)
        raise Trouble(f"The base copy did not work:\n{done.stderr}")
    partial.rename(place)
    facts["bases"] = [*facts["bases"], {"moment": stamp, "finished_at": _now().isoformat()}]
    _write_facts(folder, facts)
    close_segment(server)
    say(f"Base copy {stamp} made; from now on every minute of the log goes to {wal}.")


def close_segment(server: Server, seconds: float = 60) -> None:
    """Send what is in the log now to the archive and wait until it has arrived."""
    name = _ask(server, "SELECT pg_walfile_name(pg_switch_wal() - 1)")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        last, failed = _ask(
            server, "SELECT coalesce(last_archived_wal, '') || ' ' || failed_count FROM pg_stat_archiver"
        ).split(" ")
        if last >= name:
            return
        time.sleep(0.2)
    raise Trouble(f"The log archive does not move on ({failed} failures); look into the server's log.")


# --- embedded server: bringing back ---------------------------------------------------------------------------------


def _choose_base(folder: Path, facts: dict[str, Any], moment: dt.datetime | None) -> Path:
    """The newest base copy that was finished before `moment`."""
    bases = [one for one in facts["bases"] if (folder / "base" / one["moment"]).is_dir()]
    usable = [one for one in bases if moment is None or dt.datetime.fromisoformat(one["finished_at"]) <= moment]
    if not usable:
        first = bases[0]["finished_at"] if bases else "-"
        raise Trouble(f"No base copy is older than that moment; the first one was finished at {first}.")
    return folder / "base" / str(max(one["moment"] for one in usable))


def _bring_back(
    server: RecoveringServer, folder: Path, facts: dict[str, Any], moment: dt.datetime | None, replace: bool
) -> None:
    if facts["major"] != server.programs.major:
        raise Trouble(f"The backup is of PostgreSQL {facts['major']}, the server here is {server.programs.major}.")
    base = _choose_base(folder, facts, moment)
    with server.for_restoring() as fresh:
        if server.data.exists():
            if not replace:
                raise Trouble("There is a database already. To set it aside and restore: --replace")
            server.stop_now()
            aside = server.data.with_name(f"data.before-{_now().strftime(STAMP)}")
            server.data.rename(aside)
            say(f"The present database lies in {aside} now; remove it when all is well.")
        say(f"Unpacking the base copy {base.name} ...")
        shutil.rmtree(fresh, ignore_errors=True)
        _unpack(base, fresh)
        wal = _readable_wal(server, folder / "wal")
        recovery = {"restore_command": _fetch_command(wal)}
        if moment is not None:
            recovery |= {"recovery_target_time": moment.isoformat(sep=" "), "recovery_target_action": "promote"}
        server.recover(fresh, recovery)
    copied = _copy_missing(folder / "files", state_folder() / "files")
    say(f"Files: {copied} brought back.")


def _unpack(base: Path, data: Path) -> None:
    data.mkdir(mode=0o700)
    with tarfile.open(base / "base.tar.gz") as archive:
        archive.extractall(data, filter="data")
    with tarfile.open(base / "pg_wal.tar.gz") as archive:
        archive.extractall(data / "pg_wal", filter="data")


def _readable_wal(server: RecoveringServer, wal: Path) -> Path:
    """The log archive where the server's user can read it: as it lies, or a copy beside the data."""
    if binaries.may_use(server.account, wal):
        return wal
    copy = server.home / "restore-wal"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(wal, copy)
    server.give(copy)
    return copy


def _fetch_command(wal: Path) -> str:
    source = str(wal / "%f.gz").replace("'", "'\\''")
    return f"test -e '{source}' && gzip -d -c '{source}' > '%p'"


# --- a server of one's own ------------------------------------------------------------------------------------------


def _owner_address() -> str:
    return os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"]


def _client(program: str, *arguments: str) -> None:
    """Run a PostgreSQL client program of at least the version found here."""
    programs = binaries.find_programs()
    done = subprocess.run(
        [programs[program], *arguments],
        env={**os.environ, **WHOLE},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Trouble(f"{program} did not work:\n{done.stderr}")


def _dump(folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    facts = _read_facts(folder) or {"dumps": []}
    if "dumps" not in facts:
        raise Trouble(f"{folder} holds the backup of an embedded server; choose an empty folder.")
    stamp = _now().strftime(STAMP)
    partial = folder / f".part-{stamp}.dump"
    say("Dumping the database ...")
    _client("pg_dump", "-Fc", "--enable-row-security", "--no-comments", "-f", str(partial), _owner_address())
    partial.rename(folder / f"{stamp}.dump")
    _keep_files(folder)  # after the dump: every file it names is there already
    facts["dumps"] = [*facts["dumps"], stamp]
    _write_facts(folder, facts)
    say(f"Dump {stamp} made.")
    return 0


def _load(folder: Path, facts: dict[str, Any], moment: dt.datetime | None) -> int:
    """Load the newest dump (made before `moment`) into an empty database."""
    dumps = sorted(facts.get("dumps", []))
    usable = [one for one in dumps if moment is None or one <= moment.strftime(STAMP)]
    if not usable:
        raise Trouble("This folder holds no dump from before that moment.")
    programs = binaries.find_programs()
    asked = subprocess.run(
        [programs["psql"], "-XAtqc", "SELECT to_regclass('public.django_migrations') IS NULL", _owner_address()],
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.stdout.strip() != "t":
        raise Trouble(asked.stderr or "There is a database already; restore into an empty one.")
    say(f"Loading the dump {usable[-1]} ...")
    dump = str(folder / f"{usable[-1]}.dump")
    _client("pg_restore", "--no-owner", "--exit-on-error", "-1", "-d", _owner_address(), dump)
    say(f"Files: {_copy_missing(folder / 'files', state_folder() / 'files')} brought back.")
    return 0
