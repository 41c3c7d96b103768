"""Periods: closed after a checklist, locked in the database, opened again by two people only."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base.context import Actor, Reach, acting
from lokum.core.base.errors import NotAllowed
from lokum.core.flow.models import ApprovalRequest
from lokum.core.flow.services import approve
from lokum.money.ledger.models import Period, PeriodReopening
from lokum.money.ledger.proof import prove
from lokum.money.ledger.queries import reopenings
from lokum.money.ledger.seams import open_points
from lokum.money.ledger.services import (
    NewEntry,
    NewLine,
    close_after_checklist,
    close_period,
    post_batch,
    propose_reopening,
    reopen_period,
)
from lokum.money.ledger.tests.test_posting import charge, payment, refused
from lokum.money.ledger.tests.world import World, make_world

MARCH = dt.date(2026, 3, 1)


@pytest.fixture
def world(as_system) -> World:
    return make_world(2, actor=as_system)


def post(world: World, actor, *entries, day=MARCH):
    return post_batch(world.entity.pk, "t", f"s{entries[0].source_id}", day, entries, actor=actor)


def person() -> Actor:
    user = make_user()
    make_grant(user, ["*:*"])
    return Actor(user.pk, str(user), Reach(everything=True))


@pytest.mark.req("LED-17")
def test_the_checklist_names_what_is_open_and_a_reason_passes_it_over(world, as_system):
    account, chart = world.accounts[0], world.chart
    assert open_points(world.entity.pk, MARCH) == []
    unclear = [
        NewLine(chart["bank"].pk, debit_amount=Decimal(7)),
        NewLine(chart["clearing"].pk, credit_amount=Decimal(7)),
    ]
    post(world, as_system, NewEntry("clearing", Decimal(0), unclear, "test", 1))
    post(world, as_system, charge(world, account, "50", 2, due_on=MARCH), payment(world, account, "20", 3))
    texts = [point.text for point in open_points(world.entity.pk, MARCH)]
    assert len(texts) == 2 and "245" in texts[0] and "-7.00" in texts[0] and "20.00" in texts[1]
    with refused("ledger.period_open_points"):
        close_after_checklist(world.entity.pk, MARCH, actor=as_system)
    period = close_after_checklist(world.entity.pk, MARCH, "cleared in April", actor=as_system)
    assert period.closing_note == "cleared in April" and period.closed_by == "test"
    with refused("ledger.period_closed"):
        post(world, as_system, charge(world, account, "1", 4))
    late = charge(world, account, "1", 5, booked_on=dt.date(2026, 4, 1), effective_on=MARCH)
    post(world, as_system, late, day=dt.date(2026, 4, 1))


@pytest.mark.req("LED-17", "PLT-13")
def test_a_closed_month_is_opened_by_two_people_and_reported(world, as_system):
    period = close_period(world.entity.pk, MARCH, actor=as_system)
    assert not reopenings().exists(), "the report is empty"
    first, second = person(), person()
    request = propose_reopening(period.pk, "A bill came late", actor=first)
    assert Period.objects.get(pk=period.pk).closed_at is not None
    with pytest.raises(NotAllowed):
        approve(request.pk, actor=first)
    with acting(second):
        approve(request.pk, actor=second)
    assert Period.objects.get(pk=period.pk).closed_at is None
    post(world, as_system, charge(world, world.accounts[0], "5", 1))
    row = reopenings().get()
    assert (row.proposed_by_id, row.approved_by_id, row.reason) == (first.user_id, second.user_id, "A bill came late")
    assert row.posted == 1 and ApprovalRequest.objects.get(pk=request.pk).state == "approved"
    close_period(world.entity.pk, MARCH, actor=as_system)
    with refused("ledger.period_closed"):
        post(world, as_system, charge(world, world.accounts[0], "5", 2))
    assert {one.code: one.findings for one in prove(["I8"]) if one.count} == {}


@pytest.mark.req("LED-17")
def test_the_database_opens_nothing_without_two_people(world, as_system):
    period = close_period(world.entity.pk, MARCH, actor=as_system)
    with pytest.raises(DatabaseError, match="two people"), transaction.atomic():
        Period.objects.filter(pk=period.pk).update(closed_at=None)
    one = person()
    with pytest.raises(IntegrityError), transaction.atomic():
        reopen_period(world.entity.pk, MARCH, actor=one, proposed_by_id=one.user_id)
    reopen_period(world.entity.pk, MARCH, actor=as_system)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_periodreopening")
    assert PeriodReopening.objects.count() == 1


@pytest.mark.req("LED-17")
def test_months_to_come_and_before_the_entity_are_not_closed_by_people(world: Any, as_system: Any) -> None:
    """By page and API; the last day of a month belongs to it."""
    user = make_user()
    make_grant(user, ["*:*"])
    client = Client()
    client.force_login(user)
    entity = world.entity
    with time_machine.travel(dt.datetime(2026, 4, 30, 12, tzinfo=dt.UTC), tick=False):
        for month, code in (("2026-05-01", "period_not_over"), ("2026-04-30", "period_not_over"),
                            ("2999-01-01", "period_not_over"), ("1999-12-31", "period_before")):  # fmt: skip
            asked = {"entity": entity.pk, "month": month, "reason": "why not"}
            answer = client.post("/api/v1/ledger/period/actions/close", asked, content_type="application/json")
            assert (answer.status_code, answer.json()["code"]) == (422, f"ledger.{code}"), answer.content
            assert list(answer.json()["fields"]) == ["month"]
            assert client.post("/office/ledger/period/do/close/", asked).status_code == 422
        assert not Period.objects.filter(entity=entity, closed_at__isnull=False).exists()
        asked = {"entity": entity.pk, "month": "2026-03-31"}
        answer = client.post("/api/v1/ledger/period/actions/close", asked, content_type="application/json")
        assert answer.status_code in (200, 201), answer.content
