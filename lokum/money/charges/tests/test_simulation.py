"""What-if: totals equal the run made later, and nothing stays behind."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.db.models import Sum
from django.test import Client
from django.urls import reverse

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import acting, system_actor
from lokum.money.charges.factories import make_reduction
from lokum.money.charges.models import ChargeRun, Component, Notice, Reduction, Tariff
from lokum.money.charges.queries.simulation import simulate_facts, simulate_prices, wide_prices
from lokum.money.charges.services import (
    BatchOrder,
    OneOff,
    approve_tariff,
    compute_run,
    propose_tariff,
    raise_charges,
)
from lokum.money.charges.services.payers import Share, split_payers
from lokum.money.charges.tests.world import MONTH, make_charged_world, make_component, make_tariff, posted_run
from lokum.money.charges.tests.world import attach_everywhere as attach
from lokum.money.ledger.models import Account
from lokum.property.estates.models import PremisesFact
from lokum.property.occupancy.models import Agreement
from lokum.property.parties.factories import make_party

APRIL = dt.date(2026, 4, 1)


@pytest.mark.req("CHG-20")
def test_the_simulated_total_is_that_of_the_run_made_later(as_system):
    world = make_charged_world(3, actor=as_system)
    # A price by formula is simulated as well.
    lift = make_component(world, "LIFT", "persons", formula="rate * persons", proration="days")
    make_tariff(lift, "7.00")
    attach(world, lift)
    tariffs = {one.component.code: one for one in wide_prices(world.entity.pk, MONTH)}
    # 1.24 -> 1.37 and 30.00 -> 35.50: rates of published_tariffs.json.
    prices = {"EXPL": Decimal("1.37"), "WASTE": Decimal("35.50"), "LIFT": Decimal("8.25")}
    found = simulate_prices(world.entity.pk, MONTH, {tariffs[code].pk: price for code, price in prices.items()})
    assert found.now == compute_run(world.entity.pk, MONTH, actor=as_system).total_amount
    assert (found.payer_count, found.changed_count, found.problem_count) == (3, 3, 0)
    assert {row.name for row in found.components if row.difference} == {"Expl", "Waste", "Lift"}
    assert sum(row.difference for row in found.payers) == found.difference > 0
    assert {one.pk: one.price for one in Tariff.objects.all()} == {one.pk: one.price for one in tariffs.values()}
    for code, price in prices.items():
        new = propose_tariff(tariffs[code].component_id, price, (MONTH, None), actor=as_system)
        approve_tariff(new.pk, actor=as_system)
    assert compute_run(world.entity.pk, MONTH, actor=as_system).total_amount == found.after


def reduced(account: int, code: str | None, since: dt.date, until: dt.date, **over: Any) -> Reduction:
    component = Component.objects.get(code=code) if code else None
    account = Account.objects.get(pk=account)
    return make_reduction(account=account, component=component, valid=(since, until), state="approved", **over)


def of_payers(run: ChargeRun) -> dict[int, Decimal]:
    rows = run.draft_lines.values_list("account_id").annotate(sum=Sum("amount"))
    return dict(rows)


@pytest.mark.req("CHG-20", "CHG-11", "CHG-12", "LED-07")
def test_reductions_one_offs_and_shares_are_those_of_the_run_to_the_cent_of_each_payer(as_system):
    """A share of everything, an amount with a limit that an earlier month began, a gifted service, a charge once."""
    world = make_charged_world(4, actor=as_system)
    key = make_component(world, "KEY", "amount", component_class="other", vat_kind="standard")
    february, may = dt.date(2026, 2, 1), dt.date(2026, 5, 1)
    reduced(world.accounts[0], None, MONTH, may, percent=Decimal("12.5"), limit_amount=Decimal("70.00"))
    reduced(world.accounts[1], "WASTE", february, may, percent=None, month_amount=Decimal(40), limit_amount=Decimal(55))
    reduced(world.accounts[1], "GAS", MONTH, APRIL, percent=Decimal(100))
    posted_run(world, february, actor=as_system)
    order = BatchOrder(world.entity.pk, "single", "next_notice", MONTH, "A key")
    charges = [OneOff(pk, key.pk, Decimal(1), Decimal("40.65")) for pk in world.accounts[1:3]]
    raise_charges(order, charges, actor=as_system)
    shared = Agreement.objects.get(pk=world.agreements[3])
    parts = [Share(shared.payer_id, Fraction(1, 3)), Share(make_party().pk, Fraction(2, 3))]
    split_payers(shared.pk, MONTH, parts, actor=as_system)

    tariffs = {one.component.code: one for one in wide_prices(world.entity.pk, MONTH)}
    prices = {"EXPL": Decimal("1.37"), "WASTE": Decimal("35.50"), "GAS": Decimal("9.10")}
    asked = {tariffs[code].pk: price for code, price in prices.items()}
    found = simulate_prices(world.entity.pk, MONTH, asked, everybody=True)
    assert found.columns == ["Charges", "One-off charges", "Reductions"] and len(found.payers) == 5
    assert {row.account_id: row.now for row in found.payers} == of_payers(
        compute_run(world.entity.pk, MONTH, actor=as_system)
    )
    for code, price in prices.items():
        new = propose_tariff(tariffs[code].component_id, price, (MONTH, None), actor=as_system)
        approve_tariff(new.pk, actor=as_system)
    run = posted_run(world, MONTH, actor=as_system)
    assert run.total_amount == found.after
    billed = dict(Notice.objects.filter(run=run).values_list("account_id").annotate(sum=Sum("total_amount")))
    assert {row.account_id: row.after for row in found.payers} == billed
    second = next(row for row in found.payers if row.account_id == world.accounts[1])
    assert second.parts[1] == Decimal("50.00") and second.parts[0] + second.parts[1] + second.parts[2] == second.after
    # The month is charged now; asked again it is taken as if it were not, and comes to the same.
    again = simulate_prices(world.entity.pk, MONTH, {}, everybody=True)
    assert {row.account_id: row.now for row in again.payers} == billed and again.difference == 0
    assert not ChargeRun.objects.filter(state="draft").exists()


@pytest.mark.req("CHG-20")
def test_other_facts_give_the_amount_of_one_payer_only(as_system):
    world = make_charged_world(2, actor=as_system)
    account = Account.objects.select_related("agreement").get(pk=world.accounts[0])
    before = list(PremisesFact.objects.order_by("pk").values("pk", "value", "valid", "recorded"))
    found = simulate_facts(account, MONTH, {"persons": Decimal(5)})
    then = {row.name: row.after for row in found.components}
    assert (then["Waste"], then["Gas"]) == (Decimal("150.00"), Decimal("42.00"))
    assert found.payer_count == 1 and {row.name for row in found.components if row.difference} == {"Waste", "Gas"}
    assert list(PremisesFact.objects.order_by("pk").values("pk", "value", "valid", "recorded")) == before


@pytest.mark.req("CHG-20")
def test_the_page_of_the_office(fresh_database):
    with acting(system_actor("test")) as actor:
        world = make_charged_world(2, actor=actor)
        tariff = Tariff.objects.get(component__code="WASTE")
        user = make_user()
        make_grant(user, ("*",))
    client = Client()
    client.force_login(user)
    query = {"entity": world.entity.pk, "month": "2026-03-17"}
    page = client.get(reverse("charges:simulation"), query)
    assert page.status_code == 200 and "result" not in page.context and f"price-{tariff.pk}" in page.content.decode()
    page = client.get(reverse("charges:simulation"), query | {f"price-{tariff.pk}": "40"})
    assert page.context["result"].difference > 0 and page.context["month"] == dt.date(2026, 3, 1)
    sheet = client.get(reverse("charges:simulation"), query | {f"price-{tariff.pk}": "40", "format": "xlsx"})
    assert sheet["Content-Disposition"].endswith('"simulation.xlsx"') and len(sheet.content) > 1000
    refused = client.get(reverse("charges:simulation"), query | {f"price-{tariff.pk}": "-1"})
    assert refused.status_code == 200 and "result" not in refused.context
    assert not ChargeRun.objects.exists()
