"""Several people at once: one effect each, no lost update; and a control that takes the lock away and sees the race."""

import datetime as dt
import random
import threading
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.db.models import Sum

from lokum.core.base.context import acting
from lokum.core.base.errors import Refusal
from lokum.money.banking.models import ClearingItem
from lokum.money.banking.services import assign_money, clearing
from lokum.money.charges.models import ChargeRun, Notice
from lokum.money.charges.services import approve_run, check_run, compute_run, post_run
from lokum.money.ledger.models import Batch, Period
from lokum.money.ledger.services import (
    NewEntry,
    NewLine,
    allocate_oldest_first,
    close_period,
    post_batch,
    reopen_period,
)
from lokum.money.ledger.tests.world import World
from lokum.money.payments.models import Payment
from tests.soak.town import ACTOR, assert_proven, bank_file, charge, make_town, month_of, take_in

PAYERS = 24


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> None:
    settings.FILE_STORE = tmp_path


def at_once(jobs: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run the jobs in threads that start together; returns what each returned or the refusal it met."""
    barrier, results = threading.Barrier(len(jobs)), [None] * len(jobs)

    def one(place: int, job: Callable[[], Any]) -> None:
        try:
            barrier.wait(30)
            results[place] = job()
        except Exception as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    unexpected = [one for one in results if isinstance(one, Exception) and not isinstance(one, Refusal)]
    assert not unexpected
    return results


def approved(world: World, month: dt.date) -> int:
    run = compute_run(world.entity.pk, month, actor=ACTOR)
    check_run(run.pk, actor=ACTOR)
    return int(approve_run(run.pk, actor=ACTOR).pk)


def post_by_hand(world: World, account_id: int, amount: Decimal, serial: int, day: dt.date) -> None:
    """A payment posted by a clerk."""
    post_batch(
        world.entity.pk,
        "cash",
        f"hand:{serial}",
        day,
        [
            NewEntry(
                kind="payment",
                account_id=account_id,
                amount=-amount,
                source_kind="hand",
                source_id=serial,
                lines=[
                    NewLine(world.chart["bank"].pk, debit_amount=amount),
                    NewLine(world.chart["receivable"].pk, credit_amount=amount, of_payer=True),
                ],
            )
        ],
        actor=ACTOR,
    )


def patiently(job: Callable[[], Any]) -> None:
    """Again while somebody else is at it, as a person would press the button again."""
    for _attempt in range(40):
        try:
            job()
        except Refusal as refusal:
            if refusal.status != 409:
                raise
            time.sleep(0.05)
        else:
            return
    raise AssertionError("busy for too long")


@pytest.mark.req("CHG-05", "LED-01")
def test_two_people_post_the_same_run(fresh_database: str) -> None:
    world = make_town(PAYERS, "W")
    run = approved(world, month_of(0))
    results = at_once([partial(post_run, run, actor=ACTOR)] * 4)
    assert any(isinstance(one, ChargeRun) for one in results)
    with acting(ACTOR):
        assert Batch.objects.filter(kind="charge-run").count() == 1
        assert Notice.objects.count() == PAYERS
    assert_proven()


@pytest.mark.req("PAY-02")
def test_an_import_meets_a_posting_by_hand(fresh_database: str) -> None:
    world = make_town(PAYERS, "W")
    charge(world, month_of(0))
    data, _closing = bank_file(world, month_of(0), Decimal(0))
    hands = [
        partial(patiently, partial(post_by_hand, world, account, Decimal("10.00"), serial, month_of(0)))
        for serial, account in enumerate(world.accounts[:6])
    ]
    twice = [partial(patiently, partial(take_in, data, "a.sta"))] * 2
    at_once([*twice, *hands])
    take_in(data, "a.sta")
    with acting(ACTOR):
        assert Batch.objects.filter(kind="statement").count() == 1
        assert Batch.objects.filter(kind="cash").count() == 6
    assert_proven()


@pytest.mark.req("LED-17")
def test_a_run_meets_the_closing_of_its_month(fresh_database: str) -> None:
    world = make_town(PAYERS, "W")
    for number in range(6):
        month = month_of(number)
        run = approved(world, month)
        posted, _closed = at_once(
            [
                partial(post_run, run, actor=ACTOR),
                partial(patiently, partial(close_period, world.entity.pk, month, actor=ACTOR)),
            ]
        )
        with acting(ACTOR):
            assert Period.objects.get(entity=world.entity, starts_on=month).closed_at
            batches = Batch.objects.filter(kind="charge-run", booked_on=month).count()
        assert batches == (1 if isinstance(posted, ChargeRun) else 0)
    assert_proven()


def _queue(world: World, count: int) -> list[int]:
    """Unclear money: transfers without a number."""
    charge(world, month_of(0))
    opening = Decimal(0)
    for number in range(count):
        if number:
            charge(world, month_of(number))
        data, opening = bank_file(world, month_of(number), opening)
        take_in(data, f"{number}.sta")
    with acting(ACTOR):
        return list(ClearingItem.objects.filter(state="open").order_by("pk").values_list("pk", flat=True))


def _assigned_twice(world: World, item: int) -> bool:
    """Two clerks give the same money to two payers at once; True when both got it."""
    with acting(ACTOR):
        amount = ClearingItem.objects.get(pk=item).amount
        before = Payment.objects.aggregate(sum=Sum("amount"))["sum"]
    first, second = world.accounts[:2]
    at_once([partial(assign_money, item, [(one, amount)], actor=ACTOR) for one in (first, second)])
    with acting(ACTOR):
        return bool(Payment.objects.aggregate(sum=Sum("amount"))["sum"] - before > amount)


@pytest.mark.req("PAY-05")
def test_unclear_money_is_given_away_once(fresh_database: str) -> None:
    world = make_town(PAYERS, "W")
    for item in _queue(world, 4):
        assert not _assigned_twice(world, item)
    assert_proven()


def test_the_race_is_seen_without_the_lock(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: the test above can fail. Both clerks read the item before either of them writes."""
    world = make_town(PAYERS, "W")
    (item,) = _queue(world, 1)
    both_have_read = threading.Barrier(2)

    def unlocked(pk: int) -> ClearingItem:
        found = ClearingItem.objects.select_related("bank_entry", "entity").get(pk=pk)
        both_have_read.wait(10)
        return found

    monkeypatch.setattr(clearing, "_locked", unlocked)
    assert _assigned_twice(world, item)
    with pytest.raises(AssertionError):
        assert_proven()


@pytest.mark.parametrize("seconds", [pytest.param(3, id="3s"), pytest.param(60, id="60s", marks=pytest.mark.soak)])
def test_eight_people_do_all_sorts_of_things(fresh_database: str, seconds: int) -> None:
    world = make_town(PAYERS, "W")
    charge(world, month_of(0))
    data, _closing = bank_file(world, month_of(0), Decimal(0))
    end = time.monotonic() + seconds
    calm = dt.date(2019, 1, 1)

    def busy(person: int) -> int:
        choice = random.Random(f"person {person}")
        done = 0
        while time.monotonic() < end:
            serial = (person + 1) * 1_000_000 + done
            what = choice.randrange(5)
            if what == 0:
                account, amount = choice.choice(world.accounts), Decimal(choice.randint(1, 50_000)) / 100
                patiently(partial(post_by_hand, world, account, amount, serial, month_of(0)))
            elif what == 1:
                patiently(partial(take_in, data, "a.sta"))
            elif what == 2:
                patiently(partial(allocate_oldest_first, world.entity.pk, actor=ACTOR))
            elif what == 3 and person == 0:
                patiently(partial(close_period, world.entity.pk, calm, actor=ACTOR))
                patiently(partial(reopen_period, world.entity.pk, calm, actor=ACTOR))
            elif person == 1:
                patiently(partial(charge, world, month_of(1 + done)))
            done += 1
        return done

    counts = at_once([partial(busy, person) for person in range(8)])
    assert all(count for count in counts)
    with acting(ACTOR):
        assert Batch.objects.filter(kind="statement").count() <= 1
    assert_proven()
