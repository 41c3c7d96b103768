"""Calls one after the other, and what they took by page."""

import datetime as dt
import json
import random
import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection, connections, transaction

from bench.reference.making import ACTOR
from bench.reference.office import is_wanted, office_calls
from bench.reference.portal import Call, portal_calls
from bench.reference.server import Caller, running
from lokum.core.access.models import User
from lokum.core.base import clock
from lokum.core.base.context import acting
from lokum.core.organisation.models import Entity
from lokum.money.charges.models import ChargeRun
from lokum.money.charges.services import approve_run, check_run, compute_run, post_run

MONTH_RUN = "month run of the whole set"
KINDS = ("portal", "list", "search", "card", "report")
RESIDENTS = 25
SEED = 20_260_101


@dataclass(frozen=True)
class Budgets:
    """Seconds: of 95 of 100 portal pages; of 95 of 100 lists, searches, cards, reports; of a month run of the set."""

    portal: float
    office: float
    run: float


@dataclass
class Measured:
    """What the calls of one page took. budget: for 95 of 100 calls, in seconds."""

    name: str
    budget: float
    seconds: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    slowest: str = ""

    def add(self, took: float, status: int, address: str) -> None:
        if status >= 400:
            self.failed.append(f"{status} {address}")
        if not self.seconds or took > max(self.seconds):
            self.slowest = address
        self.seconds.append(took)

    @property
    def p95(self) -> float:
        ordered = sorted(self.seconds)
        return ordered[max(0, -(-len(ordered) * 95 // 100) - 1)]

    @property
    def broken(self) -> bool:
        return self.p95 > self.budget


def measure(budgets: Budgets, only: Sequence[str] = ()) -> list[Measured]:
    """Every page by its name, each kind of page together, the month run. only: what has one of these in its name."""
    portal, office = time_pages(budgets, only)
    results = [*portal, *office]
    for kind in KINDS:
        of_kind = [one for one in [*portal, *office] if one.name.startswith(kind)]
        if of_kind:
            results.append(whole(f"all: {kind}", of_kind, budgets.portal if kind == "portal" else budgets.office))
    if is_wanted(MONTH_RUN, only):
        results.append(time_month_run(budgets.run))
    return results


def time_pages(budgets: Budgets, only: Sequence[str] = ()) -> tuple[list[Measured], list[Measured]]:
    """Portal and back office, each page beside its budget."""
    chance = random.Random(SEED)
    with acting(ACTOR):
        users = list(User.objects.filter(user_class=User.UserClass.RESIDENT).order_by("pk"))
        residents = chance.sample(users, min(RESIDENTS, len(users)))
        staff = User.objects.get(username="administrator")
        asked = not only or any(text.startswith("portal") for text in only)
        portal = list(portal_calls(residents)) if asked else []
        office = list(office_calls(staff, chance, only))
    portal, office = ([call for call in calls if is_wanted(call[0], only)] for calls in (portal, office))
    print(f"{len(portal):,} calls of the portal, {len(office):,} of the back office", flush=True)
    connections.close_all()
    with running() as port:
        return _time(port, portal, budgets.portal), _time(port, office, budgets.office)


def _time(port: int, calls: Iterable[Call], budget: float) -> list[Measured]:
    found: dict[str, Measured] = {}
    callers: dict[int, Caller] = {}
    for place, (name, user, address) in enumerate(calls):
        if place and place % 200 == 0:
            print(f"  {place} calls made", flush=True)
        if user.pk not in callers:
            callers[user.pk] = Caller(port, user)
            callers[user.pk].get("/")  # a browser has opened its connection before
        took, status, _text = callers[user.pk].get(address)
        found.setdefault(name, Measured(name, budget)).add(took, status, address)
    return list(found.values())


def time_month_run(budget: float) -> Measured:
    """The coming month of all entities from computing to posting, taken back afterwards."""
    measured = Measured(MONTH_RUN, budget)
    with acting(ACTOR):
        entities = list(Entity.objects.filter(components__isnull=False).distinct().order_by("pk"))
        last = ChargeRun.objects.filter(state="posted", kind="month").latest("period").period
    month = clock.add_months(last, 1)
    with transaction.atomic():
        began = time.perf_counter()
        for entity in entities:
            run = compute_run(entity.pk, month, actor=ACTOR)
            check_run(run.pk, actor=ACTOR)
            approve_run(run.pk, actor=ACTOR)
            run = post_run(run.pk, actor=ACTOR, issued_on=month)
            print(
                f"  {entity.short_name} {month:%Y-%m}: {run.notice_count:,} notices, {run.line_count:,} lines",
                flush=True,
            )
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        measured.add(time.perf_counter() - began, 200, f"{month:%Y-%m}")
        transaction.set_rollback(True)
    return measured


def show(results: Iterable[Measured]) -> None:
    print(f"{'page':52} {'calls':>6} {'p50':>9} {'p95':>9} {'max':>9}  budget", flush=True)
    for one in results:
        mark = "" if one.p95 <= one.budget else f"  OVER, slowest {one.slowest}"
        mark += f"  FAILED {len(one.failed)}: {one.failed[0]}" if one.failed else ""
        middle, worst = statistics.median(one.seconds), max(one.seconds)
        print(
            f"{one.name:52} {len(one.seconds):>6} {middle:>7.3f} s {one.p95:>7.3f} s {worst:>7.3f} s  "
            f"{one.budget:g} s{mark}",
            flush=True,
        )


def whole(name: str, results: Iterable[Measured], budget: float) -> Measured:
    """All calls of a kind together."""
    found = Measured(name, budget)
    for one in results:
        found.seconds += one.seconds
        found.failed += one.failed
        found.slowest = one.slowest
    return found


def keep(results: Iterable[Measured], folder: Path) -> Path:
    """Append to results.jsonl, one object a page."""
    path = folder / "bench" / "results.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    with path.open("a", encoding="utf-8") as stream:
        for one in results:
            row = {"job": "reference", "page": one.name, "n": len(one.seconds), "budget_s": one.budget,
                   "p50_s": round(statistics.median(one.seconds), 4), "p95_s": round(one.p95, 4),
                   "max_s": round(max(one.seconds), 4), "failed": len(one.failed), "at": now}  # fmt: skip
            stream.write(json.dumps(row) + "\n")
    return path
