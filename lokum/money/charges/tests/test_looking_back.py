"""The nightly look: what changes touch is proposed once, posts nothing, and is announced when it is new."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.jobs.models import Job
from lokum.core.jobs.registry import calendar, kinds
from lokum.core.outbox.models import Event
from lokum.money.charges.models import CorrectionRun, Notice
from lokum.money.charges.services import approve_tariff, propose_tariff
from lokum.money.charges.services.correcting import drop_correction, post_correction, request_correction
from lokum.money.charges.services.looking_back import EVENT, look_back
from lokum.money.charges.tests.test_corrections import NOVEMBER, OCTOBER, area, make_posted_world
from lokum.money.charges.wiring import open_proposals
from lokum.money.ledger.tests.world import World

pytestmark = pytest.mark.req("REG-05", "CHG-08")


@pytest.fixture
def world(as_system: Actor) -> World:
    return make_posted_world(as_system)


def looked(world: World, actor: Actor) -> CorrectionRun | None:
    return look_back(world.entity.pk, None, actor=actor).proposal


def test_differences_are_proposed_once_and_nothing_is_posted(world: World, as_system: Actor) -> None:
    assert looked(world, as_system) is None and not CorrectionRun.objects.exists()
    notices = Notice.objects.count()
    area(world, "65.85", dt.date(2025, 9, 11), as_system)
    found = looked(world, as_system)
    # china.md 7.2: 2.07 + 3.11 + 3.11; the comparison begins with the month of the change.
    assert found is not None and (found.total_amount, found.state, found.by_night) == (
        Decimal("8.29"),
        "compared",
        True,
    )
    assert (found.since, found.until) == (dt.date(2025, 9, 1), NOVEMBER)
    assert found.reason == "Zmiany wpisane z datą wsteczną"  # most payers are written to in Polish
    assert looked(world, as_system) is None
    assert CorrectionRun.objects.count() == Event.objects.filter(name=EVENT).count() == 1
    assert Notice.objects.count() == notices
    point = open_proposals(world.entity.pk, NOVEMBER)[0]
    assert (point.text, point.blocking) == ("3 posted notices would read otherwise now", False)
    # A later change joins the open proposal; one that somebody dropped does not come again.
    area(world, "66.00", OCTOBER, as_system, place=1)
    second = looked(world, as_system)
    assert second is not None and second.document_count == 5
    assert list(CorrectionRun.objects.order_by("pk").values_list("state", flat=True)) == ["dropped", "compared"]
    assert Event.objects.filter(name=EVENT).count() == 2
    drop_correction(second.pk, actor=as_system)
    assert looked(world, as_system) is None


def test_a_proposal_waits_for_approval_and_is_done_with_it(world: World, as_system: Actor) -> None:
    area(world, "65.85", OCTOBER, as_system)
    found = looked(world, as_system)
    assert found is not None
    request_correction(found.pk, actor=as_system)
    area(world, "66.00", OCTOBER, as_system, place=1)
    assert look_back(world.entity.pk, None, actor=as_system).waits
    drop_correction(found.pk, actor=as_system)
    second = looked(world, as_system)
    assert second is not None and second.document_count == 4
    request_correction(second.pk, actor=as_system)
    post_correction(second.pk, actor=as_system)
    assert looked(world, as_system) is None
    # A price back in time counts as well; taken back by another one, its proposal goes.
    tariff = propose_tariff(found.entity.components.get().pk, Decimal("2.40"), (NOVEMBER, None), actor=as_system)
    approve_tariff(tariff.pk, actor=as_system)
    third = looked(world, as_system)
    assert third is not None and (third.since, third.document_count) == (OCTOBER, 2)


class Silent:
    """What the work sees of its job."""

    def __init__(self, actor: Actor) -> None:
        self.actor, self.told = actor, []

    def progress(self, done: int, total: int, step: Any = "") -> None: ...

    def log(self, text: Any) -> None:
        self.told.append(str(text))


def test_the_job_goes_on_where_the_last_night_ended(world: World, as_system: Actor) -> None:
    assert any(one.kind == "charges.look_back" and one.per_entity for one in calendar)
    kind, job = kinds["charges.look_back"], Silent(as_system)
    area(world, "65.85", OCTOBER, as_system)
    first: Any = kind.work(job, entity_id=world.entity.pk)
    assert first["documents"] == 2 and kind.result_url is not None and "/correctionrun/" in kind.result_url(first)
    Job.objects.create(kind=kind.name, key="a", title="a", arguments={"entity_id": world.entity.pk}, state="done",
                       result=first)  # fmt: skip
    second: Any = kind.work(job, entity_id=world.entity.pk)
    assert "run_id" not in second and kind.result_url(second) == "" and second["seen_until"] >= first["seen_until"]
    late = clock.now() + dt.timedelta(days=3)
    Job.objects.create(kind=kind.name, key="b", title="b", arguments={"entity_id": world.entity.pk}, state="done",
                       result={"seen_until": late.isoformat()})  # fmt: skip
    drop_correction(first["run_id"], actor=as_system)
    area(world, "66.00", OCTOBER, as_system, place=1)
    assert "run_id" not in kind.work(job, entity_id=world.entity.pk)  # recorded before the moment that was seen
