"""Chinese identifiers."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lokum.core.base.identifier import InvalidIdentifier
from lokum.packs.cn.identifiers import resident_birth_date, validate_credit_code, validate_resident_id

pytestmark = pytest.mark.req("PLT-31")


def test_valid_numbers() -> None:
    assert validate_credit_code("91110000600037341l") == "91110000600037341L"
    assert validate_resident_id("11010519491231002x") == "11010519491231002X"
    assert resident_birth_date("11010519491231002X") == date(1949, 12, 31)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("110105194912310021", "check_digit"),
        ("1101051949", "length"),
        ("A1010519491231002X", "characters"),
    ],
)
def test_wrong_resident_numbers(number: str, code: str) -> None:
    with pytest.raises(InvalidIdentifier) as caught:
        validate_resident_id(number)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("number", "code"),
    [("A1110000600037341L", "characters"), ("12345", "length"), ("91110000600037341M", "check_digit")],
)
def test_wrong_credit_codes(number: str, code: str) -> None:
    with pytest.raises(InvalidIdentifier) as caught:
        validate_credit_code(number)
    assert caught.value.code == code


@given(st.text(max_size=20))
def test_any_text_gives_a_verdict(text: str) -> None:
    for validate in (validate_resident_id, validate_credit_code):
        try:
            validate(text)
        except InvalidIdentifier as refusal:
            assert refusal.code
