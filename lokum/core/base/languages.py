"""What is written down now and read later by somebody with another language: kept in all of them."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.utils.functional import lazy
from django.utils.translation import get_language, override


def worded(write: Callable[[], str]) -> str:
    """A text that is put in words when it is read, in the language of that moment."""
    return lazy(write, str)()  # type: ignore[no-any-return]


def in_every_language(words: Any, most: int = 500) -> dict[str, str]:
    """A record's name or a lazy text by language; empty where it reads the same in all of them."""
    found = {}
    for code, _name in settings.LANGUAGES:
        with override(code):
            found[code.lower()] = str(words)[:most]
    return found if len(set(found.values())) > 1 else {}


def in_own_language(words: Mapping[str, str], otherwise: str) -> str:
    """The words in the language of the reader, where they were kept; else what was written at the time."""
    return words.get((get_language() or "").lower(), otherwise)


def kept(words: Any, most: int = 500) -> Any:
    """A text for a JSON column: as it is, or {language: text} where it reads differently; `read` gives it back."""
    return in_every_language(words, most) or str(words)[:most]


def read(found: Any) -> str:
    """What `kept` made, in the language of the reader; what older rows hold as plain text stays as it was written."""
    return in_own_language(found, next(iter(found.values()), "")) if isinstance(found, Mapping) else str(found)
