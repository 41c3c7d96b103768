"""Numbers of firms and people in Taiwan.

Unified business number 統一編號: since 1 April 2023 the digit sum of the products is divisible by 5 (by 10
before). National and resident numbers 身分證字號, 統一證號: a letter counts as two digits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext_lazy as _

from lokum.core.base.identifier import InvalidIdentifier, digits_only

_BUSINESS_WEIGHTS = (1, 2, 1, 2, 1, 2, 4, 1)
_BUSINESS_DIVISOR = 5
# The letters in the order of their codes 10 to 35; I, O, W and Z came late.
_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
_PERSON_WEIGHTS = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)


@dataclass(frozen=True)
class PersonNumber:
    number: str
    sex: Literal["female", "male"]
    resident: bool


def validate_business_number(value: str) -> str:
    """Eight digits. Eight zeros are refused although they add up."""
    number = re.sub(r"[\s-]", "", value)
    if not digits_only(number):
        raise InvalidIdentifier("characters", _("Only digits are allowed."))
    if len(number) != 8:
        raise InvalidIdentifier("length", _("A unified business number has 8 digits."))
    if number == "00000000":
        raise InvalidIdentifier("format", _("A unified business number of zeros does not exist."))
    products = (int(digit) * weight for digit, weight in zip(number, _BUSINESS_WEIGHTS, strict=True))
    total = sum(sum(divmod(product, 10)) for product in products)
    # A seventh digit of 7 gives the product 28, whose digit sum 10 may count as 1 or 0.
    allowed = {total % _BUSINESS_DIVISOR}
    if number[6] == "7":
        allowed.add((total + 1) % _BUSINESS_DIVISOR)
    if 0 not in allowed:
        raise InvalidIdentifier("check_digit", _("The check digit of the unified business number is wrong."))
    return number


def read_person_number(value: str) -> PersonNumber:
    """National number, or the number of a resident in the form of 2021 (8, 9) or before (two letters)."""
    number = re.sub(r"[\s-]", "", value).upper()
    if len(number) != 10:
        raise InvalidIdentifier("length", _("A national or resident number has 10 characters."))
    if not re.fullmatch(r"[A-Z](?:[1289]|[A-D])[0-9]{8}", number, re.ASCII):
        raise InvalidIdentifier("format", _("A national or resident number looks like A123456789."))
    first = str(_LETTERS.index(number[0]) + 10)
    second = number[1] if number[1].isdigit() else str(_LETTERS.index(number[1]) % 10)
    digits = first + second + number[2:]
    if sum(int(digit) * weight for digit, weight in zip(digits, _PERSON_WEIGHTS, strict=True)) % 10:
        raise InvalidIdentifier("check_digit", _("The check digit of the number is wrong."))
    return PersonNumber(number, "male" if number[1] in "18AC" else "female", number[1] not in "12")


def validate_national_id(value: str) -> str:
    """Number of a citizen (second place 1 or 2)."""
    person = read_person_number(value)
    if person.resident:
        raise InvalidIdentifier("format", _("This is the number of a resident, not of a citizen."))
    return person.number


def validate_resident_id(value: str) -> str:
    """Number of a foreign resident, either form."""
    person = read_person_number(value)
    if not person.resident:
        raise InvalidIdentifier("format", _("This is the number of a citizen, not of a resident."))
    return person.number
