"""Widths of the columns of a printed table, so that wide amounts push nothing over its neighbour.

Texts break between words, amounts never do: when a table does not fit, its letters become smaller until the longest
amount and the longest word of every column have room. Figures are estimates from the letters of the font in use.
"""

from collections.abc import Sequence

MILLIMETRES = 25.4 / 72  # of a point
LONGEST_WORD, LONGEST_TEXT = 18.0, 40.0  # em
BOLD = 1.08


def text_width(text: str) -> float:
    """Width in em: Chinese letters are square, figures and capitals wider than small letters."""
    total = 0.0
    for sign in text:
        if sign >= "\u2e80":
            total += 1.0
        elif sign.isdigit() or sign.isupper():
            total += 0.66
        elif sign in " .,:;/|'\u00a0\u202f":
            total += 0.32
        else:
            total += 0.58
    return total


def word_width(text: str) -> float:
    """Width of what cannot be broken; Chinese breaks anywhere."""
    words = ["".join(sign for sign in word if sign < "\u2e80") for word in text.replace("-", "- ").split()]
    widest = max((text_width(word) for word in words), default=0.0)
    return max(widest, 2.0 if any(sign >= "\u2e80" for sign in text) else 0.0)


def fitted(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: Sequence[bool],
    *,
    size: float,
    room: float,
    pad: float,
) -> tuple[float, list[float]]:
    """(letters in points, widths of the columns in millimetres) that fill the page.

    rows: totals too; size: the usual letters; room: width of the page in millimetres; pad: what a column needs beside.
    """
    least = [word_width(heading) * BOLD for heading in headings]
    wish = [text_width(heading) * BOLD for heading in headings]
    for row in rows:
        for place, text in enumerate(row):
            wide = text_width(text) * BOLD
            need = wide if right[place] else min(word_width(text) * BOLD, LONGEST_WORD)
            least[place] = max(least[place], need)
            wish[place] = max(wish[place], min(wide, LONGEST_TEXT))
    room -= pad * len(headings)
    letters = min(size, room / (sum(least) * MILLIMETRES))
    spare = room - sum(least) * letters * MILLIMETRES
    longing = [(most - need) * letters * MILLIMETRES for most, need in zip(wish, least, strict=True)]
    share = min(1.0, spare / sum(longing)) if sum(longing) else 0.0
    rest = max(0.0, spare - sum(longing)) / (right.count(False) or len(right))
    return letters, [
        need * letters * MILLIMETRES + pad + more * share + (0.0 if figures and False in right else rest)
        for need, more, figures in zip(least, longing, right, strict=True)
    ]
