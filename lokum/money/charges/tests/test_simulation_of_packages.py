"""What is tried with packages and with limits equals the run made later, to hand-computed figures (CHG-20).

Four flats of 2, 3, 4 and 5 persons. The package holds cleaning (10.00 for each flat, from the next month), a lift from
March (4.00 for each person, by days) and a gate that ended with February (7.00). Flats 1 to 3 have it from January,
flat 4 from 16 March; somebody ended the lift of flat 2 with 20 March.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.money.charges.factories import make_declaration_limit
from lokum.money.charges.models import Notice, Package, PackageComponent
from lokum.money.charges.queries.simulation import Simulation, simulate_facts, simulate_prices, wide_prices
from lokum.money.charges.services import (
    apply_differences,
    approve_tariff,
    attach_many,
    compute_run,
    end_components,
    propose_tariff,
)
from lokum.money.charges.tests.world import MONTH, make_component, make_tariff, posted_run
from lokum.money.ledger.models import Account
from lokum.money.ledger.tests.world import make_world
from lokum.property.estates.models import Premises
from lokum.property.occupancy.services import accept_declaration, declare, remarks_on_value

JAN, MID_MARCH, APRIL = dt.date(2026, 1, 1), dt.date(2026, 3, 16), dt.date(2026, 4, 1)
NEW = {"CLEAN": Decimal("12.50"), "LIFT": Decimal("4.60")}
D = Decimal
pytestmark = pytest.mark.req("CHG-20", "CHG-04")


@pytest.fixture
def world(as_system: Actor, settings: Any, tmp_path: Any) -> Any:
    settings.FILE_STORE = tmp_path
    world = make_world(4, actor=as_system)
    world.flats = list(Premises.objects.order_by("pk"))
    world.clean = make_component(world, "CLEAN", position=1)
    world.lift = make_component(world, "LIFT", "persons", position=2, proration="days")
    gate = make_component(world, "GATE", position=3)
    world.package = Package.objects.create(entity=world.entity, code="STD", name="Standard")
    for component, price, valid in (
        (world.clean, "10.00", (JAN, None)), (world.lift, "4.00", (MONTH, None)), (gate, "7.00", (JAN, MONTH)),
    ):  # fmt: skip
        make_tariff(component, price)
        PackageComponent.objects.create(package=world.package, component=component, valid=valid)
    attach_many(world.package, [flat.pk for flat in world.flats[:3]], JAN, actor=as_system)
    attach_many(world.package, [world.flats[3].pk], MID_MARCH, actor=as_system)
    end_components([world.flats[1].assignments.get(component=world.lift).pk], dt.date(2026, 3, 20), actor=as_system)
    return world


def tried(world: Any, month: dt.date) -> Simulation:
    tariffs = {one.component.code: one for one in wide_prices(world.entity.pk, month)}
    return simulate_prices(world.entity.pk, month, {tariffs[code].pk: price for code, price in NEW.items()})


def figures(found: Simulation) -> dict[str, tuple[Decimal, Decimal]]:
    return {row.name: (row.now, row.after) for row in found.components}


def by_flat(found: Simulation) -> dict[str, tuple[Decimal, Decimal]]:
    return {row.premises: (row.now, row.after) for row in found.payers}


def charge_anew(world: Any, month: dt.date, actor: Actor) -> dict[str, Decimal]:
    for code, price in NEW.items():
        component = getattr(world, code.lower())
        approve_tariff(propose_tariff(component.pk, price, (month, None), actor=actor).pk, actor=actor)
    posted_run(world, month, actor=actor)
    rows = Notice.objects.filter(period=month)
    return {one.account.agreement.premises.code: one.total_amount for one in rows}


def test_a_package_begun_and_left_in_the_middle_of_the_month(world: Any, as_system: Actor) -> None:
    """Cleaning 3 x 10.00 (flat 4 from April on); lift 2 x 4.00, 3 x 4.00 x 20/31 = 7.7419, 4 x 4.00 and
    5 x 4.00 x 16/31 = 10.3226: 8.00 + 7.74 + 16.00 + 10.32. With 12.50 and 4.60: 37.50, and 9.20 + 8.9032 + 18.40 +
    11.8710."""
    found = tried(world, MONTH)
    assert figures(found) == {"Clean": (D("30.00"), D("37.50")), "Lift": (D("42.06"), D("48.37"))}
    assert by_flat(found) == {
        "W1-1": (D("18.00"), D("21.70")), "W1-2": (D("17.74"), D("21.40")), "W1-3": (D("26.00"), D("30.90")),
        "W1-4": (D("10.32"), D("11.87")),
    }  # fmt: skip
    assert compute_run(world.entity.pk, MONTH, actor=as_system).total_amount == found.now == D("72.06")
    assert charge_anew(world, MONTH, as_system) == {code: after for code, (_now, after) in by_flat(found).items()}


def test_a_package_that_changes_counts_once_its_differences_are_applied(world: Any, as_system: Actor) -> None:
    """April: cleaning 4 x 10.00, lift (2 + 4 + 5) x 4.00; the wash-house of 3.00 that the package gets from April is
    tried once the flats got it: 4 x 3.00 more."""
    wash = make_component(world, "WASH", position=4)
    make_tariff(wash, "3.00")
    PackageComponent.objects.create(package=world.package, component=wash, valid=(APRIL, None))
    assert figures(tried(world, APRIL)) == {"Clean": (D("40.00"), D("50.00")), "Lift": (D("44.00"), D("50.60"))}
    apply_differences(world.package.pk, actor=as_system)
    found = tried(world, APRIL)
    assert figures(found)["Wash"] == (D("12.00"), D("12.00"))
    assert (found.now, found.after) == (D("96.00"), D("112.60"))
    assert figures(tried(world, MONTH)) == {"Clean": (D("30.00"), D("37.50")), "Lift": (D("42.06"), D("48.37"))}
    posted = charge_anew(world, APRIL, as_system)
    assert sum(posted.values()) == D("112.60")
    assert posted == {code: after for code, (_now, after) in by_flat(found).items()}


@pytest.mark.req("CHG-10")
def test_a_declaration_within_the_limits_is_charged_as_it_was_tried(world: Any, as_system: Actor) -> None:
    """Usual up to 6 persons, possible up to 8. Seven: 10.00 + 7 x 4.00 = 38.00 instead of 18.00, after a look."""
    make_declaration_limit(component=world.lift, usual_most=D(6), possible_most=D(8))
    account = Account.objects.select_related("agreement__premises").get(pk=world.accounts[0])
    flat = account.agreement.premises_id
    found = simulate_facts(account, APRIL, {"persons": D(7)})
    assert figures(found) == {"Clean": (D("10.00"), D("10.00")), "Lift": (D("8.00"), D("28.00"))}
    assert (found.now, found.after) == (D("18.00"), D("38.00"))
    assert [(one.code, one.impossible) for one in remarks_on_value(flat, "persons", D(9), APRIL)] == [
        ("possible_premises", True)
    ]
    with pytest.raises(Refusal):
        declare(flat, "persons", D(9), APRIL, actor=as_system)
    made = declare(flat, "persons", D(7), APRIL, actor=as_system)
    assert [one["code"] for one in made.remarks] == ["most_premises"]
    assert simulate_facts(account, APRIL, {}).now == D("18.00"), "what waits for a decision is not charged"
    accept_declaration(made.pk, actor=as_system)
    posted_run(world, APRIL, actor=as_system)
    assert Notice.objects.get(period=APRIL, account=account).total_amount == D("38.00")
    assert Notice.objects.filter(period=APRIL).count() == 4
