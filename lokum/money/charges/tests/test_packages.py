"""Components and packages attached to many places at once: once, listed, ended, undone, followed when they change."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.money.charges.models import (
    BulkAttachment,
    ComponentAssignment,
    Package,
    PackageAssignment,
    PackageComponent,
)
from lokum.money.charges.queries.packages import package_differences
from lokum.money.charges.services import (
    Chosen,
    apply_differences,
    attach_many,
    end_attachment,
    end_components,
    end_packages,
    undo_attachment,
)
from lokum.money.charges.tests.world import make_component, make_tariff, posted_run
from lokum.money.ledger.tests.world import make_world
from lokum.property.estates.factories import make_premises
from lokum.property.estates.models import GroupMember, Premises, PremisesGroup
from lokum.property.occupancy.models import Agreement
from lokum.property.supply.factories import make_supply_point

JAN, MAR, MAY, JUN = (dt.date(2026, month, 1) for month in (1, 3, 5, 6))
FEB28, APR30, MAY31 = dt.date(2026, 2, 28), dt.date(2026, 4, 30), dt.date(2026, 5, 31)


@pytest.fixture
def world(as_system: Actor) -> Any:
    """Five flats of one payer each, and a package of two components, the second of which comes in March."""
    world = make_world(5, actor=as_system)
    world.flats = list(Premises.objects.order_by("pk"))
    world.clean, world.lift = make_component(world, "CLEAN"), make_component(world, "LIFT")
    for component in (world.clean, world.lift):
        make_tariff(component, "10.00")
    world.package = Package.objects.create(entity=world.entity, code="STD", name="Standard")
    PackageComponent.objects.create(package=world.package, component=world.clean, valid=(JAN, None))
    PackageComponent.objects.create(package=world.package, component=world.lift, valid=(MAR, None))
    return world


def pks(places: Any) -> list[int]:
    return [one.pk for one in places]


def state(**by: Any) -> list[tuple[str, str, Any, Any]]:
    rows = ComponentAssignment.objects.filter(**by).order_by("premises_id", "component__code")
    return [(row.premises.number, row.component.code, row.valid.lower, row.valid.upper) for row in rows]


def outcomes(bulk: BulkAttachment) -> list[tuple[str, str, str]]:
    rows = bulk.lines.select_related("premises", "component").order_by("pk")
    return [(row.premises.number, row.component.code if row.component else "", row.outcome) for row in rows]


def office(*rights: str, **over: Any) -> Client:
    user = make_user()
    make_grant(user, rights or ("*",), **over)
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.req("CHG-04")
def test_a_package_brings_each_component_in_its_own_time_and_never_twice(world: Any, as_system: Actor) -> None:
    first, second, third = world.flats[:3]
    ComponentAssignment.objects.create(component=world.lift, premises=second, valid=(JAN, None))
    bulk = attach_many(world.package, pks(world.flats[:3]), JAN, actor=as_system)
    assert (bulk.attached_count, bulk.skipped_count, bulk.reach) == (5, 1, "chosen")
    assert outcomes(bulk) == [
        ("1", "CLEAN", "attached"), ("1", "LIFT", "attached"), ("2", "CLEAN", "attached"), ("2", "LIFT", "known"),
        ("3", "CLEAN", "attached"), ("3", "LIFT", "attached"),
    ]  # fmt: skip
    assert state(premises=first) == [("1", "CLEAN", JAN, None), ("1", "LIFT", MAR, None)]
    before = state()
    again = attach_many(world.package, pks(world.flats[:4]), JAN, actor=as_system)
    assert outcomes(again)[:3] == [(number, "", "package") for number in "123"]
    assert (again.attached_count, again.skipped_count) == (2, 3)
    assert [row for row in state() if row[0] != "4"] == before
    assert PackageAssignment.objects.filter(package=world.package).count() == 4
    whole = attach_many(world.package, pks(world.flats[:4]), JAN, actor=as_system)
    assert (whole.attached_count, whole.skipped_count) == (0, 4)
    assert third.packages.get().valid.lower == JAN


@pytest.mark.req("CHG-04")
def test_places_of_another_entity_and_closed_ones_are_listed_with_the_reason(world: Any, as_system: Actor) -> None:
    foreign = make_premises(number="F")
    closed = world.flats[0]
    Premises.objects.filter(pk=closed.pk).update(closed_on=FEB28)
    bulk = attach_many(world.lift, [foreign.pk, closed.pk, world.flats[1].pk], MAR, actor=as_system)
    assert sorted(outcomes(bulk)) == [("1", "LIFT", "closed"), ("2", "LIFT", "attached"), ("F", "LIFT", "foreign")]
    empty = Package.objects.create(entity=world.entity, code="E", name="Empty")
    for act, code in (
        (lambda: attach_many(empty, [closed.pk], MAR, actor=as_system), "package.empty"),
        (lambda: attach_many(world.lift, [closed.pk], MAR, actor=as_system, ends_on=JAN), "assignment.dates"),
    ):
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.code == code


@pytest.mark.req("CHG-04")
def test_attaching_by_group_building_agreement_and_supply_point_through_the_page(world: Any) -> None:
    client, entity = office(), world.entity
    group = PremisesGroup.objects.create(code="G1", name="Corner flats", kind="free", node=entity.node)
    for flat in world.flats[:2]:
        GroupMember.objects.create(group=group, kind="free", premises=flat, valid=(JAN, None))
    point = make_supply_point(entity=entity, code="HEAT-1")
    Agreement.objects.create(
        entity=entity, code="S1", kind="supply", premises=point, payer=Agreement.objects.earliest("pk").payer,
        valid=(JAN, None),
    )  # fmt: skip
    address = reverse("desk:action", args=["charges", "package", world.package.pk, "attach"])
    answer = client.post(address, {"starts_on": "2026-01-01", "group": group.pk}, follow=True)
    assert "2 places attached." in answer.content.decode()
    repeat = client.post(address, {"starts_on": "2026-01-01", "group": group.pk}, follow=True).content.decode()
    assert "0 places attached." in repeat and "the package is there already in this time: W1-1, W1-2" in repeat
    whole = client.post(address, {"starts_on": "2026-01-01"}, follow=True).content.decode()
    assert "3 places attached." in whole and not point.assignments.exists()
    supplied = client.post(address, {"starts_on": "2026-01-01", "agreement_kind": "supply"}, follow=True)
    assert "1 place attached." in supplied.content.decode() and point.assignments.count() == 2
    # The card says by what it was attached, since when, and at which price.
    card = client.get(reverse("desk:detail", args=["estates", "premises", world.flats[0].pk]) + "?tab=components")
    text = card.content.decode()
    assert "Standard · G1 Corner flats" in text and "1 Jan 2026" in text and "10.00" in text and "Entity" in text
    card = client.get(reverse("desk:detail", args=["supply", "supplypoint", point.pk]) + "?tab=components")
    assert "Standard · Entity" in card.content.decode()
    component = reverse("desk:action", args=["charges", "component", world.lift.pk, "attach"])
    one = client.post(component, {"starts_on": "2026-01-01", "codes": "W1-3\nHEAT-1"}, follow=True)
    assert "2 skipped, the component is there already in this time" in one.content.decode()  # from March on


@pytest.mark.req("CHG-04")
def test_a_selection_of_premises_and_of_supply_points(world: Any) -> None:
    point = make_supply_point(entity=world.entity)
    for place, app, model in ((world.flats[0], "estates", "premises"), (point, "supply", "supplypoint")):
        address = reverse("desk:bulk", args=[app, model])
        data = {"bulk": "attach", "selected": [place.pk], "confirmed": "1", "starts_on": "2026-01-01"}
        neither = office().post(address, data)
        assert neither.status_code == 422 and "Choose a component or a package." in neither.content.decode()
        data["component"] = world.clean.pk
        few = office(f"{app}.*:*", "charges.*:view").post(address, data)
        assert few.status_code in (403, 422) and not place.assignments.exists()
        assert office().post(address, data).status_code == 302
        assert place.assignments.get().component == world.clean


@pytest.mark.req("CHG-04")
def test_ending_with_a_last_day_one_many_and_a_whole_act(world: Any, as_system: Actor) -> None:
    first, second, third = world.flats[:3]
    bulk = attach_many(world.package, pks(world.flats), JAN, actor=as_system)
    one, two = ComponentAssignment.objects.filter(premises=first).order_by("component__code")
    with pytest.raises(Refusal) as refused:
        end_components([one.pk, two.pk], FEB28, actor=as_system)
    assert refused.value.code == "assignment.dates"
    end_components([one.pk, two.pk], APR30, actor=as_system)
    assert state(premises=first) == [("1", "CLEAN", JAN, MAY), ("1", "LIFT", MAR, MAY)]
    end_packages([second.packages.get().pk], FEB28, actor=as_system)
    assert state(premises=second) == [("2", "CLEAN", JAN, MAR)], "what would have begun later goes away"
    assert second.packages.get().valid.upper == MAR
    assert end_attachment(bulk.pk, MAY31, actor=as_system) == "6 attached components ended."
    assert state(premises=third) == [("3", "CLEAN", JAN, JUN), ("3", "LIFT", MAR, JUN)]
    assert state(premises=first) == [("1", "CLEAN", JAN, MAY), ("1", "LIFT", MAR, MAY)], "ended before, stays so"
    later = attach_many(world.package, [third.pk], JUN, actor=as_system)
    assert later.attached_count == 2, "after the end it may be attached anew"


@pytest.mark.req("CHG-04")
def test_an_act_is_undone_as_a_whole_until_it_was_charged(world: Any, as_system: Actor) -> None:
    bulk = attach_many(world.package, pks(world.flats), JAN, actor=as_system, chosen=Chosen())
    undo_attachment(bulk.pk, "wrong building", actor=as_system)
    assert not ComponentAssignment.objects.exists() and not PackageAssignment.objects.exists()
    bulk.refresh_from_db()
    assert bulk.state == "undone" and bulk.lines.count() == 10, "what had been done stays readable"
    with pytest.raises(Refusal) as refused:
        undo_attachment(bulk.pk, "again", actor=as_system)
    assert refused.value.code == "attachment.undone"
    changed = attach_many(world.lift, [world.flats[0].pk], JAN, actor=as_system)
    end_components([changed.components.get().pk], APR30, actor=as_system)
    with pytest.raises(Refusal) as refused:
        undo_attachment(changed.pk, "late", actor=as_system)
    assert refused.value.code == "attachment.changed"
    charged = attach_many(world.clean, pks(world.flats), MAR, actor=as_system)
    posted_run(world, actor=as_system)
    with pytest.raises(Refusal) as refused:
        undo_attachment(charged.pk, "late", actor=as_system)
    assert refused.value.code == "attachment.charged" and "W1-" in str(refused.value.message)


@pytest.mark.req("CHG-04")
def test_a_changed_package_proposes_the_difference_and_carries_it_out(world: Any, as_system: Actor) -> None:
    first, second = world.flats[:2]
    attach_many(world.package, pks(world.flats[:2]), JAN, actor=as_system)
    assert package_differences(world.package) == []
    with pytest.raises(Refusal) as refused:
        apply_differences(world.package.pk, actor=as_system)
    assert refused.value.code == "package.no_difference"
    end_components([second.assignments.get(component=world.clean).pk], APR30, actor=as_system)
    assert package_differences(world.package) == [], "what somebody ended by hand is no difference"
    gate = make_component(world, "GATE")
    PackageComponent.objects.create(package=world.package, component=gate, valid=(MAY, None))
    PackageComponent.objects.filter(component=world.lift).update(valid=(MAR, JUN))
    before = state()
    found = [(one.kind, one.premises, one.component.code, one.first_on, one.last_on) for one in
             package_differences(world.package)]  # fmt: skip
    assert sorted(found) == [
        ("missing", "W1-1", "GATE", MAY, None), ("missing", "W1-2", "GATE", MAY, None),
        ("surplus", "W1-1", "LIFT", MAR, MAY31), ("surplus", "W1-2", "LIFT", MAR, MAY31),
    ]  # fmt: skip
    assert state() == before, "a proposal changes nothing"
    client = office()
    page = reverse("desk:detail", args=["charges", "package", world.package.pk]) + "?tab=differences"
    assert "is ended" in client.get(page).content.decode()
    apply = reverse("desk:action", args=["charges", "package", world.package.pk, "apply_differences"])
    assert client.post(apply).status_code == 302
    assert state(premises=first) == [("1", "CLEAN", JAN, None), ("1", "GATE", MAY, None), ("1", "LIFT", MAR, JUN)]
    assert package_differences(world.package) == []
    act = BulkAttachment.objects.latest("pk")
    assert act.reach == "difference" and act.attached_count == 4
    assert "is charged with what it holds" in client.get(page).content.decode()
    PackageComponent.objects.filter(component=gate).delete()
    apply_differences(world.package.pk, actor=as_system)
    assert not ComponentAssignment.objects.filter(component=gate).exists()
    with pytest.raises(Refusal) as refused:
        undo_attachment(act.pk, "no", actor=as_system)
    assert refused.value.code == "attachment.of_a_change"


@pytest.mark.slow
@pytest.mark.req("CHG-04")
def test_ten_thousand_places_take_as_many_statements_as_ten(as_system: Actor) -> None:
    world = make_world(10_000, actor=as_system, tag="W9")
    package = Package.objects.create(entity=world.entity, code="STD", name="Standard")
    for number in range(3):
        component = make_component(world, f"C{number}")
        PackageComponent.objects.create(package=package, component=component, valid=(JAN, None))
    places = list(Premises.objects.order_by("pk").values_list("pk", flat=True))
    with CaptureQueriesContext(connection) as few:
        attach_many(package, places[:10], JAN, actor=as_system)
    with CaptureQueriesContext(connection) as many:
        bulk = attach_many(package, places, JAN, actor=as_system)
    assert bulk.attached_count == 3 * 9_990 and bulk.skipped_count == 10
    assert len(many) == len(few)
    assert undo_attachment(bulk.pk, "too many", actor=as_system).state == "undone"
    assert ComponentAssignment.objects.count() == 30


@pytest.mark.req("CHG-04", "PLT-11")
def test_nobody_attaches_outside_the_own_data_scope(world: Any) -> None:
    here = world.flats[0].building_id
    other = make_premises(entity=world.entity, code="ELSE/1", number="1")
    client = office(
        "charges.*:*", "estates.*:view", scopes={"building": [here], "node": [world.entity.node_id]}
    )  # fmt: skip
    address = reverse("desk:action", args=["charges", "component", world.lift.pk, "attach"])
    assert client.post(address, {"starts_on": "2026-01-01"}, follow=True).status_code == 200
    assert not ComponentAssignment.objects.filter(premises=other).exists()
    named = client.post(address, {"starts_on": "2026-01-01", "codes": "ELSE/1"})
    assert named.status_code == 422 and "ELSE/1" in named.content.decode()
