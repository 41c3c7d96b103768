"""Districts and groups: dated places, moves, the relation that prices read, rights by district."""

import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base import policy
from lokum.core.base.errors import Refusal
from lokum.property.estates.factories import make_building, make_premises, make_premises_group
from lokum.property.estates.models import Building, FactChange, GroupMember, Premises
from lokum.property.estates.services import leave_group, put_in_group

JAN, MAR, JUN = dt.date(2026, 1, 1), dt.date(2026, 3, 1), dt.date(2026, 6, 30)


def _groups_on(premises, day):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT g.code FROM group_membership m JOIN estates_premisesgroup g ON g.id = m.group_id"
            " WHERE m.premises_id = %s AND m.valid @> %s::date ORDER BY g.code",
            [premises.pk, day],
        )
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.req("REG-11")
def test_a_building_moves_to_another_district_on_a_date(as_system):
    flat = make_premises()
    north, south = make_premises_group(code="N"), make_premises_group(code="S")
    put_in_group(north.pk, actor=as_system, valid_from=JAN, buildings=[flat.building_id])

    placed = put_in_group(south.pk, actor=as_system, valid_from=MAR, buildings=[flat.building_id])

    assert (placed.added, placed.moved) == (1, 1)
    assert _groups_on(flat, dt.date(2026, 2, 28)) == ["N"]
    assert _groups_on(flat, MAR) == ["S"]
    change = FactChange.objects.filter(premises=flat, kind="group").latest("pk")
    assert (change.old_value, change.new_value, change.effective_from, change.effective_to) == ("N", "S", MAR, None)
    assert put_in_group(south.pk, actor=as_system, valid_from=MAR, buildings=[flat.building_id]).added == 0


@pytest.mark.req("REG-11")
def test_premises_lie_in_several_free_groups_by_themselves_and_with_their_building(as_system):
    flat = make_premises()
    other = make_premises(building=flat.building)
    whole, single = make_premises_group(code="F1", kind="free"), make_premises_group(code="F2", kind="free")
    put_in_group(whole.pk, actor=as_system, valid_from=JAN, buildings=[flat.building_id])
    put_in_group(single.pk, actor=as_system, valid_from=MAR, valid_to=JUN, premises=[flat.pk])

    assert _groups_on(flat, JUN) == ["F1", "F2"]
    assert _groups_on(flat, dt.date(2026, 7, 1)) == _groups_on(other, JUN) == ["F1"]


@pytest.mark.req("REG-11")
def test_what_stands_in_the_way_is_named_and_nothing_changes(as_system):
    building = make_building(street="ul. Długa", house_number="5")
    north, south = make_premises_group(code="N", name="North"), make_premises_group(code="S")
    put_in_group(north.pk, actor=as_system, valid_from=MAR, buildings=[building.pk])
    with pytest.raises(Refusal) as refused:
        put_in_group(south.pk, actor=as_system, valid_from=JAN, buildings=[building.pk])
    assert refused.value.code == "group.taken" and "N North" in str(refused.value)
    with pytest.raises(Refusal) as refused:
        put_in_group(south.pk, actor=as_system, valid_from=MAR, premises=[make_premises().pk])
    assert refused.value.code == "group.district_of_buildings"
    assert GroupMember.objects.get(building=building).group == north


@pytest.mark.req("REG-11")
def test_the_database_refuses_two_districts_at_once_whatever_writes(as_system):
    building = make_building()
    north, south = make_premises_group(), make_premises_group(kind="free")
    for group in (north, south):
        put_in_group(group.pk, actor=as_system, valid_from=JAN, buildings=[building.pk])
    with pytest.raises(IntegrityError, match="building_in_one_district"), transaction.atomic():
        type(south).objects.filter(pk=south.pk).update(kind="district")
    member = GroupMember.objects.get(group=south)
    with pytest.raises(IntegrityError, match="group_member_kind"), transaction.atomic():
        GroupMember.objects.filter(pk=member.pk).update(kind="district", valid=(None, dt.date(2000, 1, 1)))


@pytest.mark.req("REG-11")
def test_a_place_ends_with_its_last_day(as_system):
    flat = make_premises()
    group = make_premises_group(code="N")
    put_in_group(group.pk, actor=as_system, valid_from=JAN, buildings=[flat.building_id])
    leave_group(GroupMember.objects.get().pk, actor=as_system, last_on=JUN)
    assert _groups_on(flat, JUN) == ["N"] and _groups_on(flat, dt.date(2026, 7, 1)) == []
    with pytest.raises(Refusal) as refused:
        leave_group(GroupMember.objects.get().pk, actor=as_system, last_on=JUN)
    assert refused.value.code == "group.ended"


@pytest.mark.req("REG-11", "PLT-11")
def test_a_grant_of_a_district_reaches_the_buildings_that_lie_in_it_today(as_system):
    mine, foreign = make_premises(), make_premises()
    district = make_premises_group()
    put_in_group(district.pk, actor=as_system, valid_from=JAN, valid_to=JUN, buildings=[mine.building_id])
    user = make_user()
    make_grant(user, ["estates.premises:view", "estates.building:view"], scopes={"group": [district.pk]})
    with time_machine.travel(dt.datetime(2026, 6, 30, 12, tzinfo=dt.UTC)):
        assert list(policy.allowed(Premises.objects.all(), user, "view")) == [mine]
        assert list(policy.allowed(Building.objects.all(), user, "view")) == [mine.building]
    with time_machine.travel(dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)):
        assert not policy.allowed(Premises.objects.all(), user, "view").exists()
    assert foreign.pk != mine.pk


@pytest.mark.req("REG-11")
def test_places_come_in_by_page_selection_and_api_and_the_list_is_narrowed_by_group(as_system):
    from lokum.api.tests.test_registers import Api

    flat, other = make_premises(code="B1/1"), make_premises(code="B2/1")
    group = make_premises_group(code="TOWN", kind="free", node=flat.building.estate.node)
    user = make_user()
    make_grant(user, ["*:*"])
    client = Client()
    client.force_login(user)
    page = f"/office/estates/premisesgroup/{group.pk}/do/put_in/"
    unknown = {"buildings": "nowhere", "premises": "", "valid_from": "2026-01-01"}
    assert client.post(page, unknown).status_code == 422
    assert client.post(page, {"buildings": "", "premises": "B1/1", "valid_from": "2026-01-01"}).status_code == 302
    shown = client.get("/office/estates/premises/", {"group": "town"}).content.decode()
    assert "B1/1" in shown and "B2/1" not in shown
    bulk = {"selected": [other.pk], "bulk": "put_in_group", "confirmed": "1", "group": group.pk,
            "valid_from": "2026-01-01"}  # fmt: skip
    assert client.post("/office/estates/premises/bulk/", bulk).status_code == 302
    card = client.get(f"/office/estates/premises/{other.pk}/", {"tab": "groups"}).content.decode()
    assert "TOWN" in card
    counts = client.get(f"/office/estates/premisesgroup/{group.pk}/", {"tab": "counts"}).content.decode()
    assert '<td class="num">2</td>' in counts
    found = Api(user).call("GET", "/api/v1/estates/premises?group=TOWN").json()
    assert {one["code"] for one in found["items"]} == {"B1/1", "B2/1"}
