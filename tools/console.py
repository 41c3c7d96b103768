"""How the tools speak: short lines on standard error, so that standard output stays usable in pipes."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Trouble(Exception):
    """A condition the person at the keyboard can do something about; shown without a traceback."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def state_folder() -> Path:
    """Where the running installation keeps its files; made when missing."""
    folder = Path(os.environ.get("LOKUM_STATE") or ROOT / "var").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, replacing the old one at once or not at all."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    fresh.replace(path)


def is_root() -> bool:
    return os.geteuid() == 0


def apt_install(*packages: str) -> bool:
    """Install packages of a Debian family system; False where that is not possible or did not work."""
    from shutil import which

    if not is_root() or not which("apt-get"):
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    say(f"Installing {' '.join(packages)} ...")
    log = state_folder() / "apt.log"
    with log.open("ab") as stream:
        for attempt in (command, ["apt-get", "update", "-q"], command):
            done = subprocess.run(attempt, env=environment, stdout=stream, stderr=stream, check=False)
            if attempt is command and done.returncode == 0:
                return True
    say(f"The installation of {' '.join(packages)} did not work; see {log}")
    return False
