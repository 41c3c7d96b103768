"""The two-dimensional transfer code of the Polish Bank Association (recommendation of 3 December 2013).

Nine fields, eight separators: NIP, PL, account, grosze with at least six digits, name (20), title (32), three
reserves. To be drawn with error correction L, at least 1.8 cm wide. Amounts above 9999.99 simply take a
seventh digit.
"""

from __future__ import annotations

from decimal import Decimal

from .identifiers import validate_nrb

SEPARATOR = "|"
NAME_LENGTH = 20
TITLE_LENGTH = 32
MAX_LENGTH = 160
MAX_RESERVES = (12, 12, 24)


def _fit(text: str, length: int) -> str:
    """Without the separator, cut, then without blanks at the end; line breaks would end the code early."""
    plain = " ".join(text.replace(SEPARATOR, "").split("\n")).replace("\r", "")
    return plain[:length].rstrip()


def transfer_code(
    *,
    nrb: str,
    amount: Decimal | None,
    name: str,
    title: str,
    nip: str = "",
    reserves: tuple[str, str, str] = ("", "", ""),
) -> str:
    """Contents of the code; ``amount`` None lets the payer type it.

    The NIP is taken as ten digits without a check digit test: the published samples fail it. Raises
    ValueError for an amount that is negative or not whole grosze, and InvalidIdentifier for a wrong account.
    """
    grosze = Decimal(0) if amount is None else amount * 100
    if grosze < 0 or grosze != grosze.to_integral_value():
        raise ValueError("an amount of whole grosze, not below zero")
    if nip and not (len(nip) == 10 and nip.isascii() and nip.isdigit()):
        raise ValueError("a NIP has ten digits")
    extra = [_fit(text, length) for text, length in zip(reserves, MAX_RESERVES, strict=True)]
    fields = [
        nip,
        "PL",
        validate_nrb(nrb),
        f"{int(grosze):06d}",
        _fit(name, NAME_LENGTH),
        _fit(title, TITLE_LENGTH),
        *extra,
    ]
    code = SEPARATOR.join(fields)
    if len(code) > MAX_LENGTH:
        raise ValueError(f"a transfer code has at most {MAX_LENGTH} characters")
    return code
