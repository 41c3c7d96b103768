"""Saving formulas and trying them out, through pages and API."""

import pytest
from django.db import IntegrityError
from django.urls import reverse

from lokum.core.base.context import acting, system_actor
from lokum.core.base.errors import Refusal
from lokum.money.charges.models import ChargeLine, Component
from lokum.money.charges.services.formulas import check_formulas
from lokum.money.charges.tests.test_pages import page_of, signed_in
from lokum.money.charges.tests.world import attach_everywhere, make_component, make_tariff, posted_run
from lokum.money.ledger.tests.world import make_world


@pytest.fixture
def world(fresh_database):
    with acting(system_actor("test")) as actor:
        return make_world(3, actor=actor, tag="B1")


@pytest.mark.req("CHG-03")
def test_a_wrong_formula_is_not_saved(world):
    with acting(system_actor("test")):
        component = make_component(world, "W", "persons")
    client = signed_in()
    url = reverse("desk:edit", args=["charges", "component", component.pk])
    form = client.get(url).context["form"]
    values = {name: value for name, value in form.initial.items() if value is not None and name != "valid"}
    values |= {"valid_0": "2020-01-01", "valid_1": "", "formula": "rate * persns"}
    answer = client.post(url, values)
    text = answer.content.decode()
    assert answer.status_code in (200, 422) and "persns" in text and "persons" in text
    with acting(system_actor("test")):
        assert Component.objects.get(pk=component.pk).formula == ""


@pytest.mark.req("CHG-03")
def test_no_change_breaks_the_formula_of_another(as_system):
    world = make_world(1, actor=as_system, tag="B2")
    priced = make_component(world, "S1302", "usable_area")
    make_component(world, "W", "amount", formula='rate("S1302") * usable_area')
    check_formulas([priced.pk], actor=as_system)
    priced.basis = "persons"
    priced.save()
    with pytest.raises(Refusal) as caught:
        check_formulas([priced.pk], actor=as_system)
    assert caught.value.code == "component.formula_of_other" and "W" in str(caught.value)


def test_only_what_is_charged_monthly_is_split(as_system):
    world = make_world(1, actor=as_system, tag="B3")
    with pytest.raises(IntegrityError):
        make_component(world, "W", "amount", proration="days", cycle_months=3)


@pytest.mark.req("CHG-03", "CHG-07")
def test_the_bench_shows_every_intermediate_value(world):
    with acting(system_actor("test")) as actor:
        component = make_component(world, "W", "usable_area")
        make_tariff(component, "2.00")
        attach_everywhere(world, component)
    client, url = signed_in(), reverse("charges:formula_bench")
    asked = {"component": component.pk, "premises": "B1-1", "on": "2026-03-01"}
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    assert "usable_area" in page_of(client, url)
    page = page_of(client, f"{url}?{query}&formula=if persons > 1 then rate * usable_area else 5")
    assert "Number of persons &gt; 1" in page and "2 × 47.19" in page and "94.38" in page
    page = page_of(client, f"{url}?{query}&formula=rate * usable_area / (persons - 2)")
    assert "it has to be an amount" in page
    page = page_of(client, f"{url}?{query}&formula=rate * usable_area / (persons - 2) * 1 person")
    assert "divides by zero" in page
    page = page_of(client, f"{url}?{query}&formula=rate * persns")
    assert "<mark>p</mark>" in page
    page = page_of(client, f"{url}?{query}&everywhere=1&formula=rate * usable_area %2B heated_area * 1 currency/m2")
    assert "3 premises worked out, 3 of them without a result" in page and "Heated area" in page
    page = page_of(client, f"{url}?{query}&everywhere=1")
    assert "3 premises worked out, 0 of them" in page
    with acting(system_actor("test")) as actor:
        assert not ChargeLine.objects.exists()
        component.formula = "if persons > 1 then rate * usable_area else 5"
        component.save()
        notice = posted_run(world, actor=actor).notices.order_by("pk").first()
        assert notice.document.data["lines"][0]["basis"] == "formula"
    page = page_of(client, reverse("desk:detail", args=["charges", "notice", notice.pk]) + "?tab=lines")
    assert "if persons &gt; 1" in page and "Number of persons &gt; 1" in page
    assert client.get(reverse("papers:pdf", args=[notice.document_id])).status_code == 200


def test_the_bench_needs_the_right(world):
    assert signed_in("charges.notice:view").get(reverse("charges:formula_bench")).status_code == 403
