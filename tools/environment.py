"""The Python environment in .venv: made once, kept equal to the hashed lock.

With `uv` on the PATH that one is used. Without it, `python3 -m venv` makes .venv and the pinned uv is
installed into it. A .venv that is a symbolic link belongs to somebody else and is left alone.
"""

import fcntl
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from shutil import rmtree, which

from tools.console import ROOT, Trouble, apt_install, say, state_folder

VENV = ROOT / ".venv"
LOCKS = ROOT / "requirements"
STAMP = VENV / ".lokum-locks.json"


def python_path() -> Path:
    return VENV / "bin" / "python"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _recorded() -> dict[str, str]:
    try:
        return dict(json.loads(STAMP.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _run(command: Sequence[str | Path], what: str) -> None:
    done = subprocess.run(command, check=False, cwd=ROOT)
    if done.returncode:
        raise Trouble(f"{what} did not work (exit code {done.returncode}): {' '.join(map(str, command))}")


def _has_ensurepip() -> bool:
    probe = [sys.executable, "-c", "import ensurepip, venv"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def _make_venv_without_uv() -> None:
    """Make .venv by the standard library and put the pinned uv into it."""
    if not _has_ensurepip():
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        if not (apt_install(f"python{version}-venv") or apt_install("python3-venv")) or not _has_ensurepip():
            raise Trouble(
                "Python's venv module is incomplete on this machine. Type this once and try again:\n"
                f"    sudo apt install python{version}-venv"
            )
    if not python_path().exists():
        rmtree(VENV, ignore_errors=True)
        _run([sys.executable, "-m", "venv", VENV], "Making the Python environment")
    pip: list[str | Path] = [python_path(), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    _run([*pip, "--require-hashes", "-r", LOCKS / "uv.txt"], "Installing uv")


def uv_path(make: bool = True) -> Path | None:
    """The uv program to use: from the PATH, else from .venv (made when `make`)."""
    found = which("uv")
    if found:
        return Path(found)
    own = VENV / "bin" / "uv"
    if not own.exists() and make:
        _make_venv_without_uv()
    return own if own.exists() else None


def _write_console_script() -> None:
    """Give .venv the `lokum` command for this checkout, without building a package."""
    site = next((VENV / "lib").glob("python3*/site-packages"), None)
    if site is not None:
        (site / "lokum-checkout.pth").write_text(f"{ROOT}\n", encoding="utf-8")
    script = VENV / "bin" / "lokum"
    text = f"#!{python_path()}\nimport sys\n\nfrom lokum.commands import main\n\nsys.exit(main())\n"
    script.write_text(text, encoding="utf-8")
    script.chmod(0o755)


def sync(dev: bool = False) -> Path:
    """Bring .venv to the state of the lock and return its python. Free when nothing changed."""
    if sys.version_info < (3, 11):  # noqa: UP036 - the launcher is started by whatever python3 is there
        raise Trouble(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
    if VENV.is_symlink():
        if not python_path().exists():
            raise Trouble(f"{VENV} is a symbolic link to nowhere; remove it or repair it.")
        return python_path()
    wanted = "dev" if dev else "run"
    with (state_folder() / "environment.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        digests = {name: _digest(LOCKS / f"{name}.txt") for name in ("run", "dev")}
        if _recorded().get(wanted) == digests[wanted] and python_path().exists():
            return python_path()
        say(f"Installing the Python packages of requirements/{wanted}.txt ...")
        uv = uv_path()
        if uv is None:
            raise Trouble("uv could not be installed; see the messages above.")
        if not python_path().exists():
            _run([uv, "venv", "-q", "--python", sys.executable, VENV], "Making the Python environment")
        STAMP.unlink(missing_ok=True)
        # uv spares itself and pip when it takes away what the lock does not name.
        command: list[str | Path] = [uv, "pip", "sync", "-q", "--require-hashes", "--python", python_path()]
        _run([*command, LOCKS / f"{wanted}.txt"], "Installing the packages")
        _write_console_script()
        kept = digests if dev else {"run": digests["run"]}
        STAMP.write_text(json.dumps(kept), encoding="utf-8")
    return python_path()


def lock() -> None:
    """Make the hashed locks again from pyproject.toml; they name no index address."""
    uv = uv_path()
    if uv is None:
        raise Trouble("uv is needed to make the locks.")
    base: list[str | Path] = [
        uv,
        "pip",
        "compile",
        "-q",
        "--universal",
        "--python-version",
        "3.11",
        "--generate-hashes",
    ]
    base += ["--no-emit-index-url", "--no-header", "--no-annotate"]
    if "--upgrade" in sys.argv:
        base.append("--upgrade")
    run, dev = LOCKS / "run.txt", LOCKS / "dev.txt"
    project = ROOT / "pyproject.toml"
    _run([*base, "--group", "local", project, "-o", run], "Locking")
    _run([*base, "--group", "local", "--group", "dev", "-c", run, project, "-o", dev], "Locking")
    _run([*base, LOCKS / "uv.in", "-o", LOCKS / "uv.txt"], "Locking")


def child_environment(**extra: str) -> dict[str, str]:
    """The environment of our child processes: .venv first on the PATH, no foreign Python settings."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONHOME", "PYTHONPATH")}
    environment["VIRTUAL_ENV"] = str(VENV)
    environment["PATH"] = f"{VENV / 'bin'}:{environment.get('PATH', '/usr/bin:/bin')}"
    return {**environment, **extra}
