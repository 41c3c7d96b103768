"""From text to tokens, each with its place."""

import re
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from lokum.money.charges.formulas.errors import FormulaError

KEYWORDS = frozenset({"if", "then", "elif", "else", "and", "or", "not", "true", "false"})
SAME = {"×": "*", "·": "*", "÷": "/", "−": "-", "≤": "<=", "≥": ">=", "≠": "!=", "<>": "!=", "==": "=",
        "（": "(", "）": ")", "，": ",", "：": ":"}  # fmt: skip
TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<number>\d+(?:\.\d+)?)|(?P<name>[^\W\d]\w*)|(?P<text>\"[^\"\n]*\")"
    r"|(?P<sign><=|>=|<>|!=|==|[-+*/()<>=,:×·÷−≤≥≠（），：])"
)
LARGEST = Decimal(10) ** 12
PLACES = 8


@dataclass(frozen=True)
class Token:
    """kind: "number", "name", "keyword", "text", "sign" or "end"."""

    kind: str
    text: str
    start: int
    end: int


def tokens_of(text: str) -> list[Token]:
    """All tokens of a formula and one "end". Raises FormulaError at the first sign that no formula has."""
    found, place = [], 0
    while place < len(text):
        match = TOKEN.match(text, place)
        if match is None:
            raise FormulaError(_("The sign “%(sign)s” is unknown.") % {"sign": text[place]}, place)
        kind, word = str(match.lastgroup), match.group()
        if kind == "number":
            _check_number(word, place)
        if kind == "name" and word.lower() in KEYWORDS:
            kind, word = "keyword", word.lower()
        if kind == "sign":
            word = SAME.get(word, word)
        if kind != "space":
            found.append(Token(kind, word, place, match.end()))
        place = match.end()
    found.append(Token("end", "", len(text), len(text)))
    return found


def _check_number(word: str, place: int) -> None:
    whole, _dot, rest = word.partition(".")
    if Decimal(whole) >= LARGEST or len(rest) > PLACES:
        raise FormulaError(_("A number has at most 12 digits before and 8 behind the point."), place)
