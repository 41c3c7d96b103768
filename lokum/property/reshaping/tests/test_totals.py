"""Completing values to the whole and comparing totals: exact, without a database."""

from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lokum.property.reshaping.totals import Incomplete, complete, totals

pytestmark = [pytest.mark.req("REG-10")]


def test_what_is_left_out_once_is_the_rest():
    """48.50 m2 with 485/10000 become 30.25 m2 and 303/10000; the rest is 18.25 m2 and 182/10000."""
    former = [{"usable_area": F("48.50"), "share": F(485, 10000), "coefficient": F("1.1")}]
    new = complete(former, [{"usable_area": F("30.25"), "share": F(303, 10000)}, {}])
    assert new[1] == {"usable_area": F("18.25"), "share": F(182, 10000), "coefficient": F("1.1")}
    assert new[0]["coefficient"] == F("1.1")
    lines = totals(former, new)
    assert [(one.kind, one.before, one.after) for one in lines] == [
        ("usable_area", F("48.50"), F("48.50")), ("share", F(97, 2000), F(97, 2000)),
    ]  # fmt: skip
    assert all(one.agrees and one.binding for one in lines)


def test_three_thirds_are_the_whole_and_a_missing_cent_is_told():
    assert totals([{"share": F(1)}], [{"share": F(1, 3)}] * 3)[0].agrees
    (line,) = totals([{"usable_area": F("48.50")}], [{"usable_area": F("30.25")}, {"usable_area": F("18.24")}])
    assert not line.agrees and line.difference == F("-0.01")
    assert not totals([{"rooms": F(2)}], [{"rooms": F(3)}])[0].binding


def test_values_that_cannot_be_completed():
    for former, new, why in (
        ([{"rooms": F(3)}], [{}, {}], "missing"),
        ([{"usable_area": F(40)}], [{"usable_area": F(41)}, {}], "negative"),
        ([{"coefficient": F(1)}, {"coefficient": F(2)}], [{}], "differs"),
    ):
        with pytest.raises(Incomplete) as problem:
            complete(former, new)
        assert problem.value.why == why


_PARTS = st.lists(st.fractions(min_value=0, max_value=1, max_denominator=10_000), min_size=1, max_size=8)


@given(parts=_PARTS)
def test_the_rest_always_makes_the_whole(parts):
    whole = sum(parts, F(0)) + F(1, 7)
    new = complete([{"share": whole}], [*({"share": part} for part in parts), {}])
    assert new[-1]["share"] == F(1, 7) and totals([{"share": whole}], new)[0].agrees
