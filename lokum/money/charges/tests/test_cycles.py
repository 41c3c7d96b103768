"""When a component is due: cycles from their first month or with their last, chosen months; what no column can hold."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.money.charges.models import Component, ComponentAssignment
from lokum.money.charges.services import BatchOrder, OneOff, check_run, compute_run, raise_charges
from lokum.money.charges.tests.world import MONTH, attach_everywhere, make_component, make_tariff
from lokum.money.ledger.models import Account
from lokum.money.ledger.tests.world import World, make_world


@pytest.fixture
def world(as_system: Actor) -> World:
    return make_world(2, actor=as_system)


@pytest.mark.req("CHG-01")
def test_cycles_and_chosen_months_over_a_year(world: World, as_system: Actor) -> None:
    """Four months each: since February 2026 in advance in February, June, October, in arrears in May and September (the
    third cycle ends in January). Without a beginning a quarter begins in January, April, July and October."""
    since: dict[str, Any] = {"valid": (dt.date(2026, 2, 1), None), "cycle_months": 4}
    chosen = make_component(world, "HEAT", rhythm="windowed", months="12, 01,2")
    chosen.full_clean()
    chosen.save()
    wanted = {
        make_component(world, "AHEAD", billing="advance", **since): [2, 6, 10],
        make_component(world, "BEHIND", billing="arrears", **since): [5, 9],
        make_component(world, "ALWAYS", valid=(None, None), cycle_months=3): [1, 4, 7, 10],
        chosen: [1, 2, 12],
    }
    for component in wanted:
        make_tariff(component, "30.00")
        attach_everywhere(world, component)
    found: dict[Component, list[int]] = {component: [] for component in wanted}
    for month in range(1, 13):
        run = compute_run(world.entity.pk, dt.date(2026, month, 1), actor=as_system)
        for component in Component.objects.filter(pk__in=run.draft_lines.values("component")):
            found[component].append(month)
    assert found == wanted and chosen.months == "1,2,12"


@pytest.mark.req("CHG-01")
@pytest.mark.parametrize("months", ["", "5-9", "13", "0,5", "May", "5;6", "５"])
def test_chosen_months_that_would_never_be_charged_are_refused(world: World, months: str) -> None:
    component = make_component(world, "HEAT", rhythm="windowed", months=months)
    with pytest.raises(ValidationError) as refused:
        component.full_clean()
    assert list(refused.value.message_dict) == ["months"]


@pytest.mark.req("CHG-03", "CHG-11")
def test_an_amount_that_no_column_can_hold_is_a_problem_of_its_premises(world: World, as_system: Actor) -> None:
    """9,999,999,999 for each m2 of 47.19 m2 are 471,899,999,952.81; for each of two persons 19,999,999,998.00."""
    area, persons = make_component(world, "AREA", "usable_area"), make_component(world, "PEOPLE", "persons")
    flat = Account.objects.get(pk=world.accounts[0]).agreement.premises
    for component in (area, persons):
        make_tariff(component, "9999999999")
        ComponentAssignment.objects.create(component=component, premises=flat, valid=(dt.date(2020, 1, 1), None))
    run = compute_run(world.entity.pk, MONTH, actor=as_system)
    told: dict[str, Any] = {one.component.code: (one.problem, one.amount) for one in run.draft_lines.all()}
    assert told == {"AREA": ("too_large", None), "PEOPLE": ("", Decimal("19999999998.00"))}
    assert run.problem_count == 1
    with pytest.raises(Refusal) as refused:
        check_run(run.pk, actor=as_system)
    assert refused.value.details["premises"] == [str(flat)]
    order = BatchOrder(world.entity.pk, "single", "next_notice", MONTH, "A key of gold")
    with pytest.raises(Refusal) as refused:
        raise_charges(
            order, [OneOff(world.accounts[0], area.pk, Decimal(20), Decimal(9_999_999_999))], actor=as_system
        )  # fmt: skip
    assert refused.value.code == "one_off.too_large"
