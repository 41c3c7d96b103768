"""Polish numbers of people, firms, accounts, land registers and places.

Every ``validate_...`` returns the stored form or raises InvalidIdentifier. The same functions serve forms,
imports and the API, so the verdict and its reason are the same everywhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from django.utils.translation import gettext_lazy as _

from lokum.core.base.identifier import InvalidIdentifier, digits_only
from lokum.money.banking.formats.account_number import NRB_LENGTH, is_nrb
from lokum.money.banking.formats.account_number import nrb_check_digits as nrb_check_digits

Sex = Literal["female", "male"]

_NIP_WEIGHTS = (6, 5, 7, 2, 3, 4, 5, 6, 7)
_REGON_WEIGHTS = (8, 9, 2, 3, 4, 5, 6, 7)
_REGON_LONG_WEIGHTS = (2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8)
_PESEL_WEIGHTS = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)
_PESEL_CENTURIES = {80: 1800, 0: 1900, 20: 2000, 40: 2100, 60: 2200}
# Digits count as themselves, X as 10, then the letters that court codes use, without Q and V.
_LAND_REGISTER_VALUES = "0123456789XABCDEFGHIJKLMNOPRSTUWYZ"
_LAND_REGISTER_WEIGHTS = (1, 3, 7) * 4
_LAND_REGISTER = re.compile(r"([A-Z]{2}[0-9][A-Z])/?([0-9]{1,8})/([0-9])|([A-Z]{2}[0-9][A-Z])([0-9]{8})([0-9])")
_VOIVODESHIPS = frozenset(f"{number:02d}" for number in range(2, 33, 2))


@dataclass(frozen=True)
class Pesel:
    """A checked PESEL and what it says about its holder."""

    number: str
    born_on: date
    sex: Sex


def _weigh(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def _compact(value: str) -> str:
    return re.sub(r"[\s\u00a0-]", "", value)


def _expect_digits(value: str, lengths: tuple[int, ...], length_message: object) -> None:
    if not digits_only(value):
        raise InvalidIdentifier("characters", _("Only digits are allowed."))
    if len(value) not in lengths:
        raise InvalidIdentifier("length", length_message)


def validate_nrb(value: str) -> str:
    """26 digits; blanks, hyphens and the prefix PL are accepted and dropped."""
    number = _compact(value).upper().removeprefix("PL")
    _expect_digits(number, (NRB_LENGTH,), _("An account number has 26 digits."))
    if not is_nrb(number):
        raise InvalidIdentifier("check_digit", _("The check digits of the account number are wrong."))
    return number


def validate_iban(value: str) -> str:
    """International form of any country, without blanks. Polish numbers are checked as NRB."""
    number = _compact(value).upper()
    if number.startswith("PL") or digits_only(number):
        return "PL" + validate_nrb(number)
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", number):
        raise InvalidIdentifier("format", _("This is not an international account number (IBAN)."))
    rearranged = number[4:] + number[:4]
    if int("".join(str(int(sign, 36)) for sign in rearranged)) % 97 != 1:
        raise InvalidIdentifier("check_digit", _("The check digits of the account number are wrong."))
    return number


def format_nrb(number: str) -> str:
    """``12 1111 2222 0007 0000 0000 4321``, as printed on notices."""
    return " ".join([number[:2], *(number[start : start + 4] for start in range(2, len(number), 4))])


def validate_nip(value: str) -> str:
    """Tax number, 10 digits; hyphens, blanks and the prefix PL are dropped."""
    number = _compact(value).upper().removeprefix("PL")
    _expect_digits(number, (10,), _("A tax number (NIP) has 10 digits."))
    # A remainder of 10 has no digit, so it never equals one.
    if _weigh(number, _NIP_WEIGHTS) % 11 != int(number[9]):
        raise InvalidIdentifier("check_digit", _("The check digit of the tax number (NIP) is wrong."))
    return number


def validate_regon(value: str) -> str:
    """Statistical number of 9 digits, or 14 for a branch, whose first nine must be right too."""
    number = _compact(value)
    _expect_digits(number, (9, 14), _("A REGON has 9 or 14 digits."))
    right = _weigh(number[:8], _REGON_WEIGHTS) % 11 % 10 == int(number[8])
    if len(number) == 14:
        right = right and _weigh(number[:13], _REGON_LONG_WEIGHTS) % 11 % 10 == int(number[13])
    if not right:
        raise InvalidIdentifier("check_digit", _("The check digit of the REGON is wrong."))
    return number


def read_pesel(value: str) -> Pesel:
    """Number of a person with birth date and sex."""
    number = _compact(value)
    _expect_digits(number, (11,), _("A PESEL has 11 digits."))
    if -_weigh(number, _PESEL_WEIGHTS) % 10 != int(number[10]):
        raise InvalidIdentifier("check_digit", _("The check digit of the PESEL is wrong."))
    shifted = int(number[2:4])
    shift = shifted // 20 * 20
    try:
        born_on = date(_PESEL_CENTURIES[shift] + int(number[:2]), shifted - shift, int(number[4:6]))
    except (KeyError, ValueError):
        raise InvalidIdentifier("date", _("The birth date in the PESEL does not exist.")) from None
    return Pesel(number, born_on, "male" if int(number[9]) % 2 else "female")


def validate_pesel(value: str) -> str:
    return read_pesel(value).number


def land_register_check_digit(court: str, number: str) -> int:
    """Check digit for the four characters of the court department and the eight digits of the register."""
    return _weigh_register(court + number)


def _weigh_register(text: str) -> int:
    values = (_LAND_REGISTER_VALUES.index(sign) for sign in text)
    return sum(value * weight for value, weight in zip(values, _LAND_REGISTER_WEIGHTS, strict=True)) % 10


def validate_land_register(value: str) -> str:
    """Number of a land and mortgage register, ``KA1S/00012345/6``; leading zeros may be left out."""
    text = _compact(value).upper()
    match = _LAND_REGISTER.fullmatch(text)
    if not match or any(sign not in _LAND_REGISTER_VALUES for sign in text.replace("/", "")):
        raise InvalidIdentifier("format", _("A land register number looks like KA1S/00012345/6."))
    court, number, check = (part for part in match.groups() if part is not None)
    number = number.zfill(8)
    if land_register_check_digit(court, number) != int(check):
        raise InvalidIdentifier("check_digit", _("The check digit of the land register number is wrong."))
    return f"{court}/{number}/{check}"


def validate_teryt(value: str) -> str:
    """Code of a territorial unit: 2 digits voivodeship, 4 district, 6 commune, 7 commune with its kind."""
    code = _compact(value)
    _expect_digits(code, (2, 4, 6, 7), _("A territorial code (TERYT) has 2, 4, 6 or 7 digits."))
    district_right = len(code) == 2 or code[2:4] != "00"
    commune_right = len(code) < 6 or code[4:6] != "00"
    kind_right = len(code) < 7 or code[6] in "1234589"
    if code[:2] not in _VOIVODESHIPS or not (district_right and commune_right and kind_right):
        raise InvalidIdentifier("format", _("There is no such territorial unit (TERYT)."))
    return code


def validate_simc(value: str) -> str:
    """Identifier of a place in the TERYT register (SIMC), 7 digits."""
    code = _compact(value)
    _expect_digits(code, (7,), _("A place identifier (SIMC) has 7 digits."))
    return code


def validate_ulic(value: str) -> str:
    """Identifier of a street in the TERYT register (ULIC), 5 digits."""
    code = _compact(value)
    _expect_digits(code, (5,), _("A street identifier (ULIC) has 5 digits."))
    return code


def validate_phone(value: str) -> str:
    """``+48`` and nine digits for Polish numbers; foreign numbers with their country code as given."""
    number = re.sub(r"[\s\u00a0()./-]", "", value)
    if number.startswith("00"):
        number = "+" + number[2:]
    if not digits_only(number.removeprefix("+")):
        raise InvalidIdentifier("characters", _("A phone number has digits only, and may begin with +."))
    if not number.startswith("+"):
        number = "+48" + number if len(number) == 9 else "+" + number
    if number.startswith("+48"):
        if len(number) != 12 or number[3] == "0":
            raise InvalidIdentifier("length", _("A Polish phone number has 9 digits."))
    elif not 8 <= len(number) <= 16 or number[1] == "0":
        raise InvalidIdentifier("length", _("A phone number with its country code has 7 to 15 digits."))
    return number


def validate_postal_code(value: str) -> str:
    """``20-001``; the hyphen may be left out."""
    match = re.fullmatch(r"([0-9]{2})[-\s]?([0-9]{3})", value.strip(), re.ASCII)
    if not match:
        raise InvalidIdentifier("format", _("A postal code looks like 20-001."))
    return f"{match.group(1)}-{match.group(2)}"
