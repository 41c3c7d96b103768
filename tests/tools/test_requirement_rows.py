"""`make requirements` reads the proof of each row from the source of the tests."""

import ast

from tools import requirement_rows


def _proofs(source: str) -> set[tuple[str, str]]:
    return set(requirement_rows._in_body(ast.parse(source).body, set(), "t.py"))


def test_marks_on_functions_classes_and_modules_count() -> None:
    source = """
pytestmark = [pytest.mark.req("PLT-01")]

@pytest.mark.req("CHG-07", "CHG-05")
def test_a(): ...

@pytest.mark.req("LED-01")
class TestB:
    def test_c(self): ...

def no_test(): ...
"""
    assert _proofs(source) == {
        ("PLT-01", "t.py::test_a"),
        ("CHG-07", "t.py::test_a"),
        ("CHG-05", "t.py::test_a"),
        ("PLT-01", "t.py::TestB::test_c"),
        ("LED-01", "t.py::TestB::test_c"),
    }


def test_every_named_row_exists() -> None:
    known = {row.key for row in requirement_rows.rows()}
    assert len(known) == 330
    assert set(requirement_rows.proofs()) <= known
