"""PPL-04: rates and components in the history of an agreement, the same rows for staff and resident."""

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import Actor
from lokum.money.charges.models import Component, ComponentAssignment, Tariff
from lokum.money.charges.tests.world import make_charged_world, make_tariff
from lokum.money.ledger.models import Account
from lokum.portal.tests.test_portal import sign_in
from lokum.property.occupancy.factories import make_member, make_member_status
from lokum.property.occupancy.models import Agreement, Title
from lokum.property.occupancy.queries import agreement_histories, agreement_history
from lokum.property.parties.factories import make_party

pytestmark = [pytest.mark.database, pytest.mark.req("PPL-04")]

JULY, AUGUST, OCTOBER = dt.date(2026, 7, 1), dt.date(2026, 8, 1), dt.date(2026, 10, 1)
APPROVED = dt.datetime(2026, 6, 15, 10, tzinfo=dt.UTC)


@pytest.fixture
def world(as_system: Actor) -> Any:
    return make_charged_world(3, actor=as_system)


def _follow(component: Component, price: str, since: dt.date, **over: Any) -> Tariff:
    """A price that ends the one before for the same target."""
    target = {name: over[name] for name in ("level", "premises", "membership") if name in over}
    for former in Tariff.objects.filter(component=component, **({"level": "entity"} | target)):
        former.valid = (former.valid.lower, since)
        former.save()
    return make_tariff(component, price, since, approved_at=APPROVED, **over)


def _rates(agreement_pk: int, name: str) -> list[tuple[Any, str, str, str, Any]]:
    return [
        (one.change.on, one.old_text, one.new_text, one.change.source, one.change.recorded_at)
        for one in agreement_history(agreement_pk)
        if one.label.startswith(name)
    ]


def test_prices_of_all_levels_and_the_end_of_a_component(world: Any) -> None:
    agreement = Agreement.objects.get(pk=world.agreements[0])
    component = Component.objects.get(entity=world.entity, code="EXPL")
    since = max(agreement.valid.lower, dt.date(2020, 1, 1))
    _follow(component, "1.40", JULY, source="Resolution 7/2026")
    make_tariff(component, "1.35", AUGUST, level="premises", premises_id=agreement.premises_id, source="Settlement")
    ComponentAssignment.objects.filter(component=component, premises_id=agreement.premises_id).update(
        valid=(dt.date(2020, 1, 1), OCTOBER)
    )
    assert _rates(agreement.pk, "Expl") == [
        (OCTOBER, "1.35", "–", "", None),
        (AUGUST, "1.4", "1.35", "Settlement", None),
        (JULY, "1.24", "1.4", "Resolution 7/2026", APPROVED),
        (since, "–", "1.24", "", None),
    ]
    labels = {one.label for one in agreement_history(agreement.pk)}
    assert {"Expl (PLN / m²)", "Waste (PLN / persons)", "Intercom (PLN / unit)"} <= labels
    # The neighbour has the price of all, without an end.
    neighbour = [one[:3] for one in _rates(world.agreements[1], "Expl")]
    assert neighbour == [(JULY, "1.24", "1.4"), (since, "–", "1.24")]


def test_staff_and_resident_see_the_same_rows(world: Any) -> None:
    """Also where the rate follows from the membership of a co-holder, whom the resident may not see."""
    agreement = Agreement.objects.get(pk=world.agreements[0])
    component = Component.objects.get(entity=world.entity, code="REPAIR")
    make_tariff(component, "1.10", level="entity", membership="member", source="Statute § 9")
    other = make_party(home_node=world.entity.node)
    title = Title.objects.get(premises_id=agreement.premises_id)
    title.holders.all().delete()
    title.holders.create(party=agreement.payer, numerator=1, denominator=2)
    title.holders.create(party=other, numerator=1, denominator=2)
    make_member_status(member=make_member(entity=world.entity, party=other), valid=(AUGUST, None))
    assert next(one[:3] for one in _rates(agreement.pk, "Repair")) == (AUGUST, "1.3", "1.1")

    resident = sign_in(Account.objects.get(agreement=agreement)).get("/portal/me/").content.decode()
    staff = make_user(language="en")
    make_grant(staff, ["*:*"])
    office = Client()
    office.force_login(staff)
    page = office.get(f"/office/occupancy/agreement/{agreement.pk}/", {"tab": "changes"}).content.decode()
    shown = [(one.label, one.old_text, one.new_text) for one in agreement_history(agreement.pk)]
    assert _cells(resident, r'<td data-label="[^"]*">', (1, 2, 3)) == shown
    assert _cells(page, r"<t[dh][^>]*>", (1, 2, 3)) == shown


def _cells(page: str, cell: str, wanted: tuple[int, ...]) -> list[tuple[str, ...]]:
    """Texts of the chosen cells of each row of the history."""
    rows = re.findall(r"<tr>(.*?)</tr>", page.split("<tbody>", 1)[1].split("</tbody>", 1)[0], re.S)
    texts = [[one.strip() for one in re.findall(rf"{cell}(.*?)</t[dh]>", row, re.S)] for row in rows]
    return [tuple(row[number] for number in wanted) for row in texts]


def test_many_agreements_cost_no_more_statements(world: Any) -> None:
    counts = []
    for agreements in (world.agreements[:1], world.agreements):
        with CaptureQueriesContext(
            connection,
        ) as seen:
            found = agreement_histories(agreements)
        counts.append(len(seen))
        assert all(len(lines) >= 8 for lines in found.values()) and len(found) == len(agreements)
    assert counts[0] == counts[1]


def test_a_price_that_is_only_proposed_is_no_history(world: Any) -> None:
    component = Component.objects.get(entity=world.entity, code="GAS")
    make_tariff(component, "9.99", JULY, state="proposed")
    assert [one[2] for one in _rates(world.agreements[0], "Gas")] == [str(Decimal("8.4"))]
