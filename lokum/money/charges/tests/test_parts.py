"""Formulas and parts of a month in the run, by published figures (poland.md 1.4 and 1.9)."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection

from lokum.core.base.errors import Refusal
from lokum.core.desk.own_fields import forget
from lokum.core.organisation.models import OwnFieldDefinition
from lokum.money.charges.computing import price_month
from lokum.money.charges.explanation import explain
from lokum.money.charges.models import ChargeLine
from lokum.money.charges.services import approve_run, check_run, compute_run
from lokum.money.charges.tests.world import attach_everywhere, make_component, make_tariff, posted_run
from lokum.money.ledger.models import Account
from lokum.money.ledger.proof import prove
from lokum.money.ledger.tests.world import World, make_world
from lokum.property.estates.models import OwnershipShare, PremisesFact
from lokum.property.occupancy.models import Agreement

WASTE = (
    'if has_own_rate("S1301") then rate("S1301") elif persons < 1 then 0 '
    'elif usable_area / persons <= 27 then usable_area * rate("S1302") else persons * rate("S1303")'
)
APRIL, SEPTEMBER = dt.date(2026, 4, 1), dt.date(2026, 9, 1)
KNOWN = (dt.datetime(2020, 1, 1, tzinfo=dt.UTC), None)


@pytest.fixture
def world(as_system) -> World:
    return make_world(1, actor=as_system, tag="P1")


def fact(world: World, kind: str, *values: tuple[str, str, str | None]) -> None:
    """Facts of the only premises: (value, first day, day after the last)."""
    premises = Agreement.objects.get(pk=world.agreements[0]).premises_id
    PremisesFact.objects.filter(premises_id=premises, kind=kind).delete()
    for value, since, until in values:
        PremisesFact.objects.create(
            premises_id=premises, kind=kind, value=Decimal(value), valid=(since, until), recorded=KNOWN, source="deed"
        )


def priced(world: World, month: dt.date) -> list[dict]:
    with connection.cursor() as cursor:
        price_month(cursor, world.entity.pk, month)
        cursor.execute(
            "SELECT c.code, p.agreement_id, p.quantity, p.price, p.amount, p.problem, p.detail FROM charge_priced p "
            "JOIN charges_component c ON c.id = p.component_id ORDER BY c.code, p.agreement_id"
        )
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def amounts(world: World, month: dt.date) -> list[Decimal]:
    return [one["amount"] for one in priced(world, month)]


@pytest.mark.req("CHG-03")
def test_waste_by_area_or_persons_in_the_run(world, as_system):
    waste = make_component(world, "WASTE", "amount", formula=WASTE, component_class="waste")
    attach_everywhere(world, waste)
    own = make_component(world, "S1301", "amount")
    make_tariff(make_component(world, "S1302", "usable_area"), "1.05")
    make_tariff(make_component(world, "S1303", "persons"), "39.00")
    fact(world, "usable_area", ("64.00", "2020-01-01", None))
    for persons, wanted in (("4", "67.20"), ("1", "39.00"), ("0", "0.00")):
        fact(world, "persons", (persons, "2020-01-01", None))
        assert amounts(world, APRIL) == [Decimal(wanted)]
    make_tariff(own, "12.34")
    assert amounts(world, APRIL) == [0]  # a price for everybody is no individual one
    make_tariff(own, "55.00", level="premises", premises_id=Agreement.objects.get(pk=world.agreements[0]).premises_id)
    assert amounts(world, APRIL) == [Decimal("55.00")]


@pytest.mark.req("CHG-03")
def test_waste_by_household_size_and_minimum_fee(world, as_system):
    household = make_component(
        world, "H", "persons", formula='if persons <= 2 then persons * rate else persons * rate("B")'
    )
    make_tariff(household, "30.00")
    make_tariff(make_component(world, "B", "persons"), "24.00")
    attach_everywhere(world, household)
    lift = make_component(world, "L", "usable_area", formula="if storey < 1 then 0 else max(rate * usable_area, 20)")
    make_tariff(lift, "0.50")
    attach_everywhere(world, lift)
    fact(world, "persons", ("2", "2020-01-01", "2026-04-01"), ("3", "2026-04-01", None))
    fact(world, "usable_area", ("30", "2020-01-01", None))
    found = priced(world, dt.date(2026, 3, 1))
    assert (found[0]["amount"], found[1]["problem"], found[1]["detail"]) == (60, "no_fact", "storey:3")
    premises = Agreement.objects.get(pk=world.agreements[0]).premises
    premises.storey = premises.building.storeys.create(level=4)
    premises.save()
    assert amounts(world, APRIL) == [72, 20]


@pytest.mark.req("CHG-03")
def test_problems_block_and_name_the_premises(world, as_system):
    for code, formula in (
        ("A", "rate * usable_area / (persons - persons) * 1 person"),
        ("B", "0 - rate * usable_area"),
        ("C", "rate * heated_area"),
        ("D", 'rate("X") * usable_area'),
        ("E", "rate * persons"),
    ):
        component = make_component(world, code, "usable_area", formula=formula)
        make_tariff(component, "1")
        attach_everywhere(world, component)
    make_component(world, "X", "usable_area")
    found = {one["code"]: (one["problem"], one["amount"]) for one in priced(world, APRIL)}
    assert found == {
        "A": ("division", None),
        "B": ("negative", None),
        "C": ("no_fact", None),
        "D": ("no_tariff", None),
        "E": ("formula", None),
    }
    run = compute_run(world.entity.pk, APRIL, actor=as_system)
    assert run.problem_count == 5 and run.total_amount == 0


@pytest.mark.req("CHG-09")
def test_persons_change_inside_a_month(world, as_system):
    """poland.md 1.9: 2 -> 4 persons on 11 September at 27.00: 54.00 and then 108.00, by days 90.00."""
    fact(world, "persons", ("2", "2020-01-01", "2026-09-11"), ("4", "2026-09-11", None))
    for mode, wanted in (("next_month", "54.00"), ("days", "90.00"), ("half_month", "81.00")):
        component = make_component(world, mode, "persons", proration=mode)
        make_tariff(component, "27.00")
        attach_everywhere(world, component)
        assert {one["code"]: one["amount"] for one in priced(world, SEPTEMBER)}[mode] == Decimal(wanted)
    assert amounts(world, dt.date(2026, 10, 1)) == [Decimal("108.00")] * 3
    posted_run(world, SEPTEMBER, actor=as_system)
    one = explain(ChargeLine.objects.get(component__code="days").snapshot)
    assert [(part.from_on, part.days, part.value, part.amount) for part in one.segments] == [
        ("2026-09-01", 10, 54, Decimal("18.00")),
        ("2026-09-11", 20, 108, Decimal("72.00")),
    ]
    assert one.calculation == "54 × 10/30 + 108 × 20/30 = 90.00" and one.net == 90


@pytest.mark.req("CHG-09")
def test_rate_changes_inside_a_month(world, as_system):
    """poland.md 1.9: 0.95 -> 1.12 from 21 April on 61.30 m2 is 61.71."""
    fact(world, "usable_area", ("61.30", "2020-01-01", None))
    component = make_component(world, "R", "usable_area", proration="days")
    make_tariff(component, "0.95", valid=(dt.date(2020, 1, 1), dt.date(2026, 4, 21)))
    make_tariff(component, "1.12", dt.date(2026, 4, 21))
    attach_everywhere(world, component)
    assert amounts(world, APRIL) == [Decimal("61.71")]


@pytest.mark.req("CHG-09")
def test_owner_changes_inside_a_month(world, as_system):
    """poland.md 1.9: transfer on 9 September, monthly 612.40: the seller 163.31, the buyer 449.09."""
    component = make_component(world, "O", "amount", proration="days")
    make_tariff(component, "612.40")
    attach_everywhere(world, component)
    seller = Agreement.objects.get(pk=world.agreements[0])
    seller.valid = (dt.date(2020, 1, 1), dt.date(2026, 9, 9))
    seller.save()
    buyer = Agreement.objects.create(
        entity=world.entity,
        code="BUYER",
        premises=seller.premises,
        payer=seller.payer,
        valid=(dt.date(2026, 9, 9), None),
    )
    former = Account.objects.get(agreement=seller)
    Account.objects.create(
        entity=world.entity, agreement=buyer, payer=buyer.payer, code="BUYER", currency=former.currency,
        opened_on=dt.date(2026, 9, 9),
    )  # fmt: skip
    assert amounts(world, SEPTEMBER) == [Decimal("163.31"), Decimal("449.09")]
    posted_run(world, SEPTEMBER, actor=as_system)
    for line in ChargeLine.objects.all():
        assert explain(line.snapshot).amount == line.amount
    assert not next(one for one in prove(["C7"])).count


@pytest.mark.req("CHG-09")
def test_billing_starts_after_the_handover(world, as_system):
    agreement = Agreement.objects.get(pk=world.agreements[0])
    agreement.valid = (dt.date(2026, 9, 20), None)
    agreement.save()
    rows = (
        ("A", "next_month", "handover", None),
        ("B", "next_month", "whole_month", "30.00"),
        ("C", "days", "handover", "11.00"),
        ("D", "days", "whole_month", "30.00"),
        ("E", "days", "next_month", None),
        ("F", "half_month", "handover", None),
    )
    for code, mode, start, _wanted in rows:
        component = make_component(world, code, "amount", proration=mode, billing_start=start)
        make_tariff(component, "30.00")
        attach_everywhere(world, component)
    found = {one["code"]: one["amount"] for one in priced(world, SEPTEMBER)}
    assert found == {code: Decimal(wanted) for code, _mode, _start, wanted in rows if wanted}
    assert amounts(world, dt.date(2026, 10, 1)) == [Decimal("30.00")] * 6


def test_parts_of_share_and_attachment(world, as_system):
    """An ownership share changes on the 16th, the attachment ends on the 20th of a month of thirty days."""
    premises = Agreement.objects.get(pk=world.agreements[0]).premises_id
    OwnershipShare.objects.create(premises_id=premises, numerator=1, denominator=3, valid=("2020-01-01", "2026-04-16"))
    OwnershipShare.objects.create(premises_id=premises, numerator=2, denominator=3, valid=("2026-04-16", None))
    component = make_component(world, "S", "share", proration="days")
    make_tariff(component, "900.00")
    attach_everywhere(world, component)
    component.assignments.update(valid=(dt.date(2020, 1, 1), dt.date(2026, 4, 21)))
    assert amounts(world, APRIL) == [Decimal("250.00")]  # 300 x 15/30 + 600 x 5/30


@pytest.mark.req("CHG-07")
def test_a_change_of_what_a_formula_reads_voids_the_draft(world, as_system):
    component = make_component(world, "L", "amount", formula="storey * 2 currency")
    attach_everywhere(world, component)
    premises = Agreement.objects.get(pk=world.agreements[0]).premises
    premises.storey = premises.building.storeys.create(level=4)
    premises.save()
    run = compute_run(world.entity.pk, APRIL, actor=as_system)
    check_run(run.pk, actor=as_system)
    premises.storey.level = 5
    premises.storey.save()
    with pytest.raises(Refusal, check=lambda refusal: refusal.code == "charge_run.stale"):
        approve_run(run.pk, actor=as_system)


@pytest.mark.req("CHG-03", "PLT-27")
def test_own_fields_are_facts(world, as_system):
    """A number, an amount and a word that the operator keeps in own fields of premises."""
    for code, kind, choices in (
        ("pools", "decimal", ""),
        ("extra", "money", ""),
        ("heating", "choice", "gas\nnetwork"),
    ):
        OwnFieldDefinition.objects.create(
            object_label="estates.premises", code=code, label=code, type=kind, choices=choices
        )
    forget()
    premises = Agreement.objects.get(pk=world.agreements[0]).premises
    premises.own = {"pools": "2.5", "extra": "3.10", "heating": "gas"}
    premises.save()
    formula = 'if own_heating = "gas" then own_pools * rate + own_extra else 0'
    component = make_component(world, "OWN", "amount", formula=formula)
    make_tariff(component, "4.00")
    attach_everywhere(world, component)
    assert amounts(world, APRIL) == [Decimal("13.10")]
    premises.own = {"pools": "2.5", "heating": "gas"}
    premises.save()
    assert priced(world, APRIL)[0]["detail"].startswith("own_extra")
