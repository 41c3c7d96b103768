"""Adding, closing and deleting the records of an estate."""

import datetime as dt
from itertools import pairwise

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from lokum.core.base.errors import Refusal
from lokum.core.organisation.factories import make_entity
from lokum.property.estates.factories import make_building, make_entrance, make_premises, make_storey
from lokum.property.estates.models import Premises
from lokum.property.estates.queries import entity_of
from lokum.property.estates.services import (
    add_premises,
    assign_entity,
    close_building,
    close_premises,
    reopen_premises,
    set_share,
)
from lokum.property.occupancy.factories import make_title

JAN, MAR = dt.date(2025, 1, 1), dt.date(2025, 3, 1)


def test_numbers_sort_as_people_count(as_system):
    building = make_building()
    Premises.objects.bulk_create(
        Premises(building=building, number=number, kind="dwelling", code=f"X{number}")
        for number in ("10", "2", "1", "2A", "M3", "M12")
    )
    assert list(building.premises.values_list("number", flat=True)) == ["1", "2", "2A", "10", "M3", "M12"]


@pytest.mark.req("REG-01")
def test_a_number_is_unique_in_the_building(as_system):
    building = make_building(code="OAK7")
    flat = add_premises(building.pk, "1", "dwelling", actor=as_system)
    assert flat.code == "OAK7/1"
    with pytest.raises(Refusal) as refused:
        add_premises(building.pk, "1", "garage", actor=as_system)
    assert refused.value.code == "premises.number_taken" and "OAK7" in str(refused.value.message)
    add_premises(make_building().pk, "1", "dwelling", actor=as_system)


def test_the_database_gives_the_default_code(as_system):
    building = make_building(code="B9")
    Premises.objects.bulk_create([Premises(building=building, number="4", kind="dwelling")])
    assert building.premises.get().code == "B9/4"


def test_parts_of_another_building_are_refused_by_form_and_database(as_system):
    building, other = make_building(), make_building()
    flat = Premises(
        building=building,
        number="1",
        kind="dwelling",
        entrance=make_entrance(building=other),
        storey=make_storey(building=other),
    )
    with pytest.raises(ValidationError) as refused:
        flat.full_clean()
    assert set(refused.value.message_dict) == {"entrance", "storey"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Premises.objects.bulk_create([flat])
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.req("REG-01")
def test_used_premises_are_closed_with_a_date_but_not_deleted(as_system):
    flat = make_premises()
    title = make_title(premises=flat)
    with pytest.raises(ProtectedError):
        flat.delete()
    with pytest.raises(Refusal) as refused:
        close_premises(flat.pk, actor=as_system, closed_on=JAN)
    assert str(title.get_kind_display()) in str(refused.value.message)

    title.valid = (title.valid.lower, JAN)
    title.save()
    assert close_premises(flat.pk, actor=as_system, closed_on=JAN).closed_on == JAN
    with pytest.raises(Refusal):
        close_premises(flat.pk, actor=as_system, closed_on=MAR)
    assert reopen_premises(flat.pk, actor=as_system).closed_on is None


def test_a_building_closes_after_what_is_in_it(as_system):
    flat = make_premises()
    with pytest.raises(Refusal) as refused:
        close_building(flat.building_id, actor=as_system, closed_on=JAN)
    assert flat.code in str(refused.value.message)
    close_premises(flat.pk, actor=as_system, closed_on=JAN)
    close_building(flat.building_id, actor=as_system, closed_on=JAN)
    with pytest.raises(Refusal) as refused:
        reopen_premises(flat.pk, actor=as_system)
    assert refused.value.code == "record.parent_closed"


def test_premises_belong_to_one_entity_at_a_time(as_system):
    flat = make_premises()
    first = flat.entities.get().entity_id
    second = make_entity()
    assign_entity(flat.pk, second.pk, MAR, actor=as_system)
    assert entity_of(flat.pk, JAN) == first and entity_of(flat.pk, MAR) == second.pk
    with pytest.raises(Refusal):
        assign_entity(flat.pk, first, JAN, actor=as_system)


def test_a_share_is_an_exact_dated_fraction(as_system):
    flat = make_premises()
    set_share(flat.pk, 1, 3, JAN, actor=as_system)
    assert set_share(flat.pk, 2, 6, MAR, actor=as_system) is None
    set_share(flat.pk, 1, 4, MAR, actor=as_system)
    shares = list(flat.shares.order_by("valid"))
    assert [(one.numerator, one.denominator) for one in shares] == [(1, 3), (1, 4)]
    assert all(a.valid.upper == b.valid.lower for a, b in pairwise(shares))
    for wrong in ((3, 2), (1, 0), (-1, 2)):
        with pytest.raises(Refusal):
            set_share(flat.pk, *wrong, MAR, actor=as_system)
