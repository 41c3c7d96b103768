"""The member register: numbers, statuses with dates, contributions due and paid."""

import datetime as dt
import subprocess
from decimal import Decimal

import pytest
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.errors import Refusal
from lokum.core.organisation.factories import make_entity
from lokum.property.occupancy.factories import make_member
from lokum.property.occupancy.household_queries import members_on
from lokum.property.occupancy.models import MemberContribution
from lokum.property.occupancy.services import add_contribution, add_member, pay_contribution, set_status
from lokum.property.parties.factories import make_party

JAN, JUN = dt.date(2026, 1, 1), dt.date(2026, 6, 1)


@pytest.mark.req("PPL-15")
def test_members_on_a_day_in_the_order_of_their_numbers(as_system):
    entity = make_entity()
    ten = add_member(entity.pk, make_party().pk, "10", JAN, actor=as_system, document="res. 3/2026")
    two = add_member(entity.pk, make_party().pk, "2", JUN, actor=as_system)
    add_member(entity.pk, make_party().pk, "3", JAN, actor=as_system, status="applicant")
    assert members_on(entity.pk, JAN) == [ten]
    assert members_on(entity.pk, JUN) == [two, ten]
    set_status(ten.pk, "excluded", JUN, actor=as_system, document="res. 9/2026")
    assert members_on(entity.pk, JUN) == [two] and members_on(entity.pk, dt.date(2026, 5, 31)) == [ten]
    assert set_status(ten.pk, "excluded", JUN, actor=as_system) is None
    with pytest.raises(Refusal) as refused:
        set_status(ten.pk, "deceased", JAN, actor=as_system)
    assert refused.value.code == "member.status_later" and "Excluded" in str(refused.value)
    with pytest.raises(Refusal) as refused:
        add_member(entity.pk, make_party().pk, "10", JAN, actor=as_system)
    assert refused.value.code == "member.number_taken"


@pytest.mark.req("PPL-15")
def test_contributions_are_paid_up_to_what_is_due(as_system):
    member = make_member()
    shares = add_contribution(member.pk, "share", Decimal("1500.00"), JAN, actor=as_system, count=3)
    pay_contribution(shares.pk, Decimal("1000.00"), JUN, actor=as_system)
    for amount in ("500.01", "-1000.01", "0"):
        with pytest.raises(Refusal) as refused:
            pay_contribution(shares.pk, Decimal(amount), JUN, actor=as_system)
        assert refused.value.code == "member.contribution_limit"
    pay_contribution(shares.pk, Decimal("-400.00"), JUN, actor=as_system, document="left")
    assert MemberContribution.objects.get().paid_amount == Decimal("600.00")


@pytest.mark.req("PPL-15")
def test_the_register_shows_numbers_in_order_with_status_shares_and_sums(as_system):
    entity = make_entity()
    for number in ("10", "9", "100"):
        add_member(entity.pk, make_party(last_name=f"No{number}").pk, number, JAN, actor=as_system)
    member = members_on(entity.pk, JAN)[0]
    add_contribution(member.pk, "share", Decimal("1500.00"), JAN, actor=as_system, count=3)
    user = make_user()
    make_grant(user, ["*:*"])
    client = Client()
    client.force_login(user)
    page = client.get("/office/occupancy/member/").content.decode()
    assert page.index("No9 ") < page.index("No10 ") < page.index("No100 ")
    assert "1,500.00" in page and "Member" in page
    sheet = client.get("/office/occupancy/member/export/", {"format": "csv"}).content.decode("utf-8-sig")
    assert [line.split(",")[0] for line in sheet.splitlines()[1:4]] == ["9", "10", "100"]
    # The print has the order of the numbers, with what is due and paid.
    pay_contribution(member.contributions.get().pk, Decimal("1000.00"), JUN, actor=as_system)
    pdf = client.get("/office/occupancy/member/export/", {"format": "pdf"}).content
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    printed = done.stdout.decode()
    assert printed.index("No9 ") < printed.index("No10 ") < printed.index("No100 ")
    assert "1,500.00" in printed and "1,000.00" in printed
    form = {"entity": entity.pk, "party": make_party(code="P777").pk, "number": "11", "status": "member",
            "member_from": "2026-02-01", "document": ""}  # fmt: skip
    assert client.post("/office/occupancy/member/do/enter/", form).status_code == 302
