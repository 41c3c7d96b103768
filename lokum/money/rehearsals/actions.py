"""What the buttons of the register call."""

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.languages import worded
from lokum.core.desk.addresses import url_of
from lokum.core.jobs.models import Job
from lokum.core.jobs.services import order_job
from lokum.core.organisation.models import Entity
from lokum.money.ledger.scope import require_entity
from lokum.money.rehearsals.approvals import release_rehearsal
from lokum.money.rehearsals.models import Rehearsal
from lokum.money.rehearsals.services import refuse_state

State = Rehearsal.State


def order_rehearsal(*, entity: Entity, month: dt.date, actor: Actor) -> Job:
    """Have a month rehearsed."""
    require_entity(entity, actor, "rehearsals.rehearsal:rehearse")
    first = clock.first_of_month(month)
    told = {"month": f"{first:%Y-%m}", "entity": entity}
    title = worded(lambda: _("Rehearsing %(month)s of %(entity)s") % told)
    key = f"rehearsals.rehearse:{entity.pk}:{first}:{clock.now():%Y%m%d%H%M%S}"
    values: dict[str, Any] = {"entity_id": entity.pk, "month": first.isoformat()}
    return order_job("rehearsals.rehearse", key=key, title=title, arguments=values, actor=actor)


def order_again(pk: int, *, actor: Actor) -> Job:
    row = Rehearsal.objects.select_related("entity").get(pk=pk)
    return order_rehearsal(entity=row.entity, month=row.month, actor=actor)


def approve(pk: int, *, actor: Actor, reason: str = "") -> Any:
    """The approved rehearsal, the request that waits, or a sentence that says what voided it."""
    return release_rehearsal(pk, reason, actor=actor)


def order_commit(pk: int, *, actor: Actor) -> Job:
    """Have an approved rehearsal committed. A second click shows the same job; the result is part of the key."""
    row = Rehearsal.objects.select_related("entity").get(pk=pk)
    if row.state not in (State.APPROVED, State.COMMITTED):
        raise refuse_state(row)
    told = {"month": f"{row.month:%Y-%m}", "entity": row.entity}
    title = worded(lambda: _("Committing %(month)s of %(entity)s") % told)
    key = f"rehearsals.commit:{row.pk}:{row.result_hash[:16]}:{row.approved_at:%Y%m%d%H%M%S}"
    return order_job("rehearsals.commit", key=key, title=title, arguments={"rehearsal_id": row.pk}, actor=actor)


def page_after(result: Any) -> str:
    return reverse("desk:detail", args=["jobs", "job", result.pk]) if isinstance(result, Job) else url_of(result)
