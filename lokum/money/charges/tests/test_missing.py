"""The control of forgotten charges: one line for what is missing, and a confirmation when a month is checked."""

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import acting, system_actor
from lokum.core.organisation.factories import make_entity
from lokum.money.charges.control import check_confirmed
from lokum.money.charges.models import ChargeRun, ComponentAssignment
from lokum.money.charges.queries.missing import missing_charges, missing_count
from lokum.money.charges.queries.shares import wrong_shares
from lokum.money.charges.services import compute_run
from lokum.money.charges.tests.test_month import refused
from lokum.money.charges.tests.world import (
    MONTH,
    attach_everywhere,
    make_charged_world,
    make_component,
    make_tariff,
    posted_run,
)
from lokum.money.ledger.seams import open_points
from lokum.money.ledger.services import close_after_checklist, reverse_entry
from lokum.property.estates.models import PremisesFact
from lokum.property.estates.services import set_share
from lokum.property.occupancy.models import Agreement


def found(world, month=MONTH, **over):
    return [(one.rule, one.premises, one.component) for one in missing_charges(world.entity.pk, month, **over)]


@pytest.mark.req("CHG-06")
def test_each_rule_names_exactly_what_is_missing(as_system):
    world = make_charged_world(4, actor=as_system)
    assert found(world) == []
    premises = [Agreement.objects.get(pk=pk).premises for pk in world.agreements]
    ComponentAssignment.objects.get(premises=premises[1], component__code="WASTE").delete()
    assert found(world) == [("component", premises[1].code, "Waste")]
    # A component that few carry is nobody's expectation; one that is over is none, either.
    few = make_component(world, "GARAGE")
    ComponentAssignment.objects.create(component=few, premises=premises[0], valid=(dt.date(2020, 1, 1), None))
    assert found(world) == [("component", premises[1].code, "Waste")]
    ComponentAssignment.objects.filter(premises=premises[2]).delete()
    assert ("nothing", premises[2].code, "") in found(world)
    Agreement.objects.filter(pk=world.agreements[3]).update(valid=(dt.date(2020, 1, 1), dt.date(2026, 2, 1)))
    assert ("payer", premises[3].code, "") in found(world)
    assert found(world, rule="payer") == [("payer", premises[3].code, "")]
    assert found(world, building_id=0) == []
    # A flat that somebody holds a title to, where nothing is attached and nobody was made to pay, is not forgotten.
    title = Agreement.objects.get(pk=world.agreements[3]).title
    ComponentAssignment.objects.filter(premises=premises[3]).delete()
    assert found(world, rule="payer") == [] and found(world, rule="title") == [("title", premises[3].code, "")]
    type(title).objects.filter(pk=title.pk).update(valid=(dt.date(2020, 1, 1), dt.date(2026, 2, 1)))
    assert found(world, rule="title") == []
    run = compute_run(world.entity.pk, MONTH, actor=as_system)
    ComponentAssignment.objects.create(component=few, premises=premises[1], valid=(dt.date(2020, 1, 1), None))
    run = compute_run(world.entity.pk, MONTH, actor=as_system)
    assert run.problem_count == 2 and len(found(world, rule="base")) == 2
    PremisesFact.objects.filter(premises=premises[0], kind="persons").delete()
    compute_run(world.entity.pk, MONTH, actor=as_system)
    told = {str(one.explained) for one in missing_charges(world.entity.pk, MONTH, rule="base")}
    assert told == {
        "no approved price",
        "the quantity is missing · Number of persons",
    }
    assert missing_count(world.entity.pk, MONTH) == len(found(world))


@pytest.mark.req("CHG-06")
def test_a_notice_that_was_not_issued_and_the_confirmation(as_system):
    world = make_charged_world(3, actor=as_system)
    run = posted_run(world, actor=as_system)
    notice = run.notices.order_by("number").first()
    assert found(world) == []
    reverse_entry(notice.entry_id, "wrong", actor=as_system, booked_on=MONTH)
    premises = notice.account.agreement.premises
    assert found(world) == [("document", premises.code, "")]
    april = compute_run(world.entity.pk, dt.date(2026, 4, 1), actor=as_system)
    ComponentAssignment.objects.filter(premises=premises, component__code="WASTE").delete()
    april = compute_run(world.entity.pk, dt.date(2026, 4, 1), actor=as_system)
    with refused("charge_run.unconfirmed"):
        check_confirmed(april.pk, actor=as_system)
    assert check_confirmed(april.pk, actor=as_system, confirmed=True).state == "checked"


@pytest.mark.req("CHG-06")
def test_the_page_and_its_workbook(fresh_database):
    with acting(system_actor("test")) as actor:
        world = make_charged_world(3, actor=actor)
        ComponentAssignment.objects.filter(component__code="WASTE").order_by("pk").first().delete()
        run = compute_run(world.entity.pk, MONTH, actor=actor)
        user = make_user()
        make_grant(user, ("*",))
    client = Client()
    client.force_login(user)
    assert "Choose an entity" in client.get(reverse("charges:missing")).content.decode()
    query = {"entity": world.entity.pk, "month": "2026-03-01"}
    page = client.get(reverse("charges:missing"), query)
    assert page.status_code == 200 and "1 charge may be missing" in page.content.decode()
    assert client.get(reverse("charges:missing"), query | {"format": "xlsx"}).content[:2] == b"PK"
    figures = client.get(
        reverse("desk:detail", args=["charges", "chargerun", run.pk]) + "?tab=figures"
    ).content.decode()
    assert "1 charge may be missing" in figures
    check = reverse("desk:action", args=["charges", "chargerun", run.pk, "check"])
    refusal = client.post(check)
    assert refusal.status_code == 422 and "confirm it" in refusal.content.decode()
    assert client.post(check, {"confirmed": "on"}).status_code == 302
    with acting(system_actor("test")):
        assert ChargeRun.objects.get().state == "checked"


@pytest.mark.req("REG-06")
def test_shares_that_do_not_add_up_are_named_where_something_is_charged_by_them(as_system, client):
    """Three flats with 1/3, 1/3 and 2/7: 20/21 of the building, 1/21 missing to the whole."""
    world = make_charged_world(3, actor=as_system)
    flats = [Agreement.objects.get(pk=pk).premises for pk in world.agreements]
    for flat, (top, bottom) in zip(flats, ((1, 3), (1, 3), (2, 7)), strict=True):
        set_share(flat.pk, top, bottom, dt.date(2020, 1, 1), actor=as_system)
    assert wrong_shares(world.entity.pk, MONTH) == []
    by_share = make_component(world, "FUND", "share")
    make_tariff(by_share, "1000")
    attach_everywhere(world, by_share)
    (one,) = wrong_shares(world.entity.pk, MONTH)
    assert (one.record, one.total_text, one.difference_text) == (flats[0].building, "20/21", "1/21")
    run = compute_run(world.entity.pk, MONTH, actor=as_system)
    with refused("charge_run.wrong_shares"):
        check_confirmed(run.pk, actor=as_system)
    user = make_user()
    make_grant(user, ("*",))
    client.force_login(user)
    page = client.get(reverse("charges:missing"), {"entity": world.entity.pk, "month": "2026-03-01"}).content.decode()
    assert "1/21 missing" in page and f"/office/estates/building/{one.record.pk}/" in page
    figures = client.get(reverse("desk:detail", args=["charges", "chargerun", run.pk]) + "?tab=figures")
    assert "20/21" in figures.content.decode()
    world.entity.kind = "community"
    world.entity.save()
    assert [one.record for one in wrong_shares(world.entity.pk, MONTH)] == [world.entity]
    set_share(flats[2].pk, 1, 3, MONTH, actor=as_system)
    assert wrong_shares(world.entity.pk, MONTH) == []
    run = compute_run(world.entity.pk, MONTH, actor=as_system)
    assert check_confirmed(run.pk, actor=as_system).state == "checked"


@pytest.mark.req("REG-06", "CHG-03")
@pytest.mark.parametrize("kind", ["cost_share", "area_share"])
def test_further_shares_are_charged_exactly_and_named_where_they_do_not_add_up(as_system, kind):
    """1/2, 1/4 and 1/5 of 1000.00: 1/20 is missing; with 1/4 the three pay 500.00, 250.00 and 250.00."""
    world = make_charged_world(3, actor=as_system)
    flats = [Agreement.objects.get(pk=pk).premises for pk in world.agreements]
    for flat, bottom in zip(flats, (2, 4, 5), strict=True):
        set_share(flat.pk, 1, bottom, dt.date(2020, 1, 1), actor=as_system, kind=kind)
    fund = make_component(world, "FUND", "amount", formula=f"rate * {kind}_numerator / {kind}_denominator")
    make_tariff(fund, "1000")
    assert wrong_shares(world.entity.pk, MONTH) == []
    attach_everywhere(world, fund)
    (one,) = wrong_shares(world.entity.pk, MONTH)
    assert (one.kind, one.total_text, one.difference_text) == (kind, "19/20", "1/20")
    run = compute_run(world.entity.pk, MONTH, actor=as_system)
    with refused("charge_run.wrong_shares"):
        check_confirmed(run.pk, actor=as_system)
    set_share(flats[2].pk, 1, 4, MONTH, actor=as_system, kind=kind)
    assert wrong_shares(world.entity.pk, MONTH) == []
    run = compute_run(world.entity.pk, MONTH, actor=as_system)
    lines = run.draft_lines.filter(component=fund).order_by("agreement_id")
    assert list(lines.values_list("amount", flat=True)) == [Decimal(500), Decimal(250), Decimal(250)]
    assert check_confirmed(run.pk, actor=as_system).state == "checked"


@pytest.mark.req("REG-06")
def test_a_formula_that_says_share_is_charged_by_the_ownership_share_alone(as_system):
    world = make_charged_world(2, actor=as_system)
    for pk in world.agreements:
        flat = Agreement.objects.get(pk=pk).premises
        set_share(flat.pk, 1, 3, dt.date(2020, 1, 1), actor=as_system)
        set_share(flat.pk, 1, 4, dt.date(2020, 1, 1), actor=as_system, kind="cost_share")
    attach_everywhere(world, make_component(world, "FUND", "amount", formula="rate * share"))
    assert [(one.kind, one.total_text) for one in wrong_shares(world.entity.pk, MONTH)] == [("share", "2/3")]


@pytest.mark.req("CHG-06", "LED-17")
def test_the_close_of_the_month_asks_to_confirm_the_list(as_system):
    """Nothing is said where nothing is charged; a written reason passes the list over, and stays with the month."""
    world = make_charged_world(3, actor=as_system)
    posted_run(world, actor=as_system)
    assert [str(one.text) for one in open_points(world.entity.pk, MONTH)] == []
    premises = Agreement.objects.get(pk=world.agreements[1]).premises
    ComponentAssignment.objects.get(premises=premises, component__code="WASTE").delete()
    [point] = open_points(world.entity.pk, MONTH)
    assert str(point.text) == "1 charge may be missing" and not point.blocking
    assert f"entity={world.entity.pk}&month=2026-03-01" in point.url
    with refused("ledger.period_open_points"):
        close_after_checklist(world.entity.pk, MONTH, actor=as_system)
    period = close_after_checklist(world.entity.pk, MONTH, "The flat has a cellar only", actor=as_system)
    assert period.closing_note == "The flat has a cellar only"
    assert open_points(make_entity().pk, MONTH) == []
