"""Taiwanese identifiers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lokum.core.base.identifier import InvalidIdentifier
from lokum.packs.tw.identifiers import (
    read_person_number,
    validate_business_number,
    validate_national_id,
    validate_resident_id,
)

pytestmark = pytest.mark.req("PLT-31")


@pytest.mark.parametrize("number", ["22099131", "12345675", "04595257", "10458570", "12345670", "00501503"])
def test_business_numbers_of_both_rules(number: str) -> None:
    assert validate_business_number(f" {number[:4]} {number[4:]} ") == number


@pytest.mark.parametrize(
    ("number", "code"),
    [("00000000", "format"), ("1234567", "length"), ("22099132", "check_digit"), ("2209913A", "characters")],
)
def test_wrong_business_numbers(number: str, code: str) -> None:
    with pytest.raises(InvalidIdentifier) as caught:
        validate_business_number(number)
    assert caught.value.code == code


def test_person_numbers() -> None:
    assert validate_national_id("a123456789") == "A123456789"
    assert read_person_number("A123456789").sex == "male"
    assert validate_resident_id("A800000014") == "A800000014"
    assert validate_resident_id("AD30196818") == "AD30196818"
    assert read_person_number("AD30196818").sex == "female"
    with pytest.raises(InvalidIdentifier):
        validate_national_id("A123456788")
    with pytest.raises(InvalidIdentifier):
        validate_national_id("A800000014")
    with pytest.raises(InvalidIdentifier):
        validate_resident_id("A123456789")


@given(st.text(max_size=14), st.sampled_from([validate_business_number, validate_national_id]))
def test_any_text_gives_a_verdict(text: str, validate: object) -> None:
    assert callable(validate)
    try:
        validate(text)
    except InvalidIdentifier as refusal:
        assert refusal.code
