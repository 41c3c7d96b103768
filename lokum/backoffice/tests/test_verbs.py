"""The timeline speaks the reader's language: every verb written in the code has its words."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation import override

from lokum.backoffice.verbs import VERBS, verb_text

SOURCE = Path(__file__).resolve().parents[2]
WRITERS = {"note": 1, "record_event": 0, "note_event": 0, "_note": 0}
LANGUAGES = ("pl", "zh-hant", "zh-hans")


def _verbs() -> Iterator[tuple[str, str, bool]]:
    """(verb, file, marked as translatable where it stands) of every call that writes history."""
    for path in sorted(SOURCE.rglob("*.py")):
        if {"tests", "migrations"} & set(path.parts):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            journal = name == "record" and ast.unparse(node.func) == "journal.record"
            place = 0 if journal else WRITERS.get(name)
            if place is None or len(node.args) <= place:
                continue
            argument = node.args[place]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value, path.name, False
            elif isinstance(argument, ast.Call) and ast.unparse(argument.func) == "gettext_noop":
                yield ast.literal_eval(argument.args[0]), path.name, True


def test_every_verb_is_known() -> None:
    unknown = {(verb, file) for verb, file, marked in _verbs() if not marked and verb not in VERBS}
    assert unknown == set(), "give them words in lokum/backoffice/verbs.py"


@pytest.mark.req("PLT-29")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verb_is_translated(language: str) -> None:
    verbs = {verb for verb, _file, _marked in _verbs()} | set(VERBS)
    assert len(verbs) > 50
    with override("en"):
        english = {verb: verb_text(verb) for verb in verbs}
    with override(language):
        assert [verb for verb in sorted(verbs) if verb_text(verb) == english[verb]] == []
