"""Reading and checking formulas: what is refused, where, and why."""

from decimal import Decimal

import pytest

from lokum.money.charges.formulas import facts, nodes
from lokum.money.charges.formulas.checking import check
from lokum.money.charges.formulas.errors import FormulaError, Problem
from lokum.money.charges.formulas.evaluation import Asked, divide, evaluate
from lokum.money.charges.formulas.parser import parse
from lokum.money.charges.formulas.wording import infix, taken, told
from lokum.money.charges.parts import vocabulary

BASES = {"S1301": "amount", "S1302": "usable_area", "S1303": "persons", "WATER": "cold_water_forecast"}
WASTE = (
    'if has_own_rate("S1301") then rate("S1301") elif persons < 1 then 0 '
    'elif usable_area / persons <= 27 then usable_area * rate("S1302") else persons * rate("S1303")'
)
OF_AREA = 'rate("S1302")'


@pytest.fixture(autouse=True)
def without_own_fields(monkeypatch):
    """The language alone: own fields of an operator would be read from the database."""
    monkeypatch.setattr(facts, "_providers", [])


def checked(text: str, own: str = "usable_area"):
    return check(text, vocabulary(BASES, own))


@pytest.mark.req("CHG-03")
@pytest.mark.parametrize(
    "text",
    [
        "rate * usable_area",
        WASTE,
        'if persons <= 2 then persons * rate("S1303") else persons * 2 * rate("S1303")',
        "max(rate * usable_area, 20)",
        "round(rate * usable_area, 1) + 0.5",
        'if storey = 0: 0 elif storey >= 1 and premises_kind = "dwelling": rate * usable_area else: 5',
        "built_area * 0.45 currency/m2 + storey * 2 currency",
        "R * 0.45 currency/m2 + L * 2 currency",
        "usable_area × rate × coefficient",
        "(min(cold_water_forecast, 12) * 2.10 + max(min(cold_water_forecast, 20) - 12, 0) * 3.00"
        " + max(cold_water_forecast - 20, 0) * 4.20) * 1 currency/m3",
        "-(-rate * usable_area)",
        "12.50",
        'if member and not title_kind = "lease" then 1 else 2',
        "rate * estate_area * share",
        "rate * usable_area * usable_area / building_area",
    ],
)
def test_what_may_be_written(text):
    formula = checked(text)
    assert formula.text == text and formula.tree.end <= len(text)


@pytest.mark.req("CHG-03")
@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("rate * usable_are", 7, "Did you mean “usable_area”"),
        ("rate * persons", 0, "currency·person/m2"),
        ("usable_area + persons", 14, "m2"),
        ("usable_area * 0.45", 0, "0.45 currency/m2"),
        ('rate("S99")', 0, "S99"),
        ("rate *", 6, "ends too early"),
        ("rate * usable_area)", 18, "does not fit"),
        ("rate $ 2", 5, "unknown"),
        ("if persons then 1 else 2", 3, "condition"),
        ("if persons = 1 then 1", 21, "else"),
        ("persons < 3", 0, "yes or no"),
        ("not persons", 4, "condition"),
        ('premises_kind = 3', 16, "word"),
        ('premises_kind + 1', 0, "number"),
        ("min(3)", 0, "two values"),
        ("round(3, persons)", 9, "0 to 6"),
        ("sqrt(4)", 0, "no function"),
        ("m2 * 3", 0, "unit"),
        ("1234567890123", 0, "12 digits"),
        ("(" * 31 + "1" + ")" * 31, 30, "30 levels"),
        ("1+" * 150 + "1", 0, "200 parts"),
        ("1" + " " * 1000, 1000, "1000 signs"),
        ("if true then rate * usable_area else usable_area", 37, "branches"),
        ("1 < 2 < 3", 6, "does not fit"),
        ("", 0, "ends too early"),
        ("__import__", 0, "nothing called"),
    ],
)  # fmt: skip
def test_what_is_refused_and_where(text, position, words):
    with pytest.raises(FormulaError, match=None) as caught:
        checked(text)
    assert caught.value.position == position, caught.value
    assert words in str(caught.value)


@pytest.mark.req("CHG-03")
def test_waste_by_area_or_persons():
    """poland.md 1.4 (published by a program in use): 64.00 m2, S1302 = 1.05, S1303 = 39.00."""
    tree = checked(WASTE).tree
    rates = {"S1302": Asked(Decimal("1.05")), "S1303": Asked(Decimal("39.00"))}

    def charge(persons: str, **more):
        return evaluate(tree, {"persons": Decimal(persons), "usable_area": Decimal("64.00")}, rates | more)

    assert charge("4").value == Decimal("67.20")
    assert charge("1").value == Decimal("39.00")
    assert charge("0").value == 0
    assert charge("4", S1301=Asked(Decimal(50), own=True)).value == 50
    assert charge("4", S1301=Asked(Decimal(50))).value == Decimal("67.20")  # a price for everybody is not individual
    four = charge("4")
    assert taken(tree, four) == "64 × 1.05"
    steps = [(one.text, one.value) for one in told(four)]
    assert ("Usable area / Number of persons", "16") in steps
    assert ("Usable area / Number of persons ≤ 27", "yes") in steps


@pytest.mark.req("CHG-03")
def test_figures_of_other_tariffs():
    def charge(text: str, **figures: str) -> Decimal:
        values = {name: Decimal(value) for name, value in figures.items()}
        return evaluate(checked(text).tree, values, {"": Asked(Decimal("2.50"))}).value

    tiers = (
        "(min(cold_water_forecast, 12) * 2.10 + max(min(cold_water_forecast, 20) - 12, 0) * 3.00 "
        "+ max(cold_water_forecast - 20, 0) * 4.20) * 1 currency/m3"
    )
    assert charge(tiers, cold_water_forecast="22") == Decimal("57.60")  # china.md 7.5
    expression = "R * 0.45 currency/m2 + L * 2 currency"
    assert charge(expression, built_area="64.50", storey="9") == Decimal("47.025")  # china.md A3
    household = "if persons <= 2 then persons * 30 currency/person else persons * 24 currency/person"
    assert (charge(household, persons="2"), charge(household, persons="3")) == (60, 72)
    assert charge("max(rate * usable_area, 20)", usable_area="4") == 20


@pytest.mark.req("CHG-03")
def test_nothing_missing_becomes_zero():
    tree = checked(WASTE).tree
    two_square_metres = {"persons": Decimal(2), "usable_area": Decimal(2)}
    for known, rates, wanted in (
        ({}, {}, f"no_fact:persons:{WASTE.index('persons')}"),
        ({"persons": Decimal(2)}, {}, f"no_fact:usable_area:{WASTE.index('usable_area')}"),
        (two_square_metres, {}, f"no_tariff:S1302:{WASTE.index(OF_AREA)}"),
    ):
        with pytest.raises(Problem) as caught:
            evaluate(tree, known, rates)
        assert str(caught.value) == wanted
    with pytest.raises(Problem, match="division::0"):
        evaluate(parse("usable_area / persons"), {"persons": Decimal(0), "usable_area": Decimal(2)}, {})


def test_a_quotient_has_sixteen_decimals():
    assert divide(Decimal(1), Decimal(3)) == Decimal("0.3333333333333333")
    assert divide(Decimal(-2), Decimal(3)) == Decimal("-0.6666666666666667")
    assert divide(Decimal("612.40") * 8, Decimal(30)) == Decimal("163.3066666666666667")


def test_the_text_of_a_tree_keeps_its_meaning():
    for text in ("1 - (2 - 3)", "(1 + 2) * 3", "1 / (2 * 3)", "2 * 3 + 4"):
        assert infix(parse(text), lambda node: None).translate(str.maketrans("−×", "-*")) == text
    assert isinstance(parse("share"), nodes.Binary)
