"""The card of premises names the winning rate and its level for any date (CHG-02)."""

import datetime as dt
from decimal import Decimal as D

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from django.urls import reverse

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import Actor, Reach, acting, system_actor
from lokum.core.reports.declaration import report_named
from lokum.core.reports.running import run_report
from lokum.money.charges.models import Component, ComponentAssignment
from lokum.money.charges.queries import winning_tariff
from lokum.money.charges.queries.premises_rates import premises_rates
from lokum.money.charges.tests.test_pages import signed_in
from lokum.money.charges.tests.world import make_charged_world, make_component, make_tariff
from lokum.money.ledger.tests.world import World
from lokum.property.estates.factories import make_group_member, make_premises_group
from lokum.property.estates.models import Premises
from lokum.property.occupancy.models import Agreement, Title


@pytest.fixture
def world(as_system) -> World:
    """Running costs 2.00 of the entity, of non-members 3.50 from 2024 on; 2.90 of the building from March 2025; 1.00
    of a group of one flat in June to August 2025; attached from 2023 to the end of 2026."""
    made = make_charged_world(2, actor=as_system)
    premises = Premises.objects.order_by("pk").first()
    component = make_component(made, "RUNNING", "usable_area")
    ComponentAssignment.objects.create(
        component=component, premises=premises, valid=DateRange(dt.date(2023, 1, 1), dt.date(2027, 1, 1))
    )
    make_tariff(component, "2.00", dt.date(2023, 3, 1))
    make_tariff(component, "3.50", dt.date(2024, 1, 1), membership="other")
    make_tariff(component, "2.90", dt.date(2025, 3, 1), level="building", building=premises.building)
    group = make_premises_group(node=premises.building.estate.node, kind="free")
    make_group_member(group=group, premises=premises, valid=DateRange(dt.date(2025, 6, 1), dt.date(2025, 9, 1)))
    make_tariff(component, "1.00", dt.date(2020, 1, 1), level="group", group=group, source="Resolution 4/2025")
    Title.objects.filter(agreements__premises=premises).update(member=False)
    return made


@pytest.mark.req("CHG-02")
def test_the_card_names_the_winning_rate_and_its_level_for_any_date(world):
    premises, component = Premises.objects.order_by("pk").first(), Component.objects.get(code="RUNNING")

    def on(day: dt.date):
        found = premises_rates(premises.pk, day).cards
        card = next((one for one in found if one.assignment.component == component), None)
        return card and card.tariff and (card.tariff.price, card.tariff.level)

    assert on(dt.date(2022, 12, 31)) is None
    assert on(dt.date(2023, 2, 28)) is None, "attached, but without a price"
    assert on(dt.date(2023, 3, 1)) == (D("2.00"), "entity") == on(dt.date(2023, 12, 31))
    assert on(dt.date(2024, 1, 1)) == (D("3.50"), "entity")
    assert on(dt.date(2025, 3, 1)) == (D("2.90"), "building") == on(dt.date(2025, 9, 1))
    assert on(dt.date(2025, 6, 1)) == (D("1.00"), "group") == on(dt.date(2025, 8, 31))
    history = next(
        one for one in premises_rates(premises.pk, dt.date(2025, 7, 1)).histories if one.component == component
    )
    told = [(one.first, one.last, one.tariff and one.tariff.price, one.current) for one in history.steps]
    assert told == [
        (dt.date(2023, 1, 1), dt.date(2023, 2, 28), None, False),
        (dt.date(2023, 3, 1), dt.date(2023, 12, 31), D("2.00"), False),
        (dt.date(2024, 1, 1), dt.date(2025, 2, 28), D("3.50"), False),
        (dt.date(2025, 3, 1), dt.date(2025, 5, 31), D("2.90"), False),
        (dt.date(2025, 6, 1), dt.date(2025, 8, 31), D("1.00"), True),
        (dt.date(2025, 9, 1), dt.date(2026, 12, 31), D("2.90"), False),
    ]
    agreement = Agreement.objects.get(premises=premises)
    for step in history.steps:  # the timeline and the question for one day give the same answer
        found = winning_tariff(
            component.pk, step.first, entity_id=world.entity.pk, building_id=premises.building_id,
            premises_id=premises.pk, party_id=agreement.payer_id, title_kind=agreement.title.kind,
        )  # fmt: skip
        assert (found and found.pk) == (step.tariff and step.tariff.pk)


@pytest.mark.req("CHG-02")
def test_page_report_and_api_take_the_day_and_refuse_what_is_none(world):
    client = signed_in()
    with acting(system_actor("test")):
        premises = Premises.objects.order_by("pk").first()
    page = reverse("desk:detail", args=["estates", "premises", premises.pk])
    then = client.get(page, {"tab": "components", "on": "2025-07-01"}).content.decode()
    assert "Group of premises" in then and "Resolution 4/2025" in then and 'value="2025-07-01"' in then
    before = client.get(page, {"tab": "components", "on": "2019-12-31"}).content.decode()
    assert "No component is attached on" in before
    for wrong in ("", "31.02.2025", "0", "9999-99-99"):
        answer = client.get(page, {"tab": "components", "on": wrong})
        assert answer.status_code == 200 and "field-error" in answer.content.decode(), wrong
    asked = {"on": "2025-07-01", "premises": premises.pk}
    rows = client.get("/api/v1/reports/rates", asked).json()["rows"]
    running = next(one for one in rows if one["component"] == "Running")
    assert (D(running["price"]), running["place"] != "", running["source"]) == (1, True, "Resolution 4/2025")
    assert len(rows) == 9
    assert client.get("/api/v1/reports/rates", {"on": "2025-02-31"}).status_code in (400, 422)


@pytest.mark.req("CHG-02")
def test_who_may_not_see_the_members_sees_the_right_rate_all_the_same(world):
    """The title of the second flat is a member's; the reader reaches the building, not the register of members."""
    premises = Premises.objects.order_by("pk").last()
    component = make_component(world, "MEMBERS")
    ComponentAssignment.objects.create(
        component=component, premises=premises, valid=DateRange(dt.date(2023, 1, 1), None)
    )
    make_tariff(component, "5.00", membership="other")
    make_tariff(component, "4.00", membership="member")
    Title.objects.filter(agreements__premises=premises).update(member=True)
    user = make_user()
    make_grant(user, ["*"], scopes={"building": [premises.building_id]})
    reader = Actor(user_id=user.pk, label="reader", reach=Reach(buildings=frozenset({premises.building_id})))
    with acting(reader):
        cards = premises_rates(premises.pk, dt.date(2026, 5, 1)).cards
        rows = run_report(report_named("rates"), user, {"on": "2026-05-01", "premises": str(premises.pk)}).rows
    assert next(one.tariff.price for one in cards if one.assignment.component == component) == 4
    assert next(row["price"] for row in rows if row["component"] == "Members") == 4
