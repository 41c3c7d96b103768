"""Polish identifiers against the published samples."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lokum.core.base.identifier import InvalidIdentifier
from lokum.packs.pl import identifiers

pytestmark = pytest.mark.req("PLT-31")


@pytest.fixture
def vectors(shared_data: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((shared_data / "poland" / "ids" / "vectors.json").read_text())
    return loaded


@pytest.mark.parametrize("kind", ["nrb", "nip", "regon", "pesel"])
def test_published_samples(vectors: dict[str, Any], kind: str) -> None:
    validate: Callable[[str], str] = getattr(identifiers, f"validate_{kind}")
    for number in vectors[kind]["valid"]:
        assert validate(number) == number
    for number in vectors[kind]["invalid"]:
        with pytest.raises(InvalidIdentifier) as caught:
            validate(number)
        assert caught.value.code == "check_digit"
        assert str(caught.value)


def test_pesel_tells_birth_date_and_sex(vectors: dict[str, Any]) -> None:
    for number, person in vectors["pesel"]["valid"].items():
        read = identifiers.read_pesel(number)
        assert (read.born_on.isoformat(), read.sex) == (person["born"], person["sex"])


def test_check_digits_of_a_number_without_them(vectors: dict[str, Any]) -> None:
    for name, number in vectors["nrb"]["illustrative"].items():
        assert identifiers.nrb_check_digits(name.removeprefix("bban ").replace(" ", "")) == number[:2]


@pytest.mark.parametrize(
    "text",
    [
        "PL 12 1111 2222 0007 0000 0000 4321",
        "12-1111-2222-0007-0000-0000-4321",
        "pl12111122220007000000004321",
    ],
)
def test_spellings_of_an_account(text: str) -> None:
    assert identifiers.validate_nrb(text) == "12111122220007000000004321"
    assert identifiers.validate_iban(text) == "PL12111122220007000000004321"
    assert identifiers.format_nrb(identifiers.validate_nrb(text)) == "12 1111 2222 0007 0000 0000 4321"


def test_foreign_iban() -> None:
    assert identifiers.validate_iban("GB82 WEST 1234 5698 7654 32") == "GB82WEST12345698765432"
    with pytest.raises(InvalidIdentifier):
        identifiers.validate_iban("GB83 WEST 1234 5698 7654 32")


@pytest.mark.parametrize("number", ["KA1S/00012345/6", "LU1B/00012345/8", "WA4M/00123456/4"])
def test_published_land_register_numbers(number: str) -> None:
    court, register, check = number.split("/")
    assert identifiers.validate_land_register(f" {court.lower()} / {register.lstrip('0')} / {check}") == number
    assert identifiers.validate_land_register(number.replace("/", "")) == number
    for wrong in set("0123456789") - {check}:
        with pytest.raises(InvalidIdentifier) as caught:
            identifiers.validate_land_register(f"{court}/{register}/{wrong}")
        assert caught.value.code == "check_digit"


@pytest.mark.parametrize(
    ("validate", "value", "code"),
    [
        (identifiers.validate_nrb, "123", "length"),
        (identifiers.validate_nip, "77123A5673", "characters"),
        (identifiers.validate_nip, "١٢٣٤٥٦٧٨٩٠", "characters"),
        (identifiers.validate_regon, "1234567890", "length"),
        (identifiers.validate_pesel, "44053201356", "date"),
        (identifiers.validate_land_register, "KA1Q/00012345/6", "format"),
        (identifiers.validate_teryt, "0163011", "format"),
        (identifiers.validate_postal_code, "2000", "format"),
        (identifiers.validate_phone, "12345", "length"),
        (identifiers.validate_phone, "abc", "characters"),
    ],
)
def test_refusals_carry_a_code(validate: Callable[[str], str], value: str, code: str) -> None:
    if value == "44053201356":  # right check digit, 32 May
        digits = [int(digit) for digit in value[:10]]
        check = -sum(a * b for a, b in zip(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3), strict=True)) % 10
        value = value[:10] + str(check)
    with pytest.raises(InvalidIdentifier) as caught:
        validate(value)
    assert caught.value.code == code


def test_nip_with_prefix_and_hyphens() -> None:
    assert identifiers.validate_nip("PL 771-234-56-73") == "7712345673"


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("81 532 10 20", "+48815321020"),
        ("+48 600-100-200", "+48600100200"),
        ("0048600100200", "+48600100200"),
        ("+886 2 2345 6789", "+886223456789"),
    ],
)
def test_phones(value: str, stored: str) -> None:
    assert identifiers.validate_phone(value) == stored


def test_places() -> None:
    assert identifiers.validate_postal_code("20001") == "20-001"
    assert identifiers.validate_teryt("0663011") == "0663011"
    assert identifiers.validate_teryt("06") == "06"
    assert identifiers.validate_simc("0954700") == "0954700"
    assert identifiers.validate_ulic("10573") == "10573"


CHECKS = [getattr(identifiers, name) for name in dir(identifiers) if name.startswith("validate_")]


@given(st.text(max_size=40), st.sampled_from(CHECKS))
def test_any_text_gives_a_verdict(text: str, validate: Callable[[str], str]) -> None:
    try:
        stored = validate(text)
    except InvalidIdentifier as refusal:
        assert refusal.code
    else:
        assert validate(stored) == stored


@given(st.integers(0, 10**24 - 1), st.integers(0, 25), st.integers(1, 9))
def test_every_single_wrong_digit_of_an_account_is_found(bban: int, place: int, step: int) -> None:
    body = f"{bban:024d}"
    number = identifiers.nrb_check_digits(body) + body
    assert identifiers.validate_nrb(number) == number
    wrong = number[:place] + str((int(number[place]) + step) % 10) + number[place + 1 :]
    with pytest.raises(InvalidIdentifier):
        identifiers.validate_nrb(wrong)
