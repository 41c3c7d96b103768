"""Numbers of people and organisations in mainland China, checked with python-stdnum.

Resident identity number 居民身份证 (18 places, the last may be X) and unified social credit code
统一社会信用代码.
"""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _
from stdnum.cn import ric, uscc
from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidFormat, InvalidLength

from lokum.core.base.identifier import InvalidIdentifier


def validate_resident_id(value: str) -> str:
    """18 characters with an existing birth date and place."""
    try:
        return str(ric.validate(value))
    except InvalidLength:
        raise InvalidIdentifier("length", _("A resident identity number has 18 characters.")) from None
    except InvalidChecksum:
        raise InvalidIdentifier("check_digit", _("The check digit of the identity number is wrong.")) from None
    except InvalidComponent:
        raise InvalidIdentifier("date", _("The birth date or place in the identity number does not exist.")) from None
    except (InvalidFormat, ValueError):
        raise InvalidIdentifier("characters", _("An identity number has digits; the last may be X.")) from None


def resident_birth_date(number: str) -> date:
    """Birth date of a valid resident identity number."""
    return date.fromisoformat(f"{number[6:10]}-{number[10:12]}-{number[12:14]}")


def validate_credit_code(value: str) -> str:
    """Unified social credit code, 18 digits and capitals without I, O, S, V and Z."""
    try:
        return str(uscc.validate(value))
    except InvalidLength:
        raise InvalidIdentifier("length", _("A unified social credit code has 18 characters.")) from None
    except InvalidChecksum:
        raise InvalidIdentifier("check_digit", _("The check character of the credit code is wrong.")) from None
    except (InvalidFormat, ValueError):
        raise InvalidIdentifier("characters", _("A credit code has digits and capital letters.")) from None
