"""Size budgets hold for the whole project, and the tool notices what breaks them."""

from pathlib import Path

import pytest

from tools import budgets


def test_the_project_keeps_its_budgets() -> None:
    assert budgets.complaints() == []


def test_every_exception_has_a_reason() -> None:
    assert all(budgets.exceptions().values())


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project that the tool looks at instead of this one."""
    (tmp_path / "lokum").mkdir()
    (tmp_path / "exceptions.txt").write_text("# none\n", encoding="utf-8")
    monkeypatch.setattr(budgets, "ROOT", tmp_path)
    monkeypatch.setattr(budgets, "EXCEPTIONS", tmp_path / "exceptions.txt")
    return tmp_path


def _function(lines: int, docstring_lines: int = 0) -> str:
    docstring = ['    """', *["    text"] * (docstring_lines - 2), '    """'] if docstring_lines else []
    return "\n".join(["def work():", *docstring, *["    x = 1"] * (lines - 1)]) + "\n"


def test_a_long_function_is_named_and_a_docstring_is_free(project: Path) -> None:
    (project / "lokum" / "tariffs.py").write_text(_function(61), encoding="utf-8")
    (project / "lokum" / "heat.py").write_text(_function(60, docstring_lines=30), encoding="utf-8")
    assert budgets.complaints() == ["lokum/tariffs.py::work has 61 lines, the budget of a function is 60"]


def test_a_view_has_a_smaller_budget(project: Path) -> None:
    (project / "lokum" / "views.py").write_text(_function(26), encoding="utf-8")
    assert budgets.complaints() == ["lokum/views.py::work has 26 lines, the budget of a view is 25"]


def test_a_name_without_meaning_is_refused(project: Path) -> None:
    (project / "lokum" / "utils.py").write_text("", encoding="utf-8")
    assert "lokum/utils.py" in budgets.complaints()[0]


def test_an_exception_needs_a_reason_and_a_breach(project: Path) -> None:
    (project / "exceptions.txt").write_text("lokum/a.py\nlokum/b.py::f one table of rules\n", encoding="utf-8")
    found = budgets.complaints()
    assert any("lokum/a.py has no reason" in line for line in found)
    assert any("lokum/b.py::f is within its budget again" in line for line in found)
