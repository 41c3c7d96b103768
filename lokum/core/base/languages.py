"""What is written down now and read later by somebody with another language: kept in all of them."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import get_language, override


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
