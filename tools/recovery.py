"""The embedded server while it is backed up or brought back (tools/backup.py)."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.console import Trouble, write_private
from tools.postgres import SUPERUSER, Server, only_user, setting_line


class RecoveringServer(Server):
    def use_settings(self, values: dict[str, str]) -> None:
        """Keep settings of this installation besides SETTINGS and take them over at once."""
        with self._locked():
            self.facts["settings"] = {**self.facts.get("settings", {}), **values}
            self._write_facts()
            with (self.data / "lokum.conf").open("a", encoding="utf-8") as stream:
                stream.writelines(setting_line(key, value) for key, value in values.items())
        self._sql("SELECT pg_reload_conf();", "postgres")

    def give(self, folder: Path) -> None:
        """Make the server's user the owner of a folder with all that is in it."""
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, self.account.uid, self.account.gid, follow_symlinks=False)

    @contextmanager
    def for_restoring(self) -> Iterator[Path]:
        """The place for new data, with home, port and passwords settled; nobody starts the server meanwhile."""
        with (self.folder / "in-use").open("w") as stream, self._locked():
            if not only_user(stream):
                raise Trouble("The database is in use; stop Lokum first (make stop).")
            self._choose_home()
            yield self.home / "data.partial"

    def stop_now(self) -> None:
        """Stop the server inside `for_restoring`."""
        self._kept.unlink(missing_ok=True)
        if self.is_running():
            self._run("pg_ctl", "stop", "-D", str(self.data), "-m", "fast", "-w", "-t", "60", "-s")

    def recover(self, fresh: Path, recovery: dict[str, str]) -> None:
        """Take `fresh` for the data, replay the log archive as `recovery` says, and set our own passwords.

        Passwords of the old server are not in the backup. While they are set the server listens on the socket in
        its private folder only.
        """
        (fresh / "recovery.signal").touch()
        (fresh / "postgresql.auto.conf").touch()
        fresh.chmod(0o700)
        self.give(fresh)
        fresh.rename(self.data)
        self.facts.pop("settings", None)  # the archive of the old server is not written to before the next backup
        door = self.home / "hba-restore.conf"
        write_private(door, f"local all {SUPERUSER} trust\n")
        os.chown(door, self.account.uid, self.account.gid)
        self.facts["settings"] = {**recovery, "hba_file": str(door), "listen_addresses": ""}
        try:
            self._write_settings()
            self._launch(seconds=24 * 3600)
            self._wait_for_the_end_of_recovery()
            words = "".join(f"ALTER ROLE {name} PASSWORD '{word}';\n" for name, word in self.facts["passwords"].items())
            self._sql(words, "postgres")
        finally:
            self.facts.pop("settings", None)
            self._write_facts()
            self.stop_now()
            door.unlink(missing_ok=True)
            self._write_settings()

    def _wait_for_the_end_of_recovery(self) -> None:
        while True:
            done = self.psql("-Atqc", "SELECT pg_is_in_recovery()", "-d", "postgres", capture_output=True, text=True)
            if done.stdout.strip() == "f":
                return
            if self._run("pg_ctl", "status", "-D", str(self.data)).returncode != 0:
                raise Trouble(f"The log could not be replayed to that moment:\n{self._log_tail()}")
            time.sleep(0.2)
