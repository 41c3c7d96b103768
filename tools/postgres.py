"""The embedded PostgreSQL server: made once, kept across restarts, stopped cleanly.

State lives in var/pg (var/pg-<major> for a server of the distribution): `server.json` with port and
passwords (readable by the owner only) and the folder `server` with `data`, `run` (socket) and `log`. When the
server's user cannot reach the checkout, that folder lies outside and server.json names it. Two locks keep
parallel commands apart: `lock` while starting or stopping, `in-use` (shared) while the server is needed.
"""

import fcntl
import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from tools import binaries
from tools.console import Trouble, say, state_folder, write_private

DATABASE = "lokum"
SUPERUSER = "postgres"
ROLES = {"app": "lokum_app", "owner": "lokum_migrator", "jobs": "lokum_jobs"}
VARIABLES = {"app": "DATABASE_URL", "owner": "DATABASE_OWNER_URL", "jobs": "DATABASE_JOBS_URL"}
EXTENSIONS = ("btree_gist", "pg_trgm", "unaccent", "citext", "ltree")
SOCKET_PATH_LIMIT = 107
PREPARED = 1  # raise it when _prepare_roles changes; it then runs again on the next start

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    "effective_cache_size": "2GB",
    "random_page_cost": "1.1",
    "max_connections": "100",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
    "logging_collector": "on",
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_min_duration_statement": "5s",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    # The log archive is ready but keeps nothing until `backup` names a folder (tools/backup.py): switching it on
    # is then a reload, not a restart.
    "archive_mode": "on",
    "archive_command": "true",
}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def setting_line(key: str, value: str) -> str:
    """A line of a configuration file."""
    quoted = value.replace("\\", "\\\\").replace("'", "''")
    return f"{key} = '{quoted}'\n"


class Server:
    """One server in one state folder."""

    def __init__(self) -> None:
        self.programs = binaries.find_programs()
        self.account = binaries.choose_account()
        name = "pg" if self.programs.embedded else f"pg-{self.programs.major}"
        self.folder = state_folder() / name
        self.folder.mkdir(exist_ok=True)
        self.facts: dict[str, Any] = {}
        self._read_facts()

    # --- what is recorded -------------------------------------------------------------------------

    def _read_facts(self) -> None:
        try:
            self.facts = json.loads((self.folder / "server.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            self.facts = {}
        except PermissionError:
            raise Trouble(f"{self.folder} belongs to another user; use the same user, or another LOKUM_STATE.")

    def _write_facts(self) -> None:
        write_private(self.folder / "server.json", json.dumps(self.facts, indent=1))

    @property
    def home(self) -> Path:
        return Path(self.facts["home"])

    @property
    def data(self) -> Path:
        return self.home / "data"

    def url(self, role: str = "app", database: str = DATABASE) -> str:
        name = ROLES.get(role, role)
        return f"postgres://{name}:{self.facts['passwords'][name]}@127.0.0.1:{self.facts['port']}/{database}"

    def variables(self) -> dict[str, str]:
        """Environment variables that tell Django where the database is, one address per role."""
        return {variable: self.url(role) for role, variable in VARIABLES.items()}

    # --- locks --------------------------------------------------------------------------------------

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.folder / "lock").open("w") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            self._read_facts()
            yield

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep the server running for this block; the last user out stops it unless it is to be kept."""
        with (self.folder / "in-use").open("w") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH)
            try:
                self.start()
                yield
            finally:
                if not self._kept.exists() and only_user(stream):
                    self.stop()

    @property
    def _kept(self) -> Path:
        return self.folder / "kept"

    # --- programs -----------------------------------------------------------------------------------

    def _run(self, program: str, *arguments: str, wait: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a server program as the server's user."""
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
        # Output goes to a file: the server inherits it, and a pipe would never see its end.
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
            done = subprocess.run(
                [self.programs[program], *arguments],
                cwd=self.home,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=wait,
                check=False,
                **self.account.as_options(),  # type: ignore[call-overload]
            )
            output.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, output.read(), "")

    def psql(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run psql as the database superuser over the socket."""
        environment = {**os.environ, "PGPASSWORD": self.facts["passwords"][SUPERUSER]}
        environment |= {
            "PGHOST": self.facts["socket"],
            "PGPORT": str(self.facts["port"]),
            "PGUSER": SUPERUSER,
        }
        environment.pop("PGSERVICE", None)
        return subprocess.run([self.programs["psql"], "-X", *arguments], env=environment, check=False, **options)

    def _sql(self, text: str, database: str) -> None:
        done = self.psql("-q", "-v", "ON_ERROR_STOP=1", "-d", database, input=text, text=True, capture_output=True)
        if done.returncode:
            raise Trouble(f"Preparing the database did not work:\n{done.stderr}")

    # --- making -------------------------------------------------------------------------------------

    def _choose_home(self) -> None:
        """Pick the folder for data, socket and log, and settle port and passwords."""
        if "home" not in self.facts:
            for place in [self.folder / "server", *binaries.outside_folders(self.folder)]:
                if binaries.own_folder(place, self.account):
                    self.facts["home"] = str(place)
                    break
            else:
                raise Trouble("No folder was found where the PostgreSQL server may keep its data.")
            names = [SUPERUSER, *ROLES.values()]
            self.facts["passwords"] = {name: secrets.token_urlsafe(24) for name in names}
            self.facts["port"] = _free_port()
            self._write_facts()
        elif not binaries.own_folder(self.home, self.account):
            raise Trouble(f"The folder {self.home} with the data of the PostgreSQL server cannot be used.")
        self.programs = binaries.reachable_programs(self.programs, self.account, self.home)

    def _make_cluster(self) -> None:
        version = self.data / "PG_VERSION"
        if version.exists():
            found = version.read_text(encoding="ascii").strip()
            if found != str(self.programs.major):
                raise Trouble(
                    f"The data in {self.data} belongs to PostgreSQL {found}, the server here is "
                    f"{self.programs.major}.\nDump it with the old server and load it into the new one "
                    "(docs/operation.md), or set LOKUM_STATE to a new folder."
                )
            return
        say("Making the PostgreSQL database cluster ...")
        fresh = self.home / "data.partial"  # renamed at the end: a cluster is there whole or not at all
        shutil.rmtree(fresh, ignore_errors=True)
        password = self.home / "password"
        write_private(password, self.facts["passwords"][SUPERUSER] + "\n")
        os.chown(password, self.account.uid, self.account.gid)
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        if self.programs.major < 17:
            locale = ["--locale=C.UTF-8"]
        try:
            done = self._run(
                "initdb",
                *("-D", str(fresh), "-U", SUPERUSER, "-E", "UTF8", *locale),
                *("--auth=scram-sha-256", f"--pwfile={password}", "--data-checksums", "--no-instructions"),
            )
        finally:
            password.unlink()
        if done.returncode:
            raise Trouble(f"initdb did not work:\n{done.stdout}")
        with (fresh / "postgresql.conf").open("a", encoding="utf-8") as stream:
            stream.write("\ninclude = 'lokum.conf'\n")
        fresh.rename(self.data)
        self.facts.pop("prepared", None)

    def _write_settings(self) -> None:
        """Write lokum.conf anew; settings of one's own go into postgresql.auto.conf by ALTER SYSTEM."""
        place = self.home / "run"
        if len(str(place / ".s.PGSQL.65535.lock")) > SOCKET_PATH_LIMIT:
            place = binaries.outside_folders(self.folder)[-1]
        if not binaries.own_folder(place, self.account):
            raise Trouble(f"The folder {place} for the server's socket cannot be used.")
        if not _port_is_free(self.facts["port"]):
            self.facts["port"] = _free_port()
        self.facts["socket"] = str(place)
        settings = {**SETTINGS, "port": str(self.facts["port"]), "unix_socket_directories": str(place)}
        settings["log_directory"] = str(self.home / "log")
        settings |= self.facts.get("settings", {})
        shared = Path("/dev/shm")
        if not shared.is_dir() or shutil.disk_usage(shared).total < 512 * 2**20:
            settings["dynamic_shared_memory_type"] = "mmap"  # small /dev/shm of containers
        path = self.data / "lokum.conf"
        write_private(path, "".join(setting_line(key, value) for key, value in settings.items()))
        os.chown(path, self.account.uid, self.account.gid)
        self._write_facts()

    def _prepare_roles(self) -> None:
        """Make roles, database and extensions; safe to repeat."""
        statements = []
        rights = {"lokum_migrator": "LOGIN CREATEDB", "lokum_app": "LOGIN", "lokum_jobs": "LOGIN"}
        for role, right in rights.items():
            password = self.facts["passwords"][role]
            statements.append(
                f"SELECT 'CREATE ROLE {role}' WHERE NOT EXISTS "
                f"(SELECT FROM pg_roles WHERE rolname = '{role}') \\gexec\n"
                f"ALTER ROLE {role} NOSUPERUSER NOBYPASSRLS NOCREATEROLE {right} PASSWORD '{password}';\n"
            )
        statements.append(
            f"SELECT 'CREATE DATABASE {DATABASE} OWNER lokum_migrator' WHERE NOT EXISTS "
            f"(SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec\n"
        )
        extensions = "".join(f"CREATE EXTENSION IF NOT EXISTS {name};\n" for name in EXTENSIONS)
        # template1 first: databases made later by the migrator (test databases) get the extensions too.
        self._sql(extensions, "template1")
        self._sql("".join(statements), "postgres")
        self._sql(extensions, DATABASE)
        self.facts["prepared"] = PREPARED
        self._write_facts()

    # --- running ------------------------------------------------------------------------------------

    def is_running(self) -> bool:
        """Is there a live server? One that was just killed counts as gone once its process has left."""
        if "home" not in self.facts or not (self.data / "postmaster.pid").exists():
            return False
        for _ in range(50):
            if self._run("pg_ctl", "status", "-D", str(self.data)).returncode != 0:
                return False
            if self._accepts():
                return True
            time.sleep(0.1)
        return True

    def _accepts(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(f"{self.facts['socket']}/.s.PGSQL.{self.facts['port']}")
            except OSError:
                return False
        return True

    def _launch(self, seconds: int = 90) -> None:
        log = self.home / "log"
        binaries.own_folder(log, self.account)
        command = ["start", "-D", str(self.data), "-w", "-t", str(seconds), "-s", "-l", str(log / "start.log")]
        for attempt in range(20):
            done = self._run("pg_ctl", *command, wait=seconds + 30)
            if done.returncode == 0:
                return
            if attempt < 19 and "pre-existing shared memory block" in self._log_tail():
                time.sleep(0.5)  # children of a killed server are still leaving
                continue
            break
        raise Trouble(f"The PostgreSQL server did not start:\n{done.stdout}{self._log_tail()}")

    def _log_tail(self) -> str:
        """The end of the newest log files, for the message of a failed start."""
        logs = sorted((self.home / "log").glob("*.log"), key=lambda path: path.stat().st_mtime)
        return "".join(path.read_text(encoding="utf-8", errors="replace")[-1500:] for path in logs[-2:])

    def start(self, keep: bool = False) -> None:
        """Start the server unless it runs; with `keep` it stays up until `stop`."""
        with self._locked():
            if keep:
                self._kept.touch()
            if "home" in self.facts:
                self.programs = binaries.reachable_programs(self.programs, self.account, self.home)
            if not self.is_running():
                self._choose_home()
                self._make_cluster()
                self._write_settings()
                self._launch()
            if self.facts.get("prepared") != PREPARED:
                self._prepare_roles()

    def stop(self) -> bool:
        """Stop the server and wait for it; False when it did not run."""
        with self._locked():
            self._kept.unlink(missing_ok=True)
            if "home" in self.facts:
                self.programs = binaries.reachable_programs(self.programs, self.account, self.home)
            if not self.is_running():
                return False
            for mode, seconds in (("fast", "60"), ("immediate", "20")):
                done = self._run("pg_ctl", "stop", "-D", str(self.data), "-m", mode, "-w", "-t", seconds, "-s")
                if done.returncode == 0:
                    return True
            raise Trouble(f"The PostgreSQL server did not stop:\n{done.stdout}")

    def reset(self) -> None:
        """Stop the server and remove its data; the next start makes an empty database."""
        self.stop()
        with self._locked():
            if "home" in self.facts:
                shutil.rmtree(self.home, ignore_errors=True)
            (self.folder / "server.json").unlink(missing_ok=True)
            self.facts = {}


def only_user(stream: IO[str]) -> bool:
    """Turn our shared lock into the only one; False while others hold theirs."""
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def database(keep: bool = False) -> Iterator[dict[str, str]]:
    """Environment variables of a running database, the user's own or the embedded one, for one block."""
    own = os.environ.get("DATABASE_URL")
    if own:
        if not own.startswith(("postgres://", "postgresql://")):
            raise Trouble("DATABASE_URL must look like postgres://user:password@host:port/name")
        yield {variable: os.environ.get(variable) or own for variable in VARIABLES.values()}
        return
    server = Server()
    if keep:
        server.start(keep=True)
    with server.in_use():
        yield server.variables()
