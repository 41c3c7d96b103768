"""The vendor's stylesheet, left with what our pages can meet: lighter, and the same to look at."""

import gzip
import re
from pathlib import Path

import pytest

from lokum import stylesheets
from lokum.stylesheets import Used, lighter, without_unread_variables, without_unused_rules

STATIC = Path(stylesheets.__file__).parent / "static"
SHEET = (STATIC / stylesheets.VENDOR).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def light() -> str:
    return lighter(SHEET)


def _classes(css: str) -> set[str]:
    return {name.replace("\\", "") for name in re.findall(r"\.((?:[A-Za-z_-]|\\\\.)(?:[\w-]|\\\\.)*)", css)}


def test_rules_stay_that_a_page_can_meet() -> None:
    used = Used(['<a class="btn btn-{{ tone }}">', "element.classList.add('show')"])
    css = (
        "/*! Licence 1.0 of x.io */:root{--a:1px;--b:2px}.btn,.badge{width:var(--a)}.btn-danger{color:red}"
        '.card{margin:0}@media (min-width:9px){.card{margin:1px}.show{content:"}.card{"}}.btn:not(.card){top:0}'
        "@media print{.card{left:0}}"
    )
    kept = without_unused_rules(css, used)
    assert kept == (
        "/*! Licence 1.0 of x.io */:root{--a:1px;--b:2px}.btn{width:var(--a)}.btn-danger{color:red}"
        '@media (min-width:9px){.show{content:"}.card{"}}.btn:not(.card){top:0}'
    )
    assert "--b" not in without_unread_variables(kept, "") and "--a:1px" in without_unread_variables(kept, "")
    assert without_unread_variables(kept, "p{top:var(--b)}") == kept


@pytest.mark.req("PLT-34")
def test_the_sheet_is_a_third_and_keeps_every_class_and_variable_in_use(light: str) -> None:
    assert len(gzip.compress(light.encode())) < len(gzip.compress(SHEET.encode())) / 3
    assert light.count("{") == light.count("}")
    assert "Copyright 2018-2026 The Tabler Authors" in light
    written: set[str] = set()
    for page in (STATIC.parent / "templates").rglob("*.html"):
        for found in re.findall(r'class="([^"]*)"', page.read_text(encoding="utf-8")):
            written.update(word for word in re.sub(r"{[{%].*?[%}]}", " ", found).split() if not word.endswith("-"))
    assert (written & _classes(SHEET)) - _classes(light) == set()
    ours = (STATIC / "lokum" / "lokum.css").read_text(encoding="utf-8")
    for name in re.findall(r"var\(\s*(--tblr-[\w-]+)", ours):
        assert f"{name}:" in light or f"{name}:" in ours or f"{name}:" not in SHEET, name
    for word in ("[data-bs-theme=dark]", ".form-control", ".table", ".btn-primary", "@media (prefers-reduced-motion"):
        assert word in light
