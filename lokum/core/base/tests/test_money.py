"""Rounding and sharing out, with the worked examples of the Polish domain pack."""

from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from lokum.core.base.money import round_amount, split_amount
from lokum.core.base.templatetags.lokum import price


def test_lines_are_rounded_before_they_are_summed() -> None:
    lines = [round_amount(Decimal("37.15") * Decimal(rate)) for rate in ("1.37", "2.11", "0.59")]
    assert lines == [Decimal("50.90"), Decimal("78.39"), Decimal("21.92")]
    assert sum(lines) == Decimal("151.21")


def test_share_by_consumption() -> None:
    assert split_amount(Decimal("37.50"), [Decimal("15.000"), Decimal("12.400"), Decimal("11.600")]) == [
        Decimal("14.42"),
        Decimal("11.92"),
        Decimal("11.16"),
    ]


@given(
    st.decimals(min_value=-(10**9), max_value=10**9, places=2),
    st.lists(st.decimals(min_value=0, max_value=10**6, places=4), min_size=1, max_size=40).filter(lambda w: sum(w) > 0),
)
def test_parts_sum_to_the_whole(total: Decimal, weights: list[Decimal]) -> None:
    assert sum(split_amount(total, weights)) == total


def test_a_float_is_refused() -> None:
    with pytest.raises(TypeError):
        round_amount(0.1)  # type: ignore[arg-type]


def test_tables_write_the_digits_of_their_currency() -> None:
    from lokum.core.base.templatetags.lokum import amount_text

    assert amount_text(Decimal(300), places_like="TWD") == "300"
    assert amount_text(Decimal("300.50"), places_like="TWD") == "300.50"  # a part that should not be there still shows
    assert amount_text(Decimal(300), places_like="PLN") == amount_text(Decimal(300)) == "300.00"


def test_a_price_has_the_digits_it_needs_and_at_least_those_of_its_currency() -> None:
    with translation.override("pl"):
        written = [
            price(Decimal(text), currency) for text, currency in (("3.1900", "PLN"), ("11.1564", "PLN"), ("30", ""))
        ]
        assert written == ["3,19", "11,1564", "30,00"]
    assert price(Decimal("1300.0000"), "TWD") == "1,300" and price(Decimal("0.0000"), "PLN") == "0.00"
