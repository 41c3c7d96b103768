"""States of premises follow titles, leases and households; statistics equal the list."""

import datetime as dt
import io

import pytest
import time_machine
from django.test import Client
from openpyxl import load_workbook

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.errors import Refusal
from lokum.property.estates.factories import make_building, make_premises, make_premises_fact
from lokum.property.estates.models import Premises
from lokum.property.occupancy.factories import make_household_member, make_title
from lokum.property.occupancy.services import end_title, note_state, open_title
from lokum.property.occupancy.states import state_on, statistics, uses_on
from lokum.property.parties.factories import make_party

JAN, MAR, JUN = dt.date(2026, 1, 1), dt.date(2026, 3, 1), dt.date(2026, 6, 1)


@pytest.mark.req("REG-07")
def test_starting_a_lease_turns_vacant_into_rented_and_a_contradiction_names_it(as_system):
    flat = make_premises()
    assert state_on(flat.pk, MAR) == "vacant"
    lease = open_title(flat.pk, "lease", [(make_party(last_name="Wrona"), 1, 1)], MAR, actor=as_system)
    assert (state_on(flat.pk, dt.date(2026, 2, 28)), state_on(flat.pk, MAR)) == ("vacant", "rented")
    with pytest.raises(Refusal) as refused:
        note_state(flat.pk, "vacant", JUN, actor=as_system)
    assert refused.value.code == "premises.state_contradicted" and "Wrona" in str(refused.value)
    end_title(lease.pk, actor=as_system, last_on=dt.date(2026, 5, 31))
    note_state(flat.pk, "vacant", JUN, actor=as_system)
    assert state_on(flat.pk, JUN) == "vacant"


@pytest.mark.req("REG-07")
def test_premises_pass_through_sale_and_move_in(as_system):
    flat = make_premises()
    note_state(flat.pk, "unsold", JAN, actor=as_system)
    note_state(flat.pk, "reserved", dt.date(2026, 2, 1), actor=as_system)
    for state in ("sold", "handed_over", "rented"):
        with pytest.raises(Refusal) as refused:
            note_state(flat.pk, state, dt.date(2026, 2, 2), actor=as_system)
        assert refused.value.code == "premises.state_contradicted"
    make_title(premises=flat, kind="freehold", valid=(MAR, None))
    note_state(flat.pk, "handed_over", dt.date(2026, 4, 1), actor=as_system)
    note_state(flat.pk, "fit_out", dt.date(2026, 5, 1), actor=as_system)
    make_household_member(premises=flat, name="Ola", valid=(JUN, None))
    days = (JAN, dt.date(2026, 2, 1), MAR, dt.date(2026, 4, 1), dt.date(2026, 5, 1), JUN)
    assert [state_on(flat.pk, day) for day in days] == [
        "unsold", "reserved", "sold", "handed_over", "fit_out", "moved_in",
    ]  # fmt: skip
    with pytest.raises(Refusal) as refused:
        note_state(flat.pk, "not_moved_in", JUN, actor=as_system)
    assert "Ola lives here" in str(refused.value)
    with pytest.raises(Refusal) as refused:
        note_state(flat.pk, "unsold", JUN, actor=as_system)
    assert refused.value.code == "premises.state_contradicted"


@pytest.mark.req("REG-13")
def test_statistics_equal_the_filtered_list_on_page_and_sheet(as_system):
    building = make_building(street="ul. Lipowa", house_number="7")
    sold, let, empty = (make_premises(building=building) for _ in range(3))
    other = make_premises(kind="garage")
    make_title(premises=sold, kind="freehold", valid=(JAN, None))
    make_title(premises=let, kind="lease", valid=(dt.date(2026, 1, 11), None))
    make_premises_fact(premises=sold, value="48.5")
    with time_machine.travel(dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)):
        found = statistics(Premises.objects.all(), "building", MAR)
        line = next(one for one in found.lines if one.label == "ul. Lipowa 7")
        assert (line.count, line.states, line.titles) == (
            3, {"sold": 1, "rented": 1, "vacant": 1}, {"freehold": 1, "lease": 1, "": 1},
        )  # fmt: skip
        # The lease began on 11 January after ten empty days; the third stood empty all 60 days of the year so far.
        assert (line.vacant_days, str(line.area), found.total.count) == (10 + 60, "48.5000", 4)
        user = make_user()
        make_grant(user, ["*:*"])
        client = Client()
        client.force_login(user)
        for state, count in found.total.states.items():
            shown = client.get("/office/estates/premises/", {"use_state": state}).content.decode()
            codes = [one.code for one in (sold, let, empty, other) if f">{one.code}<" in shown]
            assert len(codes) == count, state
        page = client.get("/office/occupancy/statistics/", {"by": "building", "on": "2026-03-01"}).content.decode()
        assert "ul. Lipowa 7" in page and "Vacancy days" in page
        sheet = client.get("/office/occupancy/statistics/", {"by": "building", "on": "2026-03-01", "format": "csv"})
        rows = [line.split(",") for line in sheet.content.decode("utf-8-sig").splitlines()]
        assert [row[1] for row in rows[1:]] == [str(one.count) for one in (*found.lines, found.total)]
        card = client.get(f"/office/estates/premises/{let.pk}/", {"tab": "use"}).content.decode()
        assert "Rented" in card


@pytest.mark.req("REG-13")
def test_statistics_of_any_day_by_estate_building_and_kind_are_the_same_premises(as_system):
    """Two buildings of two towns have the same address; they stay two lines. The third flat was let until February."""
    towns = [make_building(street="ul. Lipowa", house_number="7", city=city) for city in ("Opole", "Kielce")]
    flats = [make_premises(building=towns[0]), make_premises(building=towns[0]), make_premises(building=towns[1])]
    shop = make_premises(building=towns[1], kind="commercial")
    make_title(premises=flats[0], kind="freehold", valid=(JAN, None))
    make_title(premises=flats[2], kind="lease", valid=(JAN, dt.date(2026, 2, 1)))
    make_premises_fact(premises=flats[2], value="40")
    for by, counts in (("building", [2, 2]), ("estate", [2, 2]), ("kind", [1, 3])):
        for day, rented in ((dt.date(2026, 1, 31), 1), (dt.date(2026, 2, 1), 0)):
            found = statistics(Premises.objects.all(), by, day)
            assert sorted(line.count for line in found.lines) == counts, (by, day)
            for line in (*found.lines, found.total):
                assert line.count == sum(line.states.values()) == sum(line.titles.values())
            for name in ("count", "area", "occupied", "vacant_days"):
                assert sum(getattr(line, name) for line in found.lines) == getattr(found.total, name), (by, name)
            listed = [one.state for one in uses_on([one.pk for one in (*flats, shop)], day)]
            assert {state: listed.count(state) for state in listed} == found.total.states
            assert found.total.states.get("rented", 0) == rented
            # 31 empty days of flat and shop each in January; on 1 February the third is empty too.
            assert found.total.vacant_days == (62 if rented else 65)
    labels = [line.label for line in statistics(Premises.objects.all(), "building", MAR).lines]
    assert labels == sorted(f"ul. Lipowa 7 ({town.code})" for town in towns)
    user = make_user()
    make_grant(user, ["*:*"])
    client = Client()
    client.force_login(user)
    query = {"by": "building", "on": "2026-01-31", "format": "xlsx"}
    sheet = load_workbook(io.BytesIO(client.get("/office/occupancy/statistics/", query).content)).active
    cells = [[cell.value for cell in row[:3]] for row in sheet.iter_rows(min_row=2)]
    assert [row[0] for row in cells[:2]] == labels and [row[1] for row in cells] == [2, 2, 4]
    assert float(cells[-1][2]) == 40


@pytest.mark.req("REG-07")
def test_a_page_refuses_a_contradicting_state_and_names_the_lease(as_system):
    flat = make_premises()
    open_title(flat.pk, "lease", [(make_party(last_name="Wrona"), 1, 1)], JAN, actor=as_system)
    user = make_user()
    make_grant(user, ["*:*"])
    client = Client()
    client.force_login(user)
    for state in ("vacant", "out_of_use", "not_moved_in", "unsold", "reserved"):
        values = {"state": state, "valid_from": "2026-03-01", "document": ""}
        answer = client.post(f"/office/estates/premises/{flat.pk}/do/note_state/", values)
        assert answer.status_code == 422 and "Wrona" in answer.content.decode(), state
    assert state_on(flat.pk, MAR) == "rented"
