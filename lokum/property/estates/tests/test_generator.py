"""The generator: a plan from parameters, what is missing of it, what is in the way."""

import datetime as dt
from decimal import Decimal

import pytest

from lokum.core.base.errors import Refusal
from lokum.core.organisation.factories import make_entity
from lokum.property.estates.factories import make_building, make_estate, make_premises
from lokum.property.estates.generator import (
    Parameters,
    PlanError,
    Position,
    entrance_name,
    expand,
    parse_numbers,
    plan_estate,
)
from lokum.property.estates.models import Building, Premises, PremisesFact
from lokum.property.estates.queries import facts_as_of
from lokum.property.estates.services import generate_estate, preview_estate

FLAT = Position("dwelling", {"usable_area": Decimal("48.5"), "rooms": Decimal(2)})
SHOP = Position("commercial", {"usable_area": Decimal(120)}, frozenset({0}))
SINCE = dt.date(2024, 1, 1)


def _parameters(**over):
    values = {
        "estate_code": "E1",
        "street": "ul. Lipowa",
        "positions": [FLAT, FLAT],
        "building_count": 2,
        "entrance_count": 2,
        "entrance_names": "A",
        "lowest_level": 0,
        "highest_level": 3,
    }
    return Parameters(**(values | over))


@pytest.mark.parametrize(
    ("text", "numbers"), [("", set()), ("4, 13-15;20", {4, 13, 14, 15, 20}), ("-1 0", {-1, 0}), ("-2--1", {-2, -1})]
)
def test_numbers_and_ranges_are_read(text, numbers):
    assert parse_numbers(text) == numbers


@pytest.mark.parametrize("text", ["a", "5-3", "1-", "1,2,x"])
def test_other_text_is_no_number(text):
    with pytest.raises(ValueError):
        parse_numbers(text)


def test_masks_and_names():
    assert expand("{entrance}/{n:3}", {"entrance": "A", "n": 7}) == "A/007"
    assert [entrance_name("A", index) for index in (0, 25, 26)] == ["A", "Z", "AA"]
    assert entrance_name("1", 2) == "3"


def test_a_plan_counts_through_the_building_and_skips_numbers():
    plan = plan_estate(_parameters(building_count=1, skipped=parse_numbers("13"), skipped_digits="4"))
    numbers = [one.number for one in plan[0].premises]
    assert len(numbers) == 16 and len(set(numbers)) == 16
    assert not {"4", "13", "14"} & set(numbers)
    assert numbers[:4] == ["1", "2", "3", "5"] and numbers[-1] == "19"
    assert (plan[0].premises[0].entrance, plan[0].premises[0].level) == ("A", 0)


def test_positions_may_be_limited_to_storeys():
    plan = plan_estate(_parameters(positions=[FLAT, SHOP], building_count=1, entrance_count=1))
    assert [one.kind for one in plan[0].premises] == ["dwelling", "commercial", "dwelling", "dwelling", "dwelling"]


def test_storeys_can_be_part_of_the_number():
    parameters = _parameters(building_count=1, entrance_count=1, number_mask="{storey}{position:2}", counting="storey")
    assert [one.number for one in plan_estate(parameters)[0].premises][:4] == ["001", "002", "101", "102"]


@pytest.mark.parametrize(
    ("over", "name"),
    [
        ({"number_mask": "{x}"}, "number_mask"),
        ({"number_mask": "flat"}, "number_mask"),
        ({"building_mask": "B"}, "building_mask"),
        ({"highest_level": -1}, "highest_level"),
        ({"positions": []}, "positions"),
        ({"skipped_digits": "0123456789"}, "skipped_digits"),
        ({"building_count": 100_000}, "building_count"),
    ],
)
def test_senseless_parameters_are_named(over, name):
    with pytest.raises(PlanError) as refused:
        plan_estate(_parameters(**over))
    assert refused.value.name == name


@pytest.mark.req("REG-02")
def test_created_count_equals_the_preview_and_a_second_run_makes_nothing(as_system):
    estate, entity = make_estate(code="E1"), make_entity()
    preview = preview_estate(estate.pk, _parameters())
    assert preview.counts == {"buildings": 2, "entrances": 4, "storeys": 8, "premises": 32}

    generate_estate(estate.pk, _parameters(), actor=as_system, entity_pk=entity.pk, valid_from=SINCE, source="plan")

    premises = Premises.objects.filter(building__estate=estate)
    assert premises.count() == 32 and Building.objects.filter(estate=estate).count() == 2
    assert all(one.entrance and one.storey and one.entities.get().entity == entity for one in premises)
    assert facts_as_of(premises[0].pk, SINCE)["usable_area"].value == Decimal("48.5")
    again = generate_estate(estate.pk, _parameters(), actor=as_system, entity_pk=entity.pk, valid_from=SINCE)
    assert again.is_empty and again.present_count == 32 and not again.conflicts
    assert PremisesFact.objects.count() == 64


@pytest.mark.req("REG-02")
def test_a_number_in_the_way_is_listed_and_left_alone(as_system):
    estate = make_estate(code="E1")
    building = make_building(estate=estate, code="E1-1")
    taken = make_premises(building=building, number="5", kind="garage")
    outcome = generate_estate(estate.pk, _parameters(), actor=as_system, entity_pk=make_entity().pk, valid_from=SINCE)
    assert [(one.building, one.number, one.code) for one in outcome.conflicts] == [("E1-1", "5", "number_taken")]
    assert outcome.counts["premises"] == 31 and outcome.counts["buildings"] == 1
    taken.refresh_from_db()
    assert taken.kind == "garage" and building.premises.count() == 16


def test_a_building_code_of_another_estate_is_a_conflict(as_system):
    estate = make_estate(code="E1")
    make_building(code="E1-2")
    outcome = preview_estate(estate.pk, _parameters())
    assert [one.code for one in outcome.conflicts] == ["building_elsewhere"] and outcome.counts["buildings"] == 1


def test_a_wrong_parameter_is_refused_with_its_field(as_system):
    with pytest.raises(Refusal) as refused:
        preview_estate(make_estate().pk, _parameters(number_mask="{bad}"))
    assert refused.value.fields.keys() == {"number_mask"}
