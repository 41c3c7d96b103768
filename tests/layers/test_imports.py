"""Rules about imports that the contracts in .importlinter cannot express."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WEB = (
    "django.http",
    "django.shortcuts",
    "django.views",
    "django.forms",
    "django.contrib.messages",
    "django.middleware",
    "django_htmx",
    "ninja",
)
# Where a file of these names (or folders) stands, the web has no business.
BEHIND_THE_WEB = {"models", "services", "queries"}
STANDARD_LIBRARY_ONLY = (
    "__init__",
    "binaries",
    "console",
    "environment",
    "launch",
    "postgres",
    "requirement_rows",
    "supervision",
)


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def web_imports(path: Path) -> list[str]:
    return [name for name in imports(path) if name in WEB or name.startswith(tuple(f"{web}." for web in WEB))]


def files_behind_the_web() -> list[Path]:
    found = []
    for path in sorted((ROOT / "lokum").rglob("*.py")):
        inside = path.relative_to(ROOT).with_suffix("").parts
        if "tests" not in inside and BEHIND_THE_WEB.intersection(inside):
            found.append(path)
    return found


@pytest.mark.parametrize("path", files_behind_the_web(), ids=lambda path: str(path.relative_to(ROOT)))
def test_models_services_and_queries_do_not_know_the_web(path: Path) -> None:
    assert sorted(set(web_imports(path))) == []


def test_the_check_sees_a_web_import(tmp_path: Path) -> None:
    file = tmp_path / "services.py"
    file.write_text("from django import forms\nfrom django.http import HttpRequest\n", encoding="utf-8")
    assert "django.http" in web_imports(file)
    assert "django.forms" in web_imports(file)


@pytest.mark.parametrize("name", STANDARD_LIBRARY_ONLY)
def test_the_launcher_needs_the_standard_library_alone(name: str) -> None:
    known = set(sys.stdlib_module_names) | {"tools"}
    foreign = {module.split(".")[0] for module in imports(ROOT / "tools" / f"{name}.py")} - known
    assert foreign == set()


def test_the_contracts_hold() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([str(program), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
