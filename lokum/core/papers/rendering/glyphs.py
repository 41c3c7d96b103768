"""Which characters our fonts can draw, so that a paper never shows an empty box unnoticed."""

from functools import cache
from pathlib import Path

COVERAGE = Path(__file__).resolve().parent.parent / "fonts" / "coverage.txt"


@cache
def _covered() -> frozenset[int]:
    points: set[int] = set()
    for line in COVERAGE.read_text(encoding="ascii").split():
        first, _, last = line.partition("-")
        points.update(range(int(first, 16), int(last or first, 16) + 1))
    return frozenset(points)


def missing_glyphs(text: str) -> set[str]:
    """Characters of `text` that no font of the papers has (control characters and blanks aside)."""
    return {sign for sign in text if not sign.isspace() and ord(sign) not in _covered() and sign.isprintable()}
