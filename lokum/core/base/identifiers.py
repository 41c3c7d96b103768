"""Seam for numbers checked by the rules of a country; the country packs register, everybody asks here.

One function per country and kind of number serves form, import and API, so all give the same verdict and reason.
"""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError

from lokum.core.base.identifier import InvalidIdentifier

PERSONAL, TAX, STATISTICAL = "personal", "tax", "statistical"
PHONE, POSTAL_CODE, TERRITORY, LAND_REGISTER, BANK_ACCOUNT = (
    "phone",
    "postal_code",
    "territory",
    "land_register",
    "bank_account",
)

Rule = Callable[[str], str]
_rules: dict[tuple[str, str], Rule] = {}


def register(country: str, kind: str, rule: Rule) -> None:
    """`rule(text)` returns the stored form or raises InvalidIdentifier. `country`: ISO 3166-1, two capitals."""
    _rules[country, kind] = rule


def has_rule(kind: str, country: str) -> bool:
    return (country.upper(), kind) in _rules


def check(kind: str, value: str, country: str) -> str:
    """The number in its stored form; a country without a rule takes it as written, without outer blanks.

    Raises ValidationError whose code is stable ("tax.check_digit") and whose text is the country's own reason.
    """
    value = value.strip()
    rule = _rules.get((country.upper(), kind))
    if not value or rule is None:
        return value
    try:
        return rule(value)
    except InvalidIdentifier as error:
        raise ValidationError(error.message, code=f"{kind}.{error.code}") from error


def check_fields(record: Any, country: str, kinds: dict[str, str]) -> None:
    """Bring several fields of a record into their stored form; for `clean()`. `kinds`: field -> kind of number.

    Raises one ValidationError with the reasons by field.
    """
    wrong: dict[str, ValidationError] = {}
    for field, kind in kinds.items():
        try:
            setattr(record, field, check(kind, getattr(record, field), country))
        except ValidationError as error:
            wrong[field] = error
    if wrong:
        raise ValidationError(wrong)  # type: ignore[arg-type]
