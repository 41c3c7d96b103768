"""The `lokum` program is Django's command line under the product's name."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_program_lists_its_commands() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    module, function = scripts["lokum"].split(":")
    code = f"import sys; from {module} import {function}; sys.argv = ['lokum', 'help', '--commands']; {function}()"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=os.environ, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert b"migrate" in done.stdout.split()
