"""Draws that are the same on every machine and in every order: each one is a hash of what it is drawn for."""

import hashlib
from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

Choice = TypeVar("Choice")


def draw(*key: object) -> float:
    """A number from 0 (included) to 1 (excluded) that belongs to this key alone."""
    digest = hashlib.blake2b("|".join(map(str, key)).encode(), digest_size=7).digest()
    return int.from_bytes(digest, "big") / 2**56


def whole(low: int, high: int, *key: object) -> int:
    """A whole number from low to high, both included."""
    return low + int(draw(*key) * (high - low + 1))


def pick(choices: Sequence[Choice], *key: object) -> Choice:
    return choices[int(draw(*key) * len(choices))]


def amount(low: str, high: str, *key: object) -> Decimal:
    """An amount with two decimals between two others."""
    span = Decimal(high) - Decimal(low)
    return (Decimal(low) + span * Decimal(repr(draw(*key)))).quantize(Decimal("0.01"))
