"""Polish bank account numbers (NRB, 26 digits) as bank files write them.

Rule: the 24 digits, then 2521, then the two check digits leave remainder 1 when divided by 97. The sort code
has a check digit of its own that published samples break, so only the remainder decides.
"""

from __future__ import annotations

import re
from functools import lru_cache

NRB_LENGTH = 26
TAIL_LENGTH = 12
_COUNTRY = "2521"  # P and L as numbers, the way ISO 13616 counts letters
_CANDIDATE = re.compile(r"(?<![0-9])(?:PL ?)?([0-9]{2}(?: ?[0-9]{4}){6})(?![0-9])")


def nrb_check_digits(bban: str) -> str:
    """Two check digits for the 24 digits of sort code and account."""
    if len(bban) != 24 or not _is_ascii_digits(bban):
        raise ValueError("a BBAN has 24 digits")
    return f"{98 - int(bban + _COUNTRY + '00') % 97:02d}"


def is_nrb(digits: str) -> bool:
    if len(digits) != NRB_LENGTH or not _is_ascii_digits(digits):
        return False
    return int(digits[2:] + _COUNTRY + digits[:2]) % 97 == 1


@lru_cache(maxsize=4096)
def account_key(text: str) -> str:
    """One spelling of an account: 26 digits for a Polish one, else capitals and digits without separators.

    A leading slash, blanks, hyphens and the prefix PL of a valid Polish number are dropped.
    """
    compact = re.sub(r"[^0-9A-Za-z]", "", text).upper()
    if compact.startswith("PL") and is_nrb(compact[2:]):
        return compact[2:]
    return compact


def find_nrbs(text: str) -> list[str]:
    """Valid account numbers inside free text, in order, each once."""
    found: dict[str, None] = {}
    for match in _CANDIDATE.finditer(text):
        digits = match.group(1).replace(" ", "")
        if is_nrb(digits):
            found[digits] = None
    return list(found)


def _is_ascii_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
