"""Which requirement rows are proven by which tests.

The rows stand in docs/requirements-rows.txt (`ID [*] title`, one per line); the proof is read from the source
of the tests: every `@pytest.mark.req("CHG-07")` on a function, a class or in a module's `pytestmark`.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.console import ROOT

ROWS = ROOT / "docs" / "requirements-rows.txt"
SKIPPED_FOLDERS = {".venv", "var", "node_modules", ".git"}


@dataclass(frozen=True)
class Row:
    key: str
    is_heart: bool
    title: str


def rows() -> list[Row]:
    found = []
    for line in ROWS.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        key, rest = line.split(maxsplit=1)
        found.append(Row(key, rest.startswith("* "), rest.removeprefix("* ")))
    return found


def _marks(node: ast.AST) -> Iterator[str]:
    """Row ids of a `pytest.mark.req(...)` expression, also inside lists and `pytest.param(marks=...)`."""
    for part in ast.walk(node):
        if not (isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr == "req"):
            continue
        for argument in part.args:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value


def _in_body(body: list[ast.stmt], inherited: set[str], prefix: str) -> Iterator[tuple[str, str]]:
    for node in body:
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets
        ):
            inherited = inherited | set(_marks(node.value))
    for node in body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        own = inherited.union(*(_marks(decorator) for decorator in node.decorator_list))
        if isinstance(node, ast.ClassDef):
            yield from _in_body(node.body, own, f"{prefix}::{node.name}")
        elif node.name.startswith("test"):
            yield from ((key, f"{prefix}::{node.name}") for key in own)


def test_files() -> list[Path]:
    return sorted(
        path
        for folder in ("lokum", "tests", "bench")
        for path in (ROOT / folder).rglob("test_*.py")
        if not SKIPPED_FOLDERS.intersection(path.parts)
    )


def proofs() -> dict[str, list[str]]:
    """Row id -> node ids of the tests that name it."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in test_files():
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        for key, test in _in_body(tree.body, set(), str(path.relative_to(ROOT))):
            found[key].append(test)
    return found


def report(arguments: list[str]) -> int:
    """Print proven rows with their tests, then the rows without proof; 1 when a test names an unknown row."""
    proven, listed = proofs(), rows()
    done = [row for row in listed if row.key in proven]
    print("Proven rows")
    for row in done:
        print(f"  {row.key} {'*' if row.is_heart else ' '} {row.title}")
        for test in proven[row.key]:
            print(f"           {test}")
    print("\nRows without a test")
    for row in listed:
        if row.key not in proven:
            print(f"  {row.key} {'*' if row.is_heart else ' '} {row.title}")
    hearts = [row for row in listed if row.is_heart]
    done_hearts = [row for row in done if row.is_heart]
    print(f"\n{len(done)} of {len(listed)} rows proven; {len(done_hearts)} of {len(hearts)} of the heart (*)")
    unknown = sorted(set(proven) - {row.key for row in listed})
    if unknown:
        print(f"Tests name unknown rows: {', '.join(unknown)}")
    return 1 if unknown else 0
