"""Dated facts: as of any day, as known on any day, with their history."""

import datetime as dt
from decimal import Decimal

import pytest
import time_machine

from lokum.core.base import clock
from lokum.core.base.errors import Missing, Refusal
from lokum.property.estates.factories import make_building, make_declared_total, make_premises
from lokum.property.estates.models import FactChange, PremisesFact
from lokum.property.estates.queries import compare_totals, fact_history, facts_as_of
from lokum.property.estates.services import FactRow, record_fact, record_facts, set_share

JAN, MAR, JUN = dt.date(2025, 1, 1), dt.date(2025, 3, 1), dt.date(2025, 6, 1)


def _at(day: str) -> time_machine.travel:
    return time_machine.travel(dt.datetime.fromisoformat(day + "T12:00:00+00:00"), tick=False)


def _persons(premises_pk, on, known_at=None):
    fact = facts_as_of(premises_pk, on, known_at).get("persons")
    return None if fact is None else fact.value


@pytest.mark.req("REG-04")
def test_a_value_is_read_as_of_any_day_and_as_known_on_any_day(as_system):
    flat = make_premises()
    with _at("2025-01-05"):
        record_fact(flat.pk, "persons", Decimal(2), JAN, source="declaration 1", actor=as_system)
    with _at("2025-07-01"):
        before = clock.now() - dt.timedelta(days=1)
        record_fact(flat.pk, "persons", Decimal(4), MAR, source="declaration 2", actor=as_system, valid_to=JUN)

    assert [_persons(flat.pk, day) for day in (JAN, MAR, JUN, dt.date(2025, 6, 2))] == [2, 4, 4, 2]
    assert _persons(flat.pk, MAR, known_at=before) == 2
    assert _persons(flat.pk, dt.date(2024, 12, 31)) is None


@pytest.mark.req("REG-04", "PPL-04")
def test_history_shows_old_and_new_value_source_and_both_moments_of_recording(as_system):
    flat = make_premises()
    with _at("2025-01-05"):
        record_fact(flat.pk, "persons", Decimal(2), JAN, source="first", actor=as_system)
    with _at("2025-03-02"):
        record_fact(flat.pk, "persons", Decimal(4), MAR, source="second", actor=as_system)
    with _at("2025-07-01"):
        record_fact(flat.pk, "persons", Decimal(3), MAR, source="correction", actor=as_system)

    lines = fact_history(flat.pk)

    assert [(one.on, one.old_value, one.new_value, one.source) for one in lines] == [
        (MAR, 4, 3, "correction"),
        (MAR, 2, 4, "second"),
        (JAN, None, 2, "first"),
    ]
    corrected = lines[1]
    assert corrected.recorded_at.date() == dt.date(2025, 3, 2)
    assert corrected.replaced_at.date() == dt.date(2025, 7, 1)
    assert lines[0].replaced_at is None and lines[2].replaced_at is None
    assert lines[0].actor_label == as_system.label


@pytest.mark.req("REG-04")
def test_what_is_believed_already_is_not_recorded_again(as_system):
    flat = make_premises()
    assert record_fact(flat.pk, "usable_area", Decimal("48.5"), JAN, source="a", actor=as_system)
    assert not record_fact(flat.pk, "usable_area", Decimal("48.50"), MAR, source="b", actor=as_system)
    assert PremisesFact.objects.filter(premises=flat).count() == 1


def test_two_entries_at_one_moment_keep_their_order(as_system):
    flat = make_premises()
    with _at("2025-01-05"):
        for value in (1, 2, 3):
            record_fact(flat.pk, "persons", Decimal(value), JAN, source="", actor=as_system)
    assert _persons(flat.pk, JAN) == 3
    assert [line.new_value for line in fact_history(flat.pk)] == [3, 2, 1]


@pytest.mark.parametrize(
    ("kind", "value", "last", "code"),
    [
        ("usable_area", Decimal(-1), None, "fact.negative"),
        ("magic", Decimal(1), None, "fact.unknown_kind"),
        ("usable_area", Decimal("NaN"), None, "fact.not_a_number"),
        ("usable_area", Decimal("1.23456"), None, "fact.out_of_range"),
        ("persons", Decimal("1.5"), None, "fact.not_whole"),
        ("persons", Decimal(1), dt.date(2024, 12, 31), "fact.days_in_wrong_order"),
    ],
)
@pytest.mark.req("REG-04")
def test_wrong_facts_are_refused_with_a_reason(as_system, kind, value, last, code):
    flat = make_premises()
    with pytest.raises(Refusal) as refused:
        record_fact(flat.pk, kind, value, JAN, source="", actor=as_system, valid_to=last)
    assert refused.value.code == code and refused.value.fields
    assert not PremisesFact.objects.exists()


def test_one_wrong_row_refuses_all(as_system):
    flat = make_premises()
    rows = [FactRow(flat.pk, "persons", Decimal(1), JAN), FactRow(flat.pk, "rooms", Decimal(-1), JAN)]
    with pytest.raises(Refusal):
        record_facts(rows, actor=as_system)
    with pytest.raises(Missing):
        record_facts([FactRow(flat.pk + 999, "persons", Decimal(1), JAN)], actor=as_system)
    assert not PremisesFact.objects.exists()


@pytest.mark.req("REG-04")
def test_sums_of_a_building_are_compared_with_declared_totals(as_system):
    building = make_building()
    flats = [make_premises(building=building) for _ in range(3)]
    make_declared_total(building=building, kind="usable_area", value=Decimal("100.00"))
    rows = [FactRow(flat.pk, "usable_area", Decimal("48.50"), JAN) for flat in flats[:2]]
    record_facts(rows, actor=as_system)

    [line] = compare_totals(building.pk, MAR)

    assert (line.declared, line.found, line.difference) == (Decimal(100), Decimal(97), Decimal(-3))
    assert (line.premises_count, line.without_value) == (2, 1)


@pytest.mark.req("REG-05")
def test_replaced_values_are_kept_stretch_by_stretch_and_first_values_are_not(as_system):
    flat = make_premises()
    with _at("2025-01-05"):
        record_fact(flat.pk, "persons", Decimal(2), JAN, source="first", actor=as_system)
    assert not FactChange.objects.exists()
    with _at("2025-02-10"):
        record_fact(flat.pk, "persons", Decimal(3), MAR, source="second", actor=as_system)
    with _at("2025-07-01"):
        record_fact(flat.pk, "persons", Decimal(4), dt.date(2024, 12, 1), source="late", actor=as_system, valid_to=JUN)
        record_fact(flat.pk, "persons", Decimal(4), MAR, source="said again", actor=as_system, valid_to=JUN)

    rows = FactChange.objects.order_by("pk").values_list(
        "kind", "effective_from", "effective_to", "old_value", "new_value", "source", "backdated"
    )
    assert list(rows) == [
        ("persons", MAR, None, "2", "3", "second", False),
        ("persons", dt.date(2024, 12, 1), dt.date(2024, 12, 31), "", "4", "late", True),
        ("persons", JAN, dt.date(2025, 2, 28), "2", "4", "late", True),
        ("persons", MAR, JUN, "3", "4", "late", True),
    ]


@pytest.mark.req("REG-05")
def test_a_new_share_keeps_what_it_replaces(as_system):
    flat = make_premises()
    set_share(flat.pk, 48, 1000, JAN, actor=as_system)
    set_share(flat.pk, 50, 1000, MAR, actor=as_system)
    change = FactChange.objects.get()
    assert (change.kind, change.effective_from, change.old_value, change.new_value) == (
        "share", MAR, "48/1000", "50/1000",
    )  # fmt: skip
