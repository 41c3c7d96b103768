"""What the buttons of the charges' registers call: services with records taken apart into ids, long work as jobs."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.languages import worded
from lokum.core.jobs.models import Job
from lokum.core.jobs.services import order_job
from lokum.core.organisation.models import Entity
from lokum.money.charges.models import ChargeRun
from lokum.money.charges.services import start_run
from lokum.money.ledger.scope import require_within


def _named(run: ChargeRun) -> dict[str, str]:
    return {"month": f"{run.period:%Y-%m}", "entity": str(run.entity)}


def order_computing(*, entity: Entity, month: dt.date, actor: Actor) -> Job:
    """Start the draft of a month and have it computed."""
    with transaction.atomic():
        run = start_run(entity.pk, month, actor=actor)
        require_within(run, actor, "compute")
        return _computing(run, actor)


def order_computing_again(pk: int, *, actor: Actor) -> Job:
    return _computing(ChargeRun.objects.select_related("entity").get(pk=pk), actor)


def _computing(run: ChargeRun, actor: Actor) -> Job:
    values: dict[str, Any] = {"entity_id": run.entity_id, "period": run.period.isoformat()}
    title = worded(lambda: _("Computing %(month)s of %(entity)s") % _named(run))
    key = f"charges.compute:{run.entity_id}:{run.period}:{clock.now():%Y%m%d%H%M%S}"
    return order_job("charges.compute_run", key=key, title=title, arguments=values, actor=actor)


def order_posting(pk: int, *, actor: Actor) -> Job:
    """Have an approved run posted. A second click shows the same job; the approval is part of the key."""
    run = ChargeRun.objects.select_related("entity").get(pk=pk)
    title = worded(lambda: _("Posting %(month)s of %(entity)s") % _named(run))
    key = f"charges.post:{run.pk}:{run.fingerprint[:16]}"
    return order_job("charges.post_run", key=key, title=title, arguments={"run_id": run.pk}, actor=actor)


def order_undoing(pk: int, *, reason: str, actor: Actor) -> Job:
    run = ChargeRun.objects.select_related("entity").get(pk=pk)
    title = worded(lambda: _("Undoing %(month)s of %(entity)s") % _named(run))
    values = {"run_id": run.pk, "reason": reason}
    key = f"charges.undo:{run.pk}:{clock.now():%Y%m%d%H%M}"
    return order_job("charges.undo_run", key=key, title=title, arguments=values, actor=actor)


def order_printing(pk: int, *, actor: Actor) -> Job:
    run = ChargeRun.objects.select_related("entity").get(pk=pk)
    title = worded(lambda: _("Printing %(month)s of %(entity)s") % _named(run))
    key = f"charges.print:{run.pk}:{clock.now():%Y%m%d%H%M}"
    return order_job("charges.print_run", key=key, title=title, arguments={"run_id": run.pk}, actor=actor)
