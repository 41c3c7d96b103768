"""What-if: totals equal the run made later, and nothing stays behind."""

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import acting, system_actor
from lokum.money.charges.models import ChargeRun, Tariff
from lokum.money.charges.queries.simulation import simulate_facts, simulate_prices, wide_prices
from lokum.money.charges.services import approve_tariff, compute_run, propose_tariff
from lokum.money.charges.tests.world import MONTH, make_charged_world, make_component, make_tariff
from lokum.money.charges.tests.world import attach_everywhere as attach
from lokum.money.ledger.models import Account
from lokum.property.estates.models import PremisesFact


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
    refused = client.get(reverse("charges:simulation"), query | {f"price-{tariff.pk}": "-1"})
    assert refused.status_code == 200 and "result" not in refused.context
    assert not ChargeRun.objects.exists()
