"""Declarations within limits: usual, unusual, impossible; the line of the next month and the way back from it."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.organisation.inherited import setting_of, write_value
from lokum.core.organisation.models import NodeSetting
from lokum.money.charges.factories import make_declaration_limit
from lokum.money.charges.limits import Home, Limits, declared_behind, remarks_on
from lokum.money.charges.models import ChargeLine, Component
from lokum.money.charges.tests.world import make_charged_world, posted_run
from lokum.money.ledger.models import Account
from lokum.property.estates.services import record_fact
from lokum.property.occupancy.models import Declaration
from lokum.property.occupancy.services import accept_declaration, declare, refuse_declaration

MAR, APR, MAY = dt.date(2026, 3, 1), dt.date(2026, 4, 1), dt.date(2026, 5, 1)
D = Decimal


def codes(value: str, home: Home, limits: Limits) -> list[tuple[str, str, bool]]:
    return [(one.code, one.details.get("figure", ""), one.impossible) for one in remarks_on(D(value), home, limits)]


@pytest.mark.req("CHG-10")
def test_values_stand_to_their_limits() -> None:
    persons = Limits(possible_most=D(50), jump=D(3), area_each=D(5))
    flat = Home(present=D(2), persons=D(2), area=D("48.5"))
    assert codes("4", flat, persons) == []
    assert codes("6", flat, persons) == [("jump", "6", False)]  # 2 -> 6 is a change of 4
    # 48.5 m2 / 10 persons = 4.85 m2 for each
    assert codes("10", flat, persons) == [("jump", "10", False), ("area_each", "4.85", False)]
    assert codes("51", flat, persons)[0] == ("possible_premises", "51", True)
    water = Limits("person", D(1), D(10), D(50))
    assert codes("6", flat, water) == []  # 3 m3 for one person
    assert codes("21", flat, water) == [("most_person", "10.5", False)]
    assert codes("1.5", flat, water) == [("least_person", "0.75", False)]
    assert codes("101", flat, water) == [("possible_person", "50.5", True)]
    assert codes("6", Home(), water) == [("no_person", "", False)]
    assert codes("0", Home(persons=D(0)), water) == []


@pytest.fixture
def world(as_system: Actor, settings: Any, tmp_path: Any) -> Any:
    settings.FILE_STORE = tmp_path
    world = make_charged_world(3, actor=as_system)
    for account in Account.objects.filter(pk__in=world.accounts).select_related("agreement"):
        for kind, value in (("persons", 2), ("usable_area", 50), ("cold_water_forecast", 6)):
            record_fact(account.agreement.premises_id, kind, D(value), dt.date(2024, 1, 1), source="card",
                        actor=as_system)  # fmt: skip
    return world


def home_of(world: Any, index: int) -> Any:
    return Account.objects.select_related("agreement__premises", "payer").get(pk=world.accounts[index])


def hold(world: Any, code: str, value: Any, since: dt.date = dt.date(2020, 1, 1)) -> None:
    text = write_value(setting_of(code), value)
    NodeSetting.objects.create(node=world.entity.node, code=code, value=text, starts_on=since)


def line(account: Account, code: str, month: dt.date) -> ChargeLine:
    return ChargeLine.objects.get(notice__account=account, component__code=code, period=month)


@pytest.mark.req("CHG-10")
def test_an_accepted_declaration_is_charged_from_its_month_and_a_refused_one_never(
    world: Any, as_system: Actor
) -> None:
    first, second = home_of(world, 0), home_of(world, 1)
    posted_run(world, MAR, actor=as_system)
    good = declare(first.agreement.premises_id, "persons", D(4), APR, actor=as_system, party_pk=first.payer_id)
    norm = declare(first.agreement.premises_id, "cold_water_forecast", D(9), APR, actor=as_system)
    bad = declare(second.agreement.premises_id, "persons", D(9), APR, actor=as_system)
    assert good.remarks == [] == norm.remarks
    assert [(one["code"], one["details"]["limit"]) for one in bad.remarks] == [("jump", "3")]
    accept_declaration(good.pk, actor=as_system)
    accept_declaration(norm.pk, actor=as_system)
    refuse_declaration(bad.pk, actor=as_system, reason="not plausible")
    posted_run(world, APR, actor=as_system)

    # WASTE 30.00 per person, WATER 11.1564 per m3
    assert [line(first, "WASTE", month).amount for month in (MAR, APR)] == [D("60.00"), D("120.00")]
    assert [line(first, "WATER", month).amount for month in (MAR, APR)] == [D("66.94"), D("100.41")]
    assert [line(second, "WASTE", month).amount for month in (MAR, APR)] == [D("60.00"), D("60.00")]

    user = make_user()
    make_grant(user, ["*:*"])
    staff = Client()
    staff.force_login(user)
    page = staff.get(f"/office/charges/notice/{line(first, 'WASTE', APR).notice_id}/", {"tab": "lines"})
    text = page.content.decode()
    assert text.count(f"/office/occupancy/declaration/{good.pk}/") == 2  # waste and gas rest on the persons
    assert text.count(f"/office/occupancy/declaration/{norm.pk}/") == 1
    march = staff.get(f"/office/charges/notice/{line(first, 'WASTE', MAR).notice_id}/", {"tab": "lines"})
    assert f"/office/occupancy/declaration/{good.pk}/" not in march.content.decode()


@pytest.mark.req("CHG-10")
def test_what_the_declaration_became_stays_linked_when_its_time_is_cut(world: Any, as_system: Actor) -> None:
    account = home_of(world, 0)
    first = declare(account.agreement.premises_id, "persons", D(4), MAR, actor=as_system)
    accept_declaration(first.pk, actor=as_system)
    second = declare(account.agreement.premises_id, "persons", D(3), MAY, actor=as_system)
    accept_declaration(second.pk, actor=as_system)
    posted_run(world, APR, actor=as_system)  # rests on what is left of the first declaration
    assert [one.pk for one in declared_behind([line(account, "WASTE", APR).snapshot])[0]] == [first.pk]


@pytest.mark.req("CHG-10")
def test_the_impossible_is_refused_and_limits_follow_node_component_and_day(world: Any, as_system: Actor) -> None:
    flat = home_of(world, 0).agreement.premises
    with pytest.raises(Refusal) as refused:
        declare(flat.pk, "persons", D(51), APR, actor=as_system)
    assert refused.value.code == "declaration.impossible" and "more than 50" in str(refused.value.fields["value"])
    with pytest.raises(Refusal):
        declare(flat.pk, "cold_water_forecast", D(101), APR, actor=as_system)  # 50.5 m3 for each of two
    assert not Declaration.objects.exists()

    hold(world, "charges.limit_persons_jump", D(1))
    hold(world, "charges.limit_persons_jump", D(0), since=MAY)  # not asked any more
    waste = Component.objects.get(entity=world.entity, code="WASTE")
    make_declaration_limit(component=waste, usual_most=D(3), possible_most=D(8), valid=(MAY, None))

    def told(value: int, day: dt.date) -> list[str]:
        row = declare(flat.pk, "persons", D(value), day, actor=as_system)
        refuse_declaration(row.pk, actor=as_system, reason="test")
        return [one["code"] for one in row.remarks]

    assert told(4, APR) == ["jump"]
    assert told(3, MAY) == []
    assert told(4, MAY) == ["most_premises"]  # waste has a limit of its own; gas counts by the settings
    with pytest.raises(Refusal):
        told(9, MAY)


@pytest.mark.req("CHG-10")
def test_what_became_impossible_is_not_accepted(world: Any, as_system: Actor) -> None:
    flat = home_of(world, 0).agreement.premises
    row = declare(flat.pk, "cold_water_forecast", D(60), APR, actor=as_system)
    assert [one["code"] for one in row.remarks] == ["most_person"]
    record_fact(flat.pk, "persons", D(1), MAR, source="card", actor=as_system)
    with pytest.raises(Refusal) as refused:
        accept_declaration(row.pk, actor=as_system)
    assert refused.value.code == "declaration.impossible"
    assert Declaration.objects.get(pk=row.pk).state == "submitted"


@pytest.mark.req("CHG-10")
def test_usual_ones_count_at_once_where_the_operator_says_so(world: Any, as_system: Actor) -> None:
    account = home_of(world, 0)
    hold(world, "occupancy.usual_declarations_at_once", True)
    usual = declare(account.agreement.premises_id, "persons", D(3), APR, actor=as_system)
    unusual = declare(account.agreement.premises_id, "cold_water_forecast", D(40), APR, actor=as_system)
    assert (usual.state, unusual.state) == ("accepted", "submitted")
    posted_run(world, APR, actor=as_system)
    assert line(account, "WASTE", APR).amount == D("90.00")
    assert line(account, "WATER", APR).amount == D("66.94")


@pytest.mark.req("CHG-10")
def test_the_review_page_names_why_and_leads_to_the_decision(world: Any, as_system: Actor) -> None:
    user = make_user()
    make_grant(user, ["*:*"])
    client = Client()
    client.force_login(user)
    assert "No declaration waits" in client.get("/office/occupancy/declarations/").content.decode()
    usual = declare(home_of(world, 0).agreement.premises_id, "persons", D(3), APR, actor=as_system)
    unusual = declare(home_of(world, 1).agreement.premises_id, "persons", D(12), APR, actor=as_system)
    page = client.get("/office/occupancy/declarations/")
    assert [one.row.pk for one in page.context["waiting"]] == [unusual.pk, usual.pk]
    text = page.content.decode()
    assert "2 so far, 12 now; the largest usual change is 3" in text
    assert "4.167 m² for each person; usual is 5 m² at least" in text  # 50 / 12
    assert f"/office/occupancy/declaration/{unusual.pk}/do/refuse/" in text
    rows = client.get("/api/v1/occupancy/declaration", {"unusual": "1"}).json()
    assert [row["id"] for row in rows["items"]] == [unusual.pk]
    answer = client.post(f"/office/occupancy/declaration/{unusual.pk}/do/refuse/", {"reason": "too many"})
    assert answer.status_code == 302 and Declaration.objects.get(pk=unusual.pk).state == "refused"
