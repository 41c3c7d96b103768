"""What the buttons of the charges' registers call: services with records taken apart into ids, long work as jobs."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lokum.core.access.models import User
from lokum.core.base import clock, policy
from lokum.core.base.context import Actor
from lokum.core.jobs.models import Job
from lokum.core.jobs.services import order_job
from lokum.core.organisation.models import Entity
from lokum.money.charges.models import ChargeRun, Component
from lokum.money.charges.services import AttachResult, attach_component, start_run
from lokum.money.ledger.scope import require_within
from lokum.property.estates.models import Building, Estate, Premises

NAMED = 20  # premises named in a result; the rest is counted


def attach_by_filter(
    pk: int,
    *,
    starts_on: dt.date,
    actor: Actor,
    ends_on: dt.date | None = None,
    estate: Estate | None = None,
    building: Building | None = None,
    premises_kind: str = "",
) -> str:
    """Attach a component to the premises of its entity that match; returns what changed and what was skipped."""
    component = Component.objects.get(pk=pk)
    rows: QuerySet[Premises] = Premises.objects.filter(entities__entity_id=component.entity_id, closed_on__isnull=True)
    if actor.user_id is not None:
        rows = policy.allowed(rows, User.objects.get(pk=actor.user_id), "view")
    if estate is not None:
        rows = rows.filter(building__estate=estate)
    if building is not None:
        rows = rows.filter(building=building)
    if premises_kind:
        rows = rows.filter(kind=premises_kind)
    else:
        rows = rows.exclude(kind=Premises.Kind.SUPPLY_POINT)
    chosen = list(rows.values_list("pk", flat=True).distinct())
    return _told(attach_component(pk, chosen, starts_on, actor=actor, ends_on=ends_on))


def _told(result: AttachResult) -> str:
    parts = [
        ngettext("%(count)d premises attached.", "%(count)d premises attached.", len(result.attached))
        % {"count": len(result.attached)}
    ]
    if result.skipped:
        codes = list(Premises.objects.filter(pk__in=result.skipped[:NAMED]).values_list("code", flat=True))
        more = " …" if len(result.skipped) > NAMED else ""
        values = {"count": len(result.skipped), "codes": ", ".join(codes) + more}
        parts.append(_("%(count)d skipped, the component is there already: %(codes)s.") % values)
    return " ".join(parts)


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
    title = _("Computing %(month)s of %(entity)s") % {"month": f"{run.period:%Y-%m}", "entity": run.entity}
    key = f"charges.compute:{run.entity_id}:{run.period}:{clock.now():%Y%m%d%H%M%S}"
    return order_job("charges.compute_run", key=key, title=title, arguments=values, actor=actor)


def order_posting(pk: int, *, actor: Actor) -> Job:
    """Have an approved run posted. A second click shows the same job; the approval is part of the key."""
    run = ChargeRun.objects.select_related("entity").get(pk=pk)
    title = _("Posting %(month)s of %(entity)s") % {"month": f"{run.period:%Y-%m}", "entity": run.entity}
    key = f"charges.post:{run.pk}:{run.fingerprint[:16]}"
    return order_job("charges.post_run", key=key, title=title, arguments={"run_id": run.pk}, actor=actor)


def order_undoing(pk: int, *, reason: str, actor: Actor) -> Job:
    run = ChargeRun.objects.select_related("entity").get(pk=pk)
    title = _("Undoing %(month)s of %(entity)s") % {"month": f"{run.period:%Y-%m}", "entity": run.entity}
    values = {"run_id": run.pk, "reason": reason}
    key = f"charges.undo:{run.pk}:{clock.now():%Y%m%d%H%M}"
    return order_job("charges.undo_run", key=key, title=title, arguments=values, actor=actor)


def order_printing(pk: int, *, actor: Actor) -> Job:
    run = ChargeRun.objects.select_related("entity").get(pk=pk)
    title = _("Printing %(month)s of %(entity)s") % {"month": f"{run.period:%Y-%m}", "entity": run.entity}
    key = f"charges.print:{run.pk}:{clock.now():%Y%m%d%H%M}"
    return order_job("charges.print_run", key=key, title=title, arguments={"run_id": run.pk}, actor=actor)
