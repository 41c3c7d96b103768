"""Catalogues: what counts as a translatable string, and what is missed in a translation."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from tools import catalogues

PYTHON = """
from django.utils.translation import gettext_lazy as _, gettext as _now, ngettext, ngettext as _many, pgettext_lazy
name = _("Estate")
text = _("first "
         "second")
many = ngettext("%(n)d bill", "%(n)d bills", 2)
kind = pgettext_lazy("grammar", "Title")
later = _(name)
soon = _now("At once")
rows = _many("%(n)d line", "%(n)d lines", 2)
"""
TEMPLATE = """
{% load i18n %}
    <p title="{% translate "Close" %}">
      {% blocktranslate count n=n %}{{ n }} row{% plural %}{{ n }} rows{% endblocktranslate %}
  <b>{% translate "May" context "month" %}</b>{{ _("Direct") }} it's "quoted
</p>
"""


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "lokum"
    (folder / "templates").mkdir(parents=True)
    (folder / "names.py").write_text(PYTHON, encoding="utf-8")
    (folder / "templates" / "page.html").write_text(TEMPLATE, encoding="utf-8")
    monkeypatch.setattr(catalogues, "ROOT", tmp_path)
    monkeypatch.setattr(catalogues, "SOURCE", folder)
    monkeypatch.setattr(catalogues, "LANGUAGES", ("pl",))
    return folder


def test_strings_of_code_and_templates_are_found(source: Path) -> None:
    found = {(message.id, message.context) for message in catalogues.extract() if message.id}
    assert found == {
        ("Estate", None),
        ("first second", None),
        (("%(n)d bill", "%(n)d bills"), None),
        ("Title", "grammar"),
        ("Close", None),
        (("%(n)s row", "%(n)s rows"), None),
        ("May", "month"),
        ("Direct", None),
        ("At once", None),
        (("%(n)d line", "%(n)d lines"), None),
    }


def _translate(source: Path, change: dict[str, object]) -> None:
    """Fill the Polish catalogue, then change some messages."""
    catalogues.update()
    filled: Catalog = catalogues.read("pl")
    for message in filled:
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            text = change.get(key, key)
            message.string = (text,) * 3 if isinstance(message.id, tuple) else text
    with catalogues.catalogue_path("pl").open("wb") as stream:
        catalogues.write_po(stream, filled)


def test_a_complete_catalogue_passes_and_compiles(source: Path) -> None:
    _translate(source, {})
    assert catalogues.complaints() == []
    catalogues.compile_all()
    assert catalogues.catalogue_path("pl").with_suffix(".mo").stat().st_size > 100


def test_a_missing_text_and_a_lost_placeholder_are_named(source: Path) -> None:
    _translate(source, {"Estate": "", "%(n)d bill": "%(m)d rachunek"})
    found = catalogues.complaints()
    assert any("not translated: 'Estate'" in line for line in found)
    assert any("%(n)d bill" in line and "unknown named placeholder" in line for line in found)


def test_an_update_keeps_translations(source: Path) -> None:
    _translate(source, {"Estate": "Osiedle"})
    before = catalogues.catalogue_path("pl").read_bytes()
    catalogues.update()
    kept = catalogues.read("pl").get("Estate")
    assert kept is not None
    assert kept.string == "Osiedle"
    after = catalogues.catalogue_path("pl").read_bytes()
    catalogues.update()
    assert catalogues.catalogue_path("pl").read_bytes() == after
    assert before


def test_another_language_in_a_chinese_catalogue_is_named(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogues, "LANGUAGES", ("zh_Hant",))
    catalogues.update()
    filled = catalogues.read("zh_Hant")
    texts = {
        "Estate": "Osiedle",
        "first second": "一二",
        "Title": "標題",
        "Close": "Close",
        "May": "五月",
        "Direct": "直接",
        "At once": "立即",
    }
    for message in filled:
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            message.string = (key + "筆",) if isinstance(message.id, tuple) else texts[key]
    with catalogues.catalogue_path("zh_Hant").open("wb") as stream:
        catalogues.write_po(stream, filled)
    assert [line.partition(": ")[2] for line in catalogues.complaints()] == ["not Chinese: 'Estate' (Osiedle)"]
