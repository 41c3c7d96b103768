"""Message catalogues: extract, update, check and compile, with Babel alone.

English is the source and has no catalogue of its own. Commands: update, check, compile.
"""

import ast
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "lokum"
LANGUAGES = ("pl", "zh_Hant", "zh_Hans")
LAZY = {f"{name}_lazy": spec for name, spec in DEFAULT_KEYWORDS.items() if name.endswith("gettext")}
# Calls that write a verb of the history, and where the verb stands among their arguments.
HISTORY = {"note": 1, "_note": 0, "note_event": 0, "record_event": 0, "record": 0}
VERB = re.compile(r"[a-z][a-z -]*")
NOT_DETAILS = {"actor", "details"}  # arguments of `note` that are no details of their own
KEYWORDS = {**DEFAULT_KEYWORDS, **LAZY, "gettext_noop": None, **dict.fromkeys(HISTORY)}
# "gettext as _now": a name of one's own for the same function, read from the import.
ALIAS = re.compile(r"\b((?:n|p|np)?gettext(?:_lazy)?) as (\w+)")
HAN = re.compile("[\u3400-\u9fff]")
WORD = re.compile(r"[^\W\d_]{3,}")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
SKIPPED = {"migrations", "tests", "node_modules", "vendor"}


def catalogue_path(language: str) -> Path:
    return SOURCE / "locale" / language / "LC_MESSAGES" / "django.po"


def _python_text(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return text
    from django.utils.translation.template import templatize

    # What remains of a template reads like Python without its structure; indentation would confuse.
    return "\n".join(line.strip() for line in templatize(text, origin=str(path)).splitlines())


def _sources() -> Iterator[Path]:
    for path in sorted(SOURCE.rglob("*")):
        if SKIPPED.intersection(path.relative_to(SOURCE).parts):
            continue
        if path.suffix == ".py" or (path.suffix in (".html", ".txt") and "templates" in path.parts):
            yield path


def extract() -> Catalog:
    """All translatable strings of the source."""
    template = Catalog(project="Lokum", charset="utf-8", fuzzy=False)
    for path in _sources():
        text = _python_text(path)
        aliases = {alias: function for function, alias in ALIAS.findall(text)}
        keywords = {**KEYWORDS, **dict.fromkeys(aliases)}
        name = str(path.relative_to(ROOT))
        for line, function, *rest in extract_python(io.BytesIO(text.encode()), keywords, ["Translators:"], {}):
            _add(template, name, line, aliases.get(function, function), *rest)
        if path.suffix == ".py":
            for word in sorted(_details(path)):
                template.add(word, locations=[(name, 0)], context="detail")
    return template


def _details(path: Path) -> set[str]:
    """Names of the details that calls of `note(record, verb, actor=..., reason=...)` keep with the history."""
    source = path.read_text(encoding="utf-8")
    if "import note" not in source and "audit.services" not in source:
        return set()
    calls = [each for each in ast.walk(ast.parse(source)) if isinstance(each, ast.Call)]
    noted = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "note"]
    names = {keyword.arg for call in noted if len(call.args) == 2 for keyword in call.keywords if keyword.arg}
    return {name.replace("_", " ") for name in names - NOT_DETAILS}


def _add(template: Catalog, name: str, line: int, function: Any, strings: Any, comments: Any) -> None:
    """Add what one call of a gettext function names; `strings` are its arguments, None where not literal."""
    values = list(strings) if isinstance(strings, tuple | list) else [strings]
    if function in HISTORY:
        verb = values[HISTORY[function]] if len(values) > HISTORY[function] else None
        if isinstance(verb, str) and VERB.fullmatch(verb):
            template.add(verb, locations=[(name, line)], context="history")
        return
    base = function.removesuffix("_lazy")
    context = values.pop(0) if base in ("pgettext", "npgettext") and values else None
    wanted = 2 if base in ("ngettext", "npgettext") else 1
    texts = values[:wanted]
    if len(texts) < wanted or not all(isinstance(text, str) and text for text in texts):
        return  # built at run time; the translated parts stand elsewhere
    key = (texts[0], texts[1]) if wanted == 2 else texts[0]
    template.add(key, locations=[(name, line)], auto_comments=comments, context=context)


def read(language: str) -> Catalog:
    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=language, fuzzy=False)
    with path.open("rb") as stream:
        return read_po(stream, locale=language)


def update() -> int:
    template = extract()
    for language in LANGUAGES:
        catalogue = read(language)
        created = catalogue.creation_date
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.creation_date = created  # a catalogue changes when its messages change, not every day
        catalogue.obsolete.clear()
        catalogue.fuzzy = False
        catalogue.project, catalogue.version, catalogue.last_translator = "Lokum", "", "Lokum"
        catalogue.language_team, catalogue.msgid_bugs_address, catalogue.header_comment = language, "", "# Lokum"
        path = catalogue_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            write_po(stream, catalogue, width=100, include_lineno=False, sort_by_file=True, ignore_obsolete=True)
        empty = sum(1 for message in catalogue if message.id and not _is_filled(message))
        print(f"{path.relative_to(ROOT)}: {len(catalogue)} messages, {empty} to translate")
    return 0


def _is_filled(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, tuple | list) else bool(message.string)


def _foreign_words(message: Message) -> set[str]:
    """Words of a text without a Chinese character that its source does not have: another language got in."""
    texts = " ".join(message.string) if isinstance(message.string, tuple | list) else str(message.string)
    if HAN.search(texts):
        return set()
    source = " ".join(message.id) if isinstance(message.id, tuple | list) else str(message.id)
    known = source.casefold()
    return {word for word in WORD.findall(PLACEHOLDER.sub(" ", texts)) if word.casefold() not in known}


def complaints() -> list[str]:
    """What a catalogue lacks: missing, empty, fuzzy messages, lost placeholders, texts of another language."""
    template = extract()
    found = []
    for language in LANGUAGES:
        catalogue = read(language)
        name = catalogue_path(language).relative_to(ROOT)
        for wanted in template:
            if not wanted.id:
                continue
            message = catalogue.get(wanted.id, wanted.context)
            if message is None or not _is_filled(message):
                place = wanted.locations[0][0]
                found.append(f"{name}: not translated: {wanted.id!r} ({place})")
            elif message.fuzzy:
                found.append(f"{name}: fuzzy: {wanted.id!r}")
            elif language.startswith("zh") and (words := _foreign_words(message)):
                found.append(f"{name}: not Chinese: {wanted.id!r} ({', '.join(sorted(words))})")
            else:
                message.flags |= wanted.flags
                found += [f"{name}: {wanted.id!r}: {error}" for error in message.check(catalogue)]
    return found


def check() -> int:
    found = complaints()
    print("\n".join(found[:50]))
    if len(found) > 50:
        print(f"... and {len(found) - 50} more")
    return 1 if found else 0


def compile_all() -> int:
    for language in LANGUAGES:
        path = catalogue_path(language)
        if path.exists():
            fresh = path.with_suffix(".mo.new")
            with fresh.open("wb") as stream:
                write_mo(stream, read(language))
            fresh.replace(path.with_suffix(".mo"))
    return 0


COMMANDS = {"update": update, "check": check, "compile": compile_all}


def main() -> int:
    command = COMMANDS.get(sys.argv[1] if len(sys.argv) > 1 else "")
    if command is None:
        print(__doc__, file=sys.stderr)
        return 2
    return command()


if __name__ == "__main__":
    sys.exit(main())
