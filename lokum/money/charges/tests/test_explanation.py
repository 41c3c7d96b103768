from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from lokum.core.base.money import round_amount
from lokum.money.charges.explanation import Unexplained, explain, round_fraction
from lokum.money.charges.models import ChargeLine
from lokum.money.charges.services import compute_run
from lokum.money.charges.tests.world import (
    MONTH,
    attach_everywhere,
    make_charged_world,
    make_component,
    make_tariff,
    posted_run,
)
from lokum.property.estates.models import OwnershipShare, Premises

SNAPSHOT = {
    "basis": "usable_area", "quantity": "37.1500", "unit": "m2", "price": "1.3700", "formula": "price * quantity",
    "rounding": "half_up", "decimals": 2, "vat_kind": "exempt", "vat_percent": "0", "day": "2026-03-01",
    "tariff": {"id": 1, "level": "entity", "price": "1.3700", "valid_from": "2026-01-01", "source": "resolution 1"},
    "inputs": [{"name": "usable_area", "value": "37.1500", "unit": "m2", "valid_from": "2020-01-01",
                "source": "survey", "fact_id": 1}],
}  # fmt: skip


@pytest.mark.req("CHG-07")
def test_a_line_is_recomputed_from_its_snapshot_alone():
    one = explain(SNAPSHOT)
    assert (one.exact, one.net, one.tax, one.amount) == (Fraction(508955, 10000), Decimal("50.90"), 0, Decimal("50.90"))
    assert one.calculation == "1.37 × 37.15 = 50.90"
    taxed = explain(SNAPSHOT | {"price": "0.7400", "vat_kind": "standard", "vat_percent": "23"})
    assert (taxed.net, taxed.tax, taxed.amount) == (Decimal("27.49"), Decimal("6.32"), Decimal("33.81"))


@pytest.mark.parametrize("gap", [{"price": None}, {"formula": "2 + 2"}, {"rounding": "nearest"}, {"quantity": "many"}])
def test_a_gap_is_refused_never_zero(gap):
    with pytest.raises(Unexplained):
        explain(SNAPSHOT | gap)


@given(st.decimals(0, 10**6, places=6), st.integers(0, 2), st.sampled_from(["half_up", "half_even", "down", "up"]))
def test_rounding_of_fractions_is_the_rounding_of_decimals(value, places, mode):
    assert round_fraction(Fraction(value), places, mode) == round_amount(value, places, mode)


@pytest.mark.req("CHG-01")
def test_the_database_rounds_like_python(as_system):
    with connection.cursor() as cursor:
        for text in ("0.005", "0.015", "0.025", "2.4449", "2.445", "7", "1.0000001", "123.455", "50.8955"):
            for places in (0, 1, 2):
                for mode in ("half_up", "half_even", "down", "up"):
                    cursor.execute("SELECT charges_round(%s::numeric, %s, %s)", [text, places, mode])
                    assert cursor.fetchone()[0] == round_amount(Decimal(text), places, mode), (text, places, mode)


@pytest.mark.req("CHG-07")
def test_every_posted_line_explains_itself(as_system):
    world = make_charged_world(3, actor=as_system)
    for mode, decimals in (("half_even", 1), ("up", 0), ("down", 2)):
        component = make_component(world, mode, "usable_area", rounding=mode, decimals=decimals, vat_kind="reduced")
        make_tariff(component, "1.3333")
        attach_everywhere(world, component)
    fund = make_component(world, "SHARE", "share")
    make_tariff(fund, "1234.56")
    attach_everywhere(world, fund)
    run = compute_run(world.entity.pk, MONTH, actor=as_system)
    assert run.problem_count == 3  # no shares yet
    for number, premises in enumerate(Premises.objects.order_by("pk"), 1):
        OwnershipShare.objects.create(premises=premises, numerator=number, denominator=7, valid=("2020-01-01", None))
    posted_run(world, actor=as_system)
    lines = list(ChargeLine.objects.all())
    assert len(lines) == 3 * 12
    for line in lines:
        one = explain(line.snapshot)
        assert (one.net, one.tax, one.amount) == (line.net_amount, line.tax_amount, line.amount)
    share = ChargeLine.objects.filter(component=fund).order_by("agreement_id").first()
    assert share.amount == Decimal("176.37")  # 1234.56 / 7 = 176.365...
