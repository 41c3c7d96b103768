"""Two people at once: one effect. Each test has a control that takes the lock away and must see the race."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from lokum.core.base.context import acting, system_actor
from lokum.core.base.errors import Busy, Refusal
from lokum.core.papers.factories import make_number_series
from lokum.core.papers.models import IssuedDocument, SeriesCounter
from lokum.core.papers.queries import series_report
from lokum.core.papers.services import issue_document, void_numbers
from lokum.money.charges.models import ChargeRun, Notice
from lokum.money.charges.services import month, post_run, posting
from lokum.money.charges.tests.world import MONTH, approved_run, make_charged_world
from lokum.money.ledger.models import AccountBalance, Batch, OpenItem
from lokum.money.ledger.proof import prove
from lokum.money.ledger.services import allocate_oldest_first, post_batch
from lokum.money.ledger.tests.test_posting import charge, payment

ACTOR = system_actor("test")


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls in threads, each with a connection of its own; returns results or exceptions."""
    results: list[Any] = [None] * len(calls)

    def run(place: int) -> None:
        try:
            results[place] = calls[place]()
        except Exception as error:
            results[place] = error
        finally:
            connections["default"].close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(calls))]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=300)
    return results


def sound() -> None:
    with acting(ACTOR):
        assert not {one.code: one.findings for one in prove() if one.count}


class Meeting:
    """Progress that waits at its first call for the other thread: both are past their checks, or time runs out."""

    def __init__(self, seconds: float) -> None:
        self.barrier = threading.Barrier(2, timeout=seconds)
        self.met = False

    def __call__(self, done: int, total: int, step: str = "") -> None:
        if done == 0:
            try:
                self.barrier.wait()
                self.met = True
            except threading.BrokenBarrierError:
                pass


@pytest.fixture
def run(fresh_database) -> ChargeRun:
    with acting(ACTOR) as actor:
        world = make_charged_world(20, actor=actor)
        return approved_run(world, MONTH, actor=actor)


def post_twice(run: ChargeRun, meeting: Meeting) -> list[Any]:
    def post() -> ChargeRun:
        return post_run(run.pk, actor=ACTOR, progress=meeting, issued_on=MONTH)

    return at_once(post, post)


@pytest.mark.req("CHG-05")
def test_two_people_post_at_once(run):
    meeting = Meeting(0.5)
    results = post_twice(run, meeting)
    posted = [one for one in results if isinstance(one, ChargeRun)]
    assert posted and all(isinstance(one, ChargeRun | Busy) for one in results), results
    assert {one.batch_id for one in posted} == {posted[0].batch_id} and not meeting.met
    with acting(ACTOR):
        assert Batch.objects.count() == 1 and Notice.objects.count() == 20
    sound()


def test_without_the_lock_both_get_past_the_checks(run, monkeypatch):
    """The control: without the locks (of the run, of the entity's charges) the race is there.

    The unique key of the batch still stops the second.
    """

    def unlocked(run_id: int) -> ChargeRun:
        return ChargeRun.objects.select_related("entity").get(pk=run_id)

    monkeypatch.setattr(posting, "lock_run", unlocked)
    monkeypatch.setattr(posting, "lock_charging", lambda entity_id: None)
    assert month.lock_run is not unlocked
    meeting = Meeting(60)
    results = post_twice(run, meeting)
    assert meeting.met
    failed = [one for one in results if isinstance(one, Refusal)]
    assert len(failed) == 1 and failed[0].code in ("ledger.posted_already", "ledger.busy")
    with acting(ACTOR):
        assert Batch.objects.count() == 1 and Notice.objects.count() == 20
    sound()


@pytest.mark.req("PLT-18")
def test_many_issues_at_once_take_consecutive_numbers(fresh_database):
    with acting(ACTOR):
        series = make_number_series()

    def issue() -> list[int]:
        taken = []
        for _ in range(8):
            with acting(ACTOR) as actor:
                document = issue_document(series, "letter/1", {}, issued_on=MONTH, actor=actor)
                taken.append(document.serial)
        return taken

    def fail() -> None:
        with acting(ACTOR) as actor:
            issue_document(series, "letter/1", {}, issued_on=MONTH, actor=actor)
            raise RuntimeError("rolled back after the number was taken")

    results = at_once(issue, fail, issue, issue)
    serials = sorted(number for one in results if isinstance(one, list) for number in one)
    assert serials == list(range(1, 25))
    with acting(ACTOR) as actor:
        document = IssuedDocument.objects.get(serial=7)
        assert document.number == "L/2026/03/0007"
        void_numbers([document.pk], "cancelled", actor=actor)
        report = list(series_report(series, "2026-03"))
        assert [one.serial for one in report] == serials and SeriesCounter.objects.get().last == 24
        assert [(one.number, one.state) for one in report if one.state != "issued"] == [("L/2026/03/0007", "void")]


@pytest.mark.req("LED-01")
def test_postings_and_allocations_of_one_account_at_once(fresh_database):
    with acting(ACTOR) as actor:
        world = make_charged_world(2, actor=actor)
    account = world.accounts[0]

    def work(first: int) -> Callable[[], int]:
        def run() -> int:
            done = 0
            for number in range(first, first + 10):
                entry = (
                    charge(world, account, "7.50", number) if number % 2 else payment(world, account, "7.00", number)
                )
                for _attempt in range(20):
                    try:
                        post_batch(world.entity.pk, "test", f"s{number}", MONTH, [entry], actor=ACTOR)
                        allocate_oldest_first(world.entity.pk, [account], actor=ACTOR)
                        done += 1
                        break
                    except Busy:
                        continue
            return done

        return run

    assert at_once(work(100), work(200), work(300), work(400)) == [10, 10, 10, 10]
    with acting(ACTOR):
        assert AccountBalance.objects.get(pk=account).amount == 20 * 7.5 - 20 * 7
        assert Batch.objects.count() == 40
        assert sum(one.open_amount for one in OpenItem.objects.filter(side="credit")) == 0
    sound()


def test_two_entities_never_wait_for_each_other(fresh_database):
    """Both hold an open batch past its seal at the same time: with one chain for all, one would wait."""
    with acting(ACTOR) as actor:
        worlds = [make_charged_world(1, actor=actor, tag=tag) for tag in ("W1", "W2")]
    barrier = threading.Barrier(2, timeout=60)

    def post(place: int) -> Callable[[], bool]:
        def run() -> bool:
            world = worlds[place]
            with acting(ACTOR):
                entry = charge(world, world.accounts[0], "5", place + 1)
                post_batch(world.entity.pk, "test", "one", MONTH, [entry], actor=ACTOR)
                barrier.wait()  # both sealed, neither committed
            return True

        return run

    assert at_once(post(0), post(1)) == [True, True]
    sound()
