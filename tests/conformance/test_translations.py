"""Whatever a register shows by its declaration reads otherwise in each language than in English: nothing left out."""

from collections.abc import Iterator

import pytest
from django.utils.translation import override

from lokum.core.desk.columns import all_columns
from lokum.core.desk.desk import ModelDesk, registry
from lokum.core.desk.menu import entries
from lokum.core.desk.sections import LABELS

# Words that Polish and English share.
SHARED = {"administrator", "bank", "e-mail", "format", "online", "problem", "status", "vat"}
ANY = {"webhook"}


def _of_actions(desk: ModelDesk) -> Iterator[tuple[str, str]]:
    for action in desk.actions:
        yield f"action {action.name}", str(action.label)
        yield f"action {action.name}, before it is done", str(action.confirm)
        for name, field in action.form.base_fields.items() if action.form else ():
            yield f"field {name} of {action.name}", str(name.replace("_", " ") if field.label is None else field.label)
            yield f"help of {name} of {action.name}", str(field.help_text or "")


def _shown() -> Iterator[tuple[str, str]]:
    """(where, text) of all titles, headings, buttons, fields, help, tabs, states and entries of the menu."""
    for desk in registry:
        parts = [("title", str(desk.title)), ("purpose", str(desk.purpose)), *_of_actions(desk)]
        parts += [(f"column {one.path}", str(one.label)) for one in all_columns(desk)]
        parts += [(f"tab {tab.name}", str(tab.label)) for tab in desk.tabs]
        parts += [
            (f"{field.name} {code}", str(label))
            for field in desk.model._meta.fields
            for code, label in field.flatchoices
        ]
        yield from ((f"{desk.label}: {where}", text) for where, text in parts)
    yield from ((f"menu {entry.url_name}", str(entry.label)) for entry in entries())
    yield from ((f"section {name}", str(label)) for name, (label, _icon) in LABELS.items())


@pytest.mark.req("PLT-29")
@pytest.mark.parametrize("language", ["pl", "zh-hant", "zh-hans"])
def test_every_word_of_the_registers_is_translated(db: None, language: str) -> None:
    with override("en"):
        english = dict(_shown())
    with override(language):
        found = dict(_shown())
    allowed = SHARED | ANY if language == "pl" else ANY
    left = {
        where: text
        for where, text in found.items()
        if text == english.get(where) and any(sign.isalpha() for sign in text) and text.lower() not in allowed
    }
    assert left == {}
    assert len(found) > 3000
