"""`make check`: every rule that needs no test run. Prints a line per rule, then what failed."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Check:
    name: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    check: Check
    code: int
    output: str
    seconds: float


def _module(name: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", name, *arguments)


CHECKS = (
    Check("types", _module("mypy")),
    Check("style", _module("ruff", "check", ".")),
    Check("format", _module("ruff", "format", "--check", ".")),
    Check("layers", (str(Path(sys.executable).with_name("lint-imports")),)),
    Check("templates", _module("tools.templates")),
    Check("budgets", _module("tools.budgets")),
    Check("system", (sys.executable, "manage.py", "check")),
    Check("migrations", (sys.executable, "manage.py", "makemigrations", "--check", "--dry-run")),
    Check("catalogues", _module("tools.catalogues", "check")),
)


def _run(check: Check) -> Outcome:
    started = time.monotonic()
    done = subprocess.run(
        check.command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return Outcome(check, done.returncode, done.stdout, time.monotonic() - started)


def main() -> int:
    wanted = sys.argv[1:]
    unknown = set(wanted) - {check.name for check in CHECKS}
    if unknown:
        print(f"No such check: {', '.join(sorted(unknown))}; there are {', '.join(c.name for c in CHECKS)}")
        return 2
    chosen = [check for check in CHECKS if not wanted or check.name in wanted]
    failed = []
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for outcome in pool.map(_run, chosen):
            word = "ok" if outcome.code == 0 else "FAILED"
            print(f"{outcome.check.name:<12}{word:<8}{outcome.seconds:5.1f} s", flush=True)
            if outcome.code:
                failed.append(outcome)
    for outcome in failed:
        print(f"\n--- {outcome.check.name} ---\n{outcome.output.rstrip()}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
