"""From bytes to text: UTF-8, CP1250, ISO-8859-2 and CP852, or the one the bank's profile fixes.

The three single-byte pages decode almost any byte, so success proves nothing: the text that looks most like
Polish wins, and at equal rank the earlier page.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from itertools import pairwise

from django.utils.translation import gettext_lazy as _

from .problems import BrokenFile

TRIED = ("cp1250", "iso8859-2", "cp852")
NAMES = {"utf8": "utf-8", "utf-8-sig": "utf-8", "iso8859-2": "iso-8859-2", "windows-1250": "cp1250"}
_POLISH = frozenset("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ")
_HARMLESS = frozenset("„”–—’‘§°\u00a0€éöüäßáčěšžřýíúÖÜÄÉ")


def decode(data: bytes, encoding: str | None = None) -> tuple[str, str]:
    """Text and the name of its encoding. Raises BrokenFile when a fixed encoding does not fit."""
    if encoding:
        return _decode_fixed(data, encoding)
    try:
        return data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        pass
    best = ("", "", float("-inf"))
    for name in TRIED:
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        rank = _likeness(text)
        if rank > best[2]:
            best = (text, name, rank)
    return best[0], NAMES.get(best[1], best[1])


def _decode_fixed(data: bytes, encoding: str) -> tuple[str, str]:
    try:
        name = "utf-8-sig" if encoding.lower().replace("_", "-") in {"utf-8", "utf8"} else encoding
        return data.decode(name), NAMES.get(encoding.lower(), encoding.lower())
    except (UnicodeError, LookupError):
        raise BrokenFile(
            "wrong_encoding",
            _("The file is not written in %(encoding)s, the encoding set for this bank."),
            encoding=encoding,
        ) from None


def _likeness(text: str) -> float:
    """Points for Polish letters, against them for signs that no bank writes."""
    rank = 0.0
    for character, count in Counter(sign for sign in text if sign > "\x7f").items():
        if character in _POLISH:
            rank += 3 * count
        elif character not in _HARMLESS:
            letter = unicodedata.category(character).startswith("L")
            rank -= count if letter else 5 * count
    # A capital in the middle of a small word is what Ą looks like when ą of another page is misread.
    for before, after in pairwise(text):
        if after > "\x7f" and after.isupper() and before.islower():
            rank -= 4
    return rank
