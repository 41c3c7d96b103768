"""What the buttons of the interest registers call: services with records taken apart into ids, long work as jobs."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.languages import worded
from lokum.core.jobs.models import Job
from lokum.core.jobs.services import order_job
from lokum.core.organisation.models import Entity
from lokum.money.interest.models import InterestRun
from lokum.money.interest.services import request_waiver, start_run
from lokum.money.ledger.models import Account
from lokum.money.ledger.scope import require_within


def order_computing(*, entity: Entity, month: dt.date, actor: Actor) -> Job:
    """Open the run of a month and have its preview computed."""
    with transaction.atomic():
        run = start_run(entity.pk, month, actor=actor)
        require_within(run, actor, "compute")
        return order_computing_again(run.pk, actor=actor)


def order_computing_again(pk: int, *, actor: Actor) -> Job:
    return _order("compute", pk, _("Computing interest to %(day)s of %(entity)s"), actor, clock.now())


def order_posting(pk: int, *, actor: Actor) -> Job:
    """Have a computed run posted. A second click shows the same job; what was computed is part of the key."""
    run = InterestRun.objects.get(pk=pk)
    return _order("post", pk, _("Posting interest to %(day)s of %(entity)s"), actor, None, run.fingerprint)


def order_undoing(pk: int, *, reason: str, actor: Actor) -> Job:
    title = _("Undoing interest to %(day)s of %(entity)s")
    return _order("undo", pk, title, actor, clock.now(), reason=reason)


def _order(
    step: str, pk: int, title: Any, actor: Actor, moment: dt.datetime | None, mark: str = "", **values: Any
) -> Job:
    run = InterestRun.objects.select_related("entity").get(pk=pk)
    key = f"interest.{step}:{pk}:{moment:%Y%m%d%H%M%S}" if moment else f"interest.{step}:{pk}:{mark}"
    told = {"day": run.through_on.isoformat(), "entity": run.entity}
    words = worded(lambda: str(title) % told)
    return order_job(f"interest.{step}_run", key=key, title=words, arguments={"run_id": pk, **values}, actor=actor)


def ask_for_waiver(*, account: Account, amount: Decimal, reason: str, actor: Actor) -> Any:
    return request_waiver(account.pk, amount=amount, reason=reason, actor=actor)
