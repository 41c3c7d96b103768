"""A register of about fifty lines gets list, form, sheets, API, search, history and rights; docs/add-a-register.md."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent


@pytest.mark.slow
def test_a_new_register_works_from_its_declaration(database_environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.toys.check"],
        cwd=HERE.parent.parent,
        env=database_environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-4000:]


def test_it_is_no_longer_than_the_guide_promises() -> None:
    written = [line for path in (HERE / "trees").glob("*.py") for line in path.read_text().splitlines() if line.strip()]
    assert len(written) < 80
