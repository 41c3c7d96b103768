"""Several people press the same button of a month at once: one effect; and a control that sees the race."""

import threading
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lokum.core.access.factories import make_user
from lokum.core.base.context import Actor, Reach, acting
from lokum.core.base.errors import Refusal
from lokum.money.allowances.models import Claim
from lokum.money.allowances.services import claim_due
from lokum.money.charges.models import ChargeBatch, ChargeRun, Component, Notice, Reduction
from lokum.money.charges.services import BatchOrder, OneOff, approve_reduction, raise_charges
from lokum.money.ledger.models import Batch, Period
from lokum.money.rehearsals import services as rehearsals
from lokum.money.rehearsals.models import Rehearsal
from lokum.money.rehearsals.services import commit_rehearsal
from tests.soak.test_concurrency import at_once
from tests.soak.town import ACTOR, allow, approve_month, ask_reduction, assert_proven, charge, make_town, month_of

PAYERS = 4


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> None:
    settings.FILE_STORE = tmp_path


@pytest.mark.req("CHG-11", "CHG-12", "LED-22", "CHG-19")
def test_pressed_at_once_everything_happens_once(fresh_database: str) -> None:
    world = make_town(PAYERS, "W")
    with acting(ACTOR):
        person = Actor(make_user().pk, "Anna", Reach(everything=True))
        component = Component.objects.get(entity=world.entity, code="GAS")
    order = BatchOrder(world.entity.pk, "filter", "own_document", month_of(0), "new keys")
    charges = [OneOff(pk, component.pk, Decimal(1), Decimal(40)) for pk in world.accounts]
    results = at_once([partial(raise_charges, order, charges, actor=person)] * 3)
    refused = [one for one in results if isinstance(one, Refusal)]
    assert len(refused) == 2 and all(one.status == 409 for one in refused), results

    charge(world, month_of(0))
    reduction = ask_reduction(world, 0)
    results = at_once([partial(approve_reduction, reduction, actor=ACTOR)] * 3)
    assert sum(isinstance(one, Reduction) for one in results) == 1, results

    allow(world)
    claims = at_once([partial(claim_due, world.entity, month_of(0), actor=ACTOR)] * 3)
    assert sorted(len(one) for one in claims if not isinstance(one, Refusal))[-1] == 1

    rehearsal = approve_month(world, month_of(1))
    results = at_once([partial(commit_rehearsal, rehearsal, actor=ACTOR)] * 3)
    assert all(isinstance(one, Rehearsal) or one.status == 409 for one in results), results
    with acting(ACTOR):
        assert Rehearsal.objects.get().state == "committed"
        assert ChargeBatch.objects.count() == 1 == ChargeRun.objects.filter(kind="credit").count()
        assert Claim.objects.filter(month=month_of(0)).count() == 1 == Claim.objects.filter(month=month_of(1)).count()
        assert Notice.objects.filter(period=month_of(1), run__kind="month").count() == PAYERS
        assert Period.objects.filter(entity=world.entity, closed_at__isnull=False).count() == 1
        assert Batch.objects.filter(kind="charge-run", booked_on__gte=month_of(1)).exists()
    assert_proven()


def test_without_the_lock_a_second_commit_spoils_the_first(fresh_database: str, monkeypatch: Any) -> None:
    """Negative control: both have read the approved rehearsal before either of them commits."""
    world = make_town(PAYERS, "W")
    rehearsal = approve_month(world, month_of(0))
    both_have_read = threading.Barrier(2)

    def unlocked(pk: int) -> Rehearsal:
        found = Rehearsal.objects.select_related("entity").get(pk=pk)
        both_have_read.wait(10)
        return found

    monkeypatch.setattr(rehearsals, "_locked", unlocked)
    results = at_once([partial(commit_rehearsal, rehearsal, actor=ACTOR)] * 2)
    spoilt = [one for one in results if not isinstance(one, Rehearsal) or one.state == "void"]
    assert spoilt, results
