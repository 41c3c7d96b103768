"""Year end: income and expense go to the result once, open items stay, two people undo it; kills leave it whole."""

import datetime as dt
import os
import random
import signal
import time
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.urls import reverse

from lokum.core.access.factories import make_grant, make_user
from lokum.core.base import clock
from lokum.core.base.context import acting, system_actor
from lokum.core.flow.services import approve
from lokum.money.ledger.models import Batch, Entry, OpenItem, Period
from lokum.money.ledger.proof import prove
from lokum.money.ledger.queries import balances, fiscal_years, trial_balance
from lokum.money.ledger.services import (
    NewEntry,
    NewLine,
    close_period,
    close_year,
    post_batch,
    propose_reopening,
    reverse_entry,
)
from lokum.money.ledger.tests.test_periods import person
from lokum.money.ledger.tests.test_posting import charge, payment, refused
from lokum.money.ledger.tests.world import World, make_world
from tests.soak.processes import Child, forked, wait_until_alone


def close_months(world: World, first: dt.date, actor, count: int = 12) -> None:
    for number in range(count):
        close_period(world.entity.pk, clock.add_months(first, number), actor=actor)


def busy_year(world: World, day: dt.date, actor, tag: int = 0) -> None:
    """200 charged, 80 of it paid, a cost of 30."""
    cost = [
        NewLine(world.chart["write_off"].pk, debit_amount=Decimal(30)),
        NewLine(world.chart["bank"].pk, credit_amount=Decimal(30)),
    ]
    first, second = world.accounts[:2]
    entries = [
        charge(world, first, "150", tag + 1, due_on=day),
        charge(world, second, "50", tag + 2, due_on=day),
        payment(world, first, "80", tag + 3),
        NewEntry("collective", Decimal(0), cost, "test", tag + 4),
    ]
    post_batch(world.entity.pk, "t", f"year{tag}", day, entries, actor=actor)


def closing_balances(world: World, day: dt.date) -> dict[str, Decimal]:
    purposes = {row.pk: purpose for purpose, row in world.chart.items()}
    lines = trial_balance([world.entity.pk], day, day)
    return {purposes[one.ledger_account_id]: one.closing for one in lines if one.ledger_account_id in purposes}


def unproven(codes: list[str] | None = None) -> dict:
    return {one.code: one.findings for one in prove(codes) if one.count}


@pytest.mark.req("LED-19")
def test_a_fiscal_year_is_closed_once_and_open_items_stay(as_system):
    world = make_world(2, actor=as_system)
    world.entity.fiscal_year_start = 4
    world.entity.save()
    busy_year(world, dt.date(2025, 6, 1), as_system)
    post_batch(  # of the year before: stays where it is
        world.entity.pk, "t", "before", dt.date(2025, 3, 1), [charge(world, world.accounts[0], "7", 9)], actor=as_system
    )
    with refused("ledger.year_open_months") as found:
        close_year(world.entity.pk, 2025, actor=as_system)
    assert found.value.details["months"][0] == "2025-04"
    close_months(world, dt.date(2025, 4, 1), as_system)
    close_period(world.entity.pk, dt.date(2026, 4, 1), actor=as_system)
    items, aged = list(OpenItem.objects.order_by("pk").values()), balances(world.accounts, dt.date(2026, 6, 1))
    batch = close_year(world.entity.pk, 2025, actor=as_system)
    assert (batch.source, batch.booked_on) == ("year-end:2025", dt.date(2026, 5, 1))
    assert batch.entries.get().effective_on == dt.date(2026, 3, 31)
    after = closing_balances(world, dt.date(2026, 6, 1))
    assert (after["income"], after["write_off"], after["result"]) == (Decimal(-7), 0, Decimal(-170))
    assert list(OpenItem.objects.order_by("pk").values()) == items
    assert balances(world.accounts, dt.date(2026, 6, 1)) == aged
    assert aged[world.accounts[1]].overdue == 50
    entries = Entry.objects.count()
    assert close_year(world.entity.pk, 2025, actor=as_system) == batch and Entry.objects.count() == entries
    with refused("ledger.year_not_over"):
        close_year(world.entity.pk, clock.today().year, actor=as_system)
    assert unproven() == {}


@pytest.mark.req("LED-19", "PLT-13")
def test_two_people_open_a_month_and_the_year_is_closed_anew(as_system):
    world = make_world(2, actor=as_system)
    busy_year(world, dt.date(2025, 6, 1), as_system)
    close_months(world, dt.date(2025, 1, 1), as_system)
    batch = close_year(world.entity.pk, 2025, actor=as_system)
    with refused("ledger.year_closed"):
        reverse_entry(batch.entries.get().pk, "alone", actor=as_system)
    june = Period.objects.get(entity=world.entity, starts_on=dt.date(2025, 6, 1))
    first, second = person(), person()
    request = propose_reopening(june.pk, "A bill came late", actor=first)
    with acting(second):
        approve(request.pk, actor=second)
    assert closing_balances(world, dt.date(2026, 6, 1))["result"] == 0
    shown = next(one for one in fiscal_years([world.entity]) if one.year == 2025)
    assert (shown.closed_count, shown.batch_id) == (11, None)
    late = charge(world, world.accounts[0], "5", 7)
    post_batch(world.entity.pk, "t", "late", dt.date(2025, 6, 9), [late], actor=as_system)
    close_period(world.entity.pk, june.starts_on, actor=as_system)
    again = close_year(world.entity.pk, 2025, actor=as_system)
    assert again.source == "year-end:2025/2"
    assert closing_balances(world, dt.date(2026, 6, 1))["result"] == Decimal(-175)
    shown = next(one for one in fiscal_years([world.entity]) if one.year == 2025)
    assert (shown.batch_id, shown.result) == (again.pk, Decimal(175))
    assert unproven() == {}


@pytest.mark.req("LED-19")
def test_the_page_names_years_and_their_results(as_system, client):
    user = make_user()
    make_grant(user, ["*:*"])
    client.force_login(user)
    world = make_world(2, actor=as_system)
    busy_year(world, dt.date(2025, 6, 1), as_system)
    close_months(world, dt.date(2025, 1, 1), as_system)
    assert "12 / 12" in client.get(reverse("ledger:years")).content.decode()
    close_year(world.entity.pk, 2025, actor=as_system)
    page = client.get(reverse("ledger:years")).content.decode()
    assert "170.00" in page or "170,00" in page


def start(entity_id: int, year: int) -> Child:
    """A process of its own that closes a year and is at work."""
    child = forked(lambda output: call_command("close_year", entity_id, year, stdout=output))
    child.first_step()
    return child


@pytest.mark.req("LED-19", "LED-01")
def test_ten_kills_of_a_year_end(fresh_database):
    with acting(system_actor("test")) as actor:
        world = make_world(2, actor=actor)
        years = range(2010, 2022)
        for year in years:
            busy_year(world, dt.date(year, 6, 1), actor, tag=year * 10)
            close_months(world, dt.date(year, 1, 1), actor)
        items = list(OpenItem.objects.order_by("pk").values())
    chance = random.Random(20261126)
    begun = time.monotonic()
    assert start(world.entity.pk, 2021).wait()[0] == 0
    duration = time.monotonic() - begun
    unfinished = 0
    for year in years[:10]:
        child = start(world.entity.pk, year)
        time.sleep(chance.uniform(0, duration))
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        wait_until_alone()
        with acting(system_actor("test")) as actor:
            unfinished += not Batch.objects.filter(source=f"year-end:{year}").exists()
            assert unproven(["I1", "I2", "I5", "I8", "I9", "I13"]) == {}
            batch = close_year(world.entity.pk, year, actor=actor)
            assert batch.turnover_amount == 200 and batch.source == f"year-end:{year}"
    assert unfinished, "no kill hit the work"
    with acting(system_actor("test")):
        assert closing_balances(world, dt.date(2022, 6, 1))["result"] == Decimal(-170) * 11
        assert list(OpenItem.objects.order_by("pk").values()) == items
        assert unproven() == {}
