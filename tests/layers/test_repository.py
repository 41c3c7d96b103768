"""What must not lie in the repository: secrets, addresses of package indexes, files that are made."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|xox[baprs]-[0-9A-Za-z-]{20}"
)
MADE = (".mo", ".pyc", ".sqlite3", ".log")


def tracked_files() -> list[Path]:
    done = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("not run: this is not a checkout")
    return [ROOT / name for name in done.stdout.split("\0") if name]


def test_no_secret_and_no_made_file_is_kept() -> None:
    wrong = []
    for path in tracked_files():
        if path.suffix in MADE or "var" in path.relative_to(ROOT).parts[:1]:
            wrong.append(f"{path.relative_to(ROOT)} is made, not written")
        elif path.is_file() and path.stat().st_size < 2_000_000:
            text = path.read_text(encoding="utf-8", errors="ignore")
            if SECRETS.search(text) and path != Path(__file__).resolve():
                wrong.append(f"{path.relative_to(ROOT)} holds what looks like a secret")
    assert wrong == []


@pytest.mark.parametrize("name", ["run", "dev", "uv"])
def test_locks_are_hashed_and_name_no_index(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text
    packages = [line for line in text.splitlines() if re.match(r"[a-z0-9]", line)]
    assert packages
    assert all("==" in line for line in packages)
    assert text.count("--hash=sha256:") >= len(packages)


def test_the_tests_lock_holds_everything_that_runs() -> None:
    def pins(name: str) -> set[str]:
        text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        return {line.split()[0] for line in text.splitlines() if re.match(r"[a-z0-9]", line)}

    assert pins("run") <= pins("dev")


def test_the_locks_follow_the_project() -> None:
    """A dependency added to pyproject.toml is in the lock as well (`make lock`)."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]

    def names(wanted: list[str]) -> set[str]:
        return {re.split(r"[^A-Za-z0-9._-]", text, maxsplit=1)[0].lower().replace("_", "-") for text in wanted}

    def locked(name: str) -> set[str]:
        text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        return {line.split("==")[0] for line in text.splitlines() if re.match(r"[a-z0-9]", line)}

    assert names([*project["project"]["dependencies"], *groups["local"]]) - locked("run") == set()
    assert names(groups["dev"]) - locked("dev") == set()
