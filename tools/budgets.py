"""Size budgets: a file, class, function or view that outgrows them is split along a noun of the domain.

Lines are counted without the docstring. An exception needs a written reason in tools/budget-exceptions.txt,
one per line: `path[::name] reason`.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXCEPTIONS = ROOT / "tools" / "budget-exceptions.txt"
FILE, CLASS, FUNCTION, VIEW = 600, 300, 60, 25
FORBIDDEN_NAMES = {"utils.py", "helpers.py", "common.py", "misc.py"}
SKIPPED = {".venv", "var", "migrations", "node_modules", "vendor", ".git"}

Named = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def python_files() -> list[Path]:
    found = (path for folder in ("lokum", "tests", "tools", "bench") for path in (ROOT / folder).rglob("*.py"))
    return sorted(path for path in found if not SKIPPED.intersection(path.relative_to(ROOT).parts))


def _lines(node: Named) -> int:
    total = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and ast.get_docstring(node):
        total -= (first.end_lineno or first.lineno) - first.lineno + 1
    return total


def _is_view_file(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    return parts[0] == "lokum" and "tests" not in parts and ("views" in parts or path.name == "views.py")


def _named(node: ast.AST, prefix: str = "") -> Iterator[tuple[str, Named]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Named):
            name = f"{prefix}{child.name}"
            yield name, child
            yield from _named(child, f"{name}.")
        else:
            yield from _named(child, prefix)


def _over_budget(path: Path) -> Iterator[tuple[str, str]]:
    """(what, complaint) for everything in one file that is too large."""
    text = path.read_text(encoding="utf-8")
    name = str(path.relative_to(ROOT))
    if path.name in FORBIDDEN_NAMES:
        yield name, "says nothing about its content; name it after a noun of the domain"
    count = text.count("\n") + 1
    if count > FILE:
        yield name, f"has {count} lines, the budget of a file is {FILE}"
    for inner, node in _named(ast.parse(text, name)):
        if isinstance(node, ast.ClassDef):
            kind, budget = "class", CLASS
        elif _is_view_file(path):
            kind, budget = "view", VIEW
        else:
            kind, budget = "function", FUNCTION
        if _lines(node) > budget:
            yield f"{name}::{inner}", f"has {_lines(node)} lines, the budget of a {kind} is {budget}"


def exceptions() -> dict[str, str]:
    found = {}
    for line in EXCEPTIONS.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            what, _, reason = line.partition(" ")
            found[what] = reason.strip()
    return found


def complaints() -> list[str]:
    allowed = exceptions()
    found = [f"tools/budget-exceptions.txt: {what} has no reason" for what, why in allowed.items() if not why]
    seen = set()
    for path in python_files():
        for what, complaint in _over_budget(path):
            seen.add(what)
            if what not in allowed:
                found.append(f"{what} {complaint}")
    found += [f"tools/budget-exceptions.txt: {what} is within its budget again" for what in set(allowed) - seen]
    return found


def main() -> int:
    found = complaints()
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
