"""Seam for payment codes: the text a bank's app scans, built by the rules of a country pack."""

from collections.abc import Callable
from decimal import Decimal

# builder(number, amount, payee name, title, payee's tax number) -> text of the code
TransferCode = Callable[[str, Decimal, str, str, str], str]
_builders: dict[str, TransferCode] = {}


def register_transfer_code(pack: str, builder: TransferCode) -> None:
    _builders[pack] = builder


def transfer_code_text(pack: str, *, number: str, amount: Decimal, payee: str, title: str, tax_number: str) -> str:
    """Text of the code; "" when nothing is due, no number is known or the country has no such code."""
    builder = _builders.get(pack)
    if builder is None or amount <= 0 or not number:
        return ""
    return builder(number, amount, payee, title, tax_number)
