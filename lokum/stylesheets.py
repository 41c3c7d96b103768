"""The stylesheet of the vendor without the rules that no page of ours can meet, made when static files are collected.

The committed file stays whole and is what developers see; a page travels lighter only where files are collected
(`make run`, production). A rule goes when each of its selectors needs a class that stands nowhere in our templates,
programs and scripts, nor in the templates of the packages that draw pages; classes that are put together ("btn-" and a
tone) are kept by their beginnings. Variables that nothing reads any more go after them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from whitenoise.storage import CompressedStaticFilesStorage

HERE = Path(__file__).resolve().parent
VENDOR = "vendor/tabler/tabler.min.css"
DRAWING = ("allauth", "django.forms", "django_htmx", "django_filters")
UNREAD = {"tabler.min.css", "tabler.min.js"}  # the file itself, and a script that no page loads

_COMMENT, _LICENCE = re.compile(r"/\*.*?\*/", re.S), re.compile(r"/\*!.*?\*/", re.S)
_STOP = re.compile(r"[\"'{};]|/\*")
_CLASS = re.compile(r"\.((?:[\w-]|\\.)+)")
_WORD = re.compile(r"[A-Za-z_][\w-]*")
_BEGINNING = re.compile(r"([A-Za-z][\w]*-(?:[\w]+-)*)(?=\{)")
_FUNCTION = re.compile(r":(?:not|is|where|has)\((?:[^()]|\([^()]*\))*\)")
_VARIABLE = re.compile(r"(?<=[{;])(--[\w-]+):((?:[^;{}\"']|\"[^\"]*\"|'[^']*')*)(?:;|(?=\}))")


class Used:
    """What may stand in a class attribute."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.words: set[str] = set()
        beginnings: set[str] = set()
        for text in texts:
            self.words.update(_WORD.findall(text))
            beginnings.update(_BEGINNING.findall(text))
        beginnings.update(word for word in self.words if word.endswith("-") and len(word) > 2)
        self.beginnings = tuple(sorted(beginnings))

    def has(self, name: str) -> bool:
        return name in self.words or name.startswith(self.beginnings)

    def meets(self, selector: str) -> bool:
        names = _CLASS.findall(_FUNCTION.sub("", selector))
        return all(self.has(name.replace("\\", "")) for name in names)


def _end_of_string(css: str, start: int) -> int:
    place = start + 1
    while css[place] != css[start]:
        place += 2 if css[place] == "\\" else 1
    return place + 1


def parts(css: str) -> Iterator[tuple[str, str | None]]:
    """(what stands before the braces, what stands in them; None: a statement without) of a sheet or of an at-rule."""
    start = place = depth = opened = 0
    while found := _STOP.search(css, place):
        sign, place = found.group(), found.end()
        if sign == "/*":
            place = css.index("*/", place) + 2
        elif sign in "\"'":
            place = _end_of_string(css, found.start())
        elif sign == "{":
            depth += 1
            opened = found.start() if depth == 1 else opened
        elif sign == "}":
            depth -= 1
            if depth == 0:
                yield css[start:opened].strip(), css[opened + 1 : found.start()]
                start = place
        elif depth == 0:
            yield css[start:place].strip(), None
            start = place


def _selectors(prelude: str) -> list[str]:
    found, depth, start = [], 0, 0
    for place, sign in enumerate(prelude):
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and depth == 0:
            found.append(prelude[start:place])
            start = place + 1
    return [*found, prelude[start:]]


def without_unused_rules(css: str, used: Used) -> str:
    kept = []
    for whole, body in parts(css):
        kept += _LICENCE.findall(whole)
        prelude = _COMMENT.sub("", whole).strip()
        if body is None:
            kept.append(prelude)
        elif prelude.startswith(("@media", "@supports", "@layer", "@container")):
            inner = without_unused_rules(body, used)
            kept += [prelude, "{", inner, "}"] if inner else []
        elif prelude.startswith("@"):
            kept += [prelude, "{", body, "}"]
        else:
            met = [selector for selector in _selectors(prelude) if used.meets(selector)]
            kept += [",".join(met), "{", body, "}"] if met and body.strip() else []
    return "".join(kept)


def without_unread_variables(css: str, elsewhere: str) -> str:
    """Variables that neither this sheet nor `elsewhere` names except where they are set."""
    read = set(re.findall(r"--[\w-]+", elsewhere))
    before = ""
    while css != before:
        before, named = css, read | set(re.findall(r"var\(\s*(--[\w-]+)", css))
        css = "".join(_kept(css, named))
    return css


def _kept(css: str, named: set[str]) -> Iterator[str]:
    place = 0
    for found in _VARIABLE.finditer(css):
        if found[1] not in named:
            yield css[place : found.start()]
            place = found.end()
    yield css[place:]


def _sources() -> list[Path]:
    found = [path for kind in ("*.html", "*.py", "*.js", "*.css", "*.svg") for path in HERE.rglob(kind)]
    for package in DRAWING:
        spec = find_spec(package)
        for place in spec.submodule_search_locations or () if spec else ():
            found += Path(place).rglob("*.html")
    return sorted(path for path in found if path.is_file() and path.name not in UNREAD and "tests" not in path.parts)


def lighter(css: str) -> str:
    texts = {path: path.read_text(encoding="utf-8", errors="replace") for path in _sources()}
    used = Used(text for path, text in texts.items() if path.suffix != ".css")
    return without_unread_variables(without_unused_rules(css, used), "".join(texts.values()))


class Storage(CompressedStaticFilesStorage):
    """Collects and compresses; the vendor's sheet becomes lighter on the way."""

    def post_process(self, paths: Mapping[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        if VENDOR in paths and not dry_run:
            target = Path(self.path(VENDOR))
            target.write_text(lighter(target.read_text(encoding="utf-8")), encoding="utf-8")
        yield from super().post_process(paths, dry_run, **options)
