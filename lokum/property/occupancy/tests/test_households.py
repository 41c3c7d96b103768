"""Households: the fact follows the residence register, declarations elsewhere."""

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.errors import Refusal
from lokum.property.estates.factories import make_premises
from lokum.property.estates.models import FactChange, PremisesFact
from lokum.property.estates.queries import facts_as_of
from lokum.property.estates.services import record_fact
from lokum.property.occupancy.factories import make_household_member, make_persons_source
from lokum.property.occupancy.household_queries import declaring_offered, persons_on
from lokum.property.occupancy.models import Declaration, HouseholdMember
from lokum.property.occupancy.services import (
    accept_declaration,
    declare,
    end_household_member,
    refuse_declaration,
    set_persons_source,
)

JAN, MAR, SEP = dt.date(2026, 1, 1), dt.date(2026, 3, 1), dt.date(2026, 9, 11)


def _fact(premises, day):
    fact = facts_as_of(premises.pk, day).get("persons")
    return None if fact is None else fact.value


@pytest.fixture
def client(db, as_system):
    user = make_user()
    make_grant(user, ["*:*"])
    client = Client()
    client.force_login(user)
    return client


def _add(client, flat, **over):
    values = {"premises": flat.pk, "role": "family", "counted": "on", "valid_0": "2026-03-01", "document": "form 7"}
    return client.post("/office/occupancy/householdmember/add/", values | over)


@pytest.mark.req("PPL-03")
def test_register_kept_persons_follow_the_members(client, as_system):
    flat = make_premises()
    record_fact(flat.pk, "persons", Decimal(2), dt.date(2025, 1, 1), source="declaration", actor=as_system)
    make_household_member(premises=flat, name="Anna", role="owner", valid=(dt.date(2020, 1, 1), None))
    make_household_member(premises=flat, name="Nurse", role="staff", counted=False, valid=(dt.date(2020, 1, 1), None))
    set_persons_source([flat.pk], "register", JAN, actor=as_system)
    assert [_fact(flat, day) for day in (dt.date(2025, 12, 31), JAN)] == [2, 1]

    assert _add(client, flat, name="Jan").status_code == 302
    assert _add(client, flat, name="Ola", valid_0="2026-09-11").status_code == 302
    jan = HouseholdMember.objects.get(name="Jan")
    end_household_member(jan.pk, actor=as_system, last_on=dt.date(2026, 9, 30), document="form 9")

    days = (JAN, MAR, SEP, dt.date(2026, 9, 30), dt.date(2026, 10, 1))
    assert [_fact(flat, day) for day in days] == [1, 2, 3, 3, 2] == [persons_on(flat.pk, day) for day in days]
    row = PremisesFact.objects.get(premises=flat, kind="persons", valid__contains=MAR, recorded__endswith=None)
    assert row.source == "Residence register: form 7"
    change = FactChange.objects.filter(premises=flat).latest("pk")
    assert (change.old_value, change.new_value, change.effective_from) == ("3", "2", dt.date(2026, 10, 1))


@pytest.mark.req("PPL-03")
def test_a_register_kept_number_is_neither_recorded_nor_declared_by_hand(as_system):
    flat, other = make_premises(), make_premises()
    make_persons_source(premises=flat, valid=(JAN, None))
    for act in (
        lambda: record_fact(flat.pk, "persons", Decimal(3), MAR, source="x", actor=as_system),
        lambda: declare(flat.pk, "persons", Decimal(3), MAR, actor=as_system),
    ):
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.code == "persons.kept_by_register"
    record_fact(flat.pk, "persons", Decimal(3), dt.date(2025, 1, 1), source="x", actor=as_system,
                valid_to=dt.date(2025, 12, 31))  # fmt: skip
    assert declaring_offered([flat.pk, other.pk], MAR) == {other.pk}


@pytest.mark.req("PPL-03")
def test_an_accepted_declaration_is_the_number_and_a_refused_one_changes_nothing(as_system):
    flat = make_premises()
    record_fact(flat.pk, "persons", Decimal(2), JAN, source="first", actor=as_system)
    first = declare(flat.pk, "persons", Decimal(4), SEP, actor=as_system)
    with pytest.raises(Refusal) as refused:
        declare(flat.pk, "persons", Decimal(5), SEP, actor=as_system)
    assert refused.value.code == "declaration.waiting"
    assert _fact(flat, SEP) == 2
    accept_declaration(first.pk, actor=as_system)
    assert _fact(flat, SEP) == persons_on(flat.pk, SEP) == 4
    assert facts_as_of(flat.pk, SEP)["persons"].source.startswith(f"Declaration {first.pk} of")
    second = declare(flat.pk, "persons", Decimal(9), SEP, actor=as_system)
    refuse_declaration(second.pk, actor=as_system, reason="not plausible")
    assert _fact(flat, SEP) == 4 and Declaration.objects.get(pk=second.pk).state == "refused"
    with pytest.raises(Refusal) as refused:
        accept_declaration(second.pk, actor=as_system)
    assert refused.value.code == "declaration.decided"


@pytest.mark.req("PPL-03")
def test_pages_show_the_household_and_refuse_a_move_by_edit(client, as_system):
    flat, other = make_premises(), make_premises()
    member = make_household_member(premises=flat, name="Anna Lis")
    card = client.get(f"/office/estates/premises/{flat.pk}/", {"tab": "household"}).content.decode()
    assert "Anna Lis" in card and "Declarations" in card
    bulk = {"selected": [flat.pk, other.pk], "bulk": "set_persons_source", "confirmed": "1", "source": "register",
            "valid_from": "2026-01-01"}  # fmt: skip
    assert client.post("/office/estates/premises/bulk/", bulk).status_code == 302
    assert [_fact(one, JAN) for one in (flat, other)] == [1, 0]
    values = {"premises": other.pk, "name": "Anna Lis", "role": "family", "valid_0": "2020-01-01", "version": 1}
    answer = client.post(f"/office/occupancy/householdmember/{member.pk}/edit/", values)
    assert answer.status_code == 422 and "leaves here with a date" in answer.content.decode()
    nobody = _add(client, flat, name="")
    assert nobody.status_code == 422 and "Name the person" in nobody.content.decode()


@pytest.mark.req("PPL-03")
def test_a_second_source_before_a_recorded_one_is_refused_by_date(as_system):
    flat = make_premises()
    set_persons_source([flat.pk], "register", MAR, actor=as_system)
    with pytest.raises(Refusal) as refused:
        set_persons_source([flat.pk], "declarations", JAN, actor=as_system)
    assert refused.value.code == "persons.source_later"
    set_persons_source([flat.pk], "declarations", SEP, actor=as_system)
    assert declaring_offered([flat.pk], SEP) == {flat.pk} and declaring_offered([flat.pk], MAR) == set()
