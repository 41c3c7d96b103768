"""Template lint: no inline script or style (the content security policy forbids them), no untranslated
text, no day in a fixed order.

Text that is the same in every language (a product name, a file format) stands in an element with
`translate="no"`, or in <code> or <kbd>.
"""

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BLOCKS = re.compile(
    r"{%\s*(blocktrans(?:late)?|comment|verbatim)\b.*?%}.*?{%\s*end(?:blocktrans(?:late)?|comment|verbatim)\s*%}",
    re.S,
)
# Names of classes for the body element: the one block whose content stands inside an attribute.
CLASSES = re.compile(r"{%\s*block body_class\s*%}.*?{%\s*endblock\b.*?%}", re.S)
TAGS = re.compile(r"{#.*?#}|{%.*?%}|{{.*?}}", re.S)
UNITS = r"m²|m³|GJ|MJ|kWh|MWh|kW|MW|kPa|km|cm|mm|kg|MB|GB"
TAG_IN_NAME = re.compile(r"(</?)(?:{%[^\n]*?%})+")  # <{% if link %}a{% else %}button{% endif %} ...>
WORD = re.compile(rf"(?!\b(?:{UNITS})\b)\b[^\W\d_]{{2,}}")
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
SHOWN_ATTRIBUTES = {"title", "placeholder", "alt", "aria-label", "aria-description", "label", "data-confirm"}
UNTRANSLATED_ELEMENTS = {"code", "kbd", "script", "style"}
# {{ day|date:"Y-m-d" }}: people read days in the order of their language (single quotes are for addresses).
FIXED_DATE = re.compile(r'\|date:"(?=[^"]*Y)(?=[^"]*[a-z-])[^"]*"')


def _blank(found: re.Match[str]) -> str:
    """Keep the line numbers and drop the rest."""
    return " " + "\n" * found[0].count("\n")


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []
        self.open: list[tuple[str, bool]] = []

    def note(self, text: str) -> None:
        self.found.append((self.getpos()[0], text))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "style":
            self.note("inline <style>")
        if tag == "script" and "src" not in values and values.get("type") != "application/json":
            self.note("inline <script>")
        for name, value in attrs:
            self._check_attribute(name, value or "")
        untranslated = values.get("translate") == "no" or tag in UNTRANSLATED_ELEMENTS
        if tag not in VOID:
            self.open.append((tag, untranslated))

    def _check_attribute(self, name: str, value: str) -> None:
        if name == "style":
            self.note("inline style attribute")
        if re.match(r"on[a-z]|hx-on", name) or value.strip().lower().startswith(("javascript:", "js:")):
            self.note(f"inline script in the attribute {name}")
        if name in SHOWN_ATTRIBUTES and WORD.search(value):
            self.note(f"untranslated text in {name}: {value.strip()[:60]!r}")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        before = len(self.open)
        self.handle_starttag(tag, attrs)
        del self.open[before:]

    def handle_endtag(self, tag: str) -> None:
        for index in range(len(self.open) - 1, -1, -1):
            if self.open[index][0] == tag:
                del self.open[index:]
                return

    def handle_data(self, data: str) -> None:
        word = WORD.search(data)
        if word and not any(untranslated for _, untranslated in self.open):
            line = self.getpos()[0] + data.count("\n", 0, word.start())
            self.found.append((line, f"untranslated text: {' '.join(data.split())[:60]!r}"))


def lint(text: str, is_html: bool = True) -> list[tuple[int, str]]:
    """(line, complaint) pairs for the text of one template."""
    bare = TAGS.sub(_blank, CLASSES.sub(_blank, TAG_IN_NAME.sub(r"\1", BLOCKS.sub(_blank, text))))
    fixed = [
        (text.count("\n", 0, found.start()) + 1, f"a day in a fixed order: {found[0]}")
        for found in FIXED_DATE.finditer(text)
    ]
    if not is_html:
        lines = enumerate(bare.splitlines(), 1)
        return [(number, f"untranslated text: {line.strip()[:60]!r}") for number, line in lines if WORD.search(line)]
    page = _Page()
    page.feed(bare)
    page.close()
    return sorted(page.found + fixed)


def templates() -> Iterator[Path]:
    for folder in (ROOT / "lokum").rglob("templates"):
        for ending in ("*.html", "*.txt"):
            yield from sorted(folder.rglob(ending))


def complaints() -> list[str]:
    found = []
    for path in templates():
        text = path.read_text(encoding="utf-8")
        for line, complaint in lint(text, is_html=path.suffix == ".html"):
            found.append(f"{path.relative_to(ROOT)}:{line}: {complaint}")
    return found


def main() -> int:
    found = complaints()
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
