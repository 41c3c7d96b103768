"""Formulas take an own field as of the charged time; a change back in time lists the notices it touches."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import Actor
from lokum.core.desk.own_fields import forget
from lokum.core.organisation.models import OwnFieldDefinition
from lokum.money.charges.models import Component, Notice
from lokum.money.charges.queries.corrections import correction_figures
from lokum.money.charges.services import compute_run
from lokum.money.charges.services.correcting import compare_months, post_correction, request_correction
from lokum.money.charges.services.formulas import check_formulas
from lokum.money.charges.tests.test_one_offs import proven
from lokum.money.charges.tests.world import attach_everywhere, make_component, make_tariff, posted_run
from lokum.money.ledger.tests.world import World, make_world
from lokum.property.estates.models import Premises
from lokum.property.estates.services import set_own_value
from lokum.property.occupancy.models import Agreement

JANUARY, FEBRUARY, MARCH, APRIL = (dt.date(2026, month, 1) for month in (1, 2, 3, 4))
pytestmark = pytest.mark.req("PLT-27", "CHG-03", "CHG-09", "REG-05")


@pytest.fixture
def world(as_system: Actor) -> World:
    """Two lifts' points at 4.00 in each flat, charged from January to March; the field was not dated before."""
    world = make_world(2, actor=as_system)
    OwnFieldDefinition.objects.create(object_label="estates.premises", code="points", label="Lift points",
                                      type="decimal")  # fmt: skip
    forget()
    Premises.objects.filter(agreements__entity=world.entity).update(own={"points": "2"})
    component = make_component(world, "LIFT", "amount", formula="own_points * rate", proration="days")
    make_tariff(component, "4.00")
    attach_everywhere(world, component)
    check_formulas([component.pk], actor=as_system)  # as saving the formula does
    for month in (JANUARY, FEBRUARY, MARCH):
        posted_run(world, month, actor=as_system)
    return world


def home(world: World) -> Any:
    return Agreement.objects.get(pk=world.agreements[0]).premises


def test_a_formula_makes_its_fields_dated_and_the_past_stays_what_it_was(world: World, as_system: Actor) -> None:
    assert OwnFieldDefinition.objects.get(code="points").dated
    set_own_value(home(world).pk, "points", "5", dt.date(2026, 4, 16), actor=as_system)
    assert not compare_months(world.entity.pk, JANUARY, MARCH, "nothing", actor=as_system).line_count
    april = compute_run(world.entity.pk, APRIL, actor=as_system)
    # 8.00 of the other flat; 15 days at 2 and 15 days at 5 points: 4.00 + 10.00.
    assert april.total_amount == Decimal("22.00")
    # Read as of April only: the field of today changes nothing of what was posted.
    Premises.objects.filter(pk=home(world).pk).update(own={"points": "99"})
    assert compute_run(world.entity.pk, APRIL, actor=as_system).total_amount == Decimal("22.00")
    assert Component.objects.filter(formula__contains="own_points").count() == 1


def test_a_change_back_in_time_lists_the_notices_and_is_corrected(world: World, as_system: Actor) -> None:
    set_own_value(home(world).pk, "points", "3", dt.date(2026, 2, 15), actor=as_system, source="inspection 2/2026")
    run = compare_months(world.entity.pk, JANUARY, MARCH, "points were counted", actor=as_system)
    # February: 14 of 28 days at one point more is 2.00; March a whole month: 4.00.
    assert list(run.lines.order_by("period").values_list("period", "amount")) == [
        (FEBRUARY, Decimal("2.00")), (MARCH, Decimal("4.00")),
    ]  # fmt: skip
    causes = correction_figures(run)["documents"][0].lines[0].causes
    assert [one.label for one in causes] == ["Lift points"]
    assert causes[0].text.startswith("2 → 3, from ") and causes[0].text.endswith(" · inspection 2/2026")
    count = Notice.objects.count()
    request_correction(run.pk, actor=as_system)
    assert Notice.objects.count() == count
    post_correction(run.pk, actor=as_system)
    assert Notice.objects.count() == count + 2
    assert not compare_months(world.entity.pk, JANUARY, MARCH, "again", actor=as_system).line_count
    proven()


def test_the_page_of_a_correction_names_the_field(world: World, as_system: Actor) -> None:
    set_own_value(home(world).pk, "points", "3", MARCH, actor=as_system)
    run = compare_months(world.entity.pk, JANUARY, MARCH, "points were counted", actor=as_system)
    user = make_user()
    make_grant(user, ("*",))
    client = Client()
    client.force_login(user)
    page = client.get(reverse("desk:detail", args=["charges", "correctionrun", run.pk]), {"tab": "differences"})
    assert "Lift points" in page.content.decode()
