"""Contacts of people and companies in their normal form, by the rules of their country (PLT-31)."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from lokum.core.base import identifiers


def check_email(value: str) -> str:
    """An e-mail address in lower case. Raises ValidationError."""
    value = value.strip().lower()
    validate_email(value)
    return value


_DIALLING = {"TW": ("886", 8, 9), "CN": ("86", 10, 11)}  # prefix, fewest and most digits after it


def check_phone(value: str, country: str) -> str:
    """A phone number as +prefix and digits (E.164). Raises ValidationError."""
    if identifiers.has_rule(identifiers.PHONE, country):
        return identifiers.check(identifiers.PHONE, value, country)
    digits = re.sub(r"[\s()./-]", "", value.strip())
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if not re.fullmatch(r"\+?\d{6,15}", digits):
        raise ValidationError(_("This is not a phone number."), code="phone.malformed")
    prefix, fewest, most = _DIALLING.get(country, ("", 6, 14))
    if not digits.startswith("+"):
        if not prefix:
            raise ValidationError(_("Write the number with the country's prefix, e.g. +48."), code="phone.no_prefix")
        national = digits.lstrip("0") if country in ("TW", "CN") else digits
        digits = f"+{prefix}{national}"
    if prefix and digits.startswith(f"+{prefix}"):
        length = len(digits) - len(prefix) - 1
        if not fewest <= length <= most:
            raise ValidationError(
                _("A phone number of this country has %(fewest)s to %(most)s digits.")
                % {"fewest": fewest, "most": most},
                code="phone.length",
            )
    return digits
