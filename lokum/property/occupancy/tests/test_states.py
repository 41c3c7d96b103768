"""States of premises follow titles, leases and households; statistics equal the list."""

import datetime as dt

import pytest
import time_machine
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.errors import Refusal
from lokum.property.estates.factories import make_building, make_premises, make_premises_fact
from lokum.property.estates.models import Premises
from lokum.property.occupancy.factories import make_household_member, make_title
from lokum.property.occupancy.services import end_title, note_state, open_title
from lokum.property.occupancy.states import state_on, statistics
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
