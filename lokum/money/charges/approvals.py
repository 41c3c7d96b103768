"""Acts of the charges that need a second person."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lokum.core.base import policy
from lokum.core.base.approvals import ApprovalKind, Change, register_kind
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.base.languages import read
from lokum.core.desk.addresses import url_of
from lokum.core.flow.queries import Elsewhere, add_elsewhere
from lokum.core.flow.services import needs_approval, request_approval
from lokum.core.jobs.models import Job
from lokum.money.charges.actions import order_undoing
from lokum.money.charges.models import ChargeBatch, ChargeRun, SharedTariff, Tariff
from lokum.money.charges.services import approve_reduction, approve_run, cancel_charges, undo_run
from lokum.money.charges.services.month import refuse_stale, refuse_state
from lokum.money.charges.services.one_offs import refuse_blocked
from lokum.money.charges.services.reductions import KIND as REDUCTION

CANCEL = "charges.cancel_batch"
RELEASE, UNDO = "charges.approve_run", "charges.undo_run"


def _month(text: str, back: int = 0) -> str:
    return date_format(dt.date.fromisoformat(text) - dt.timedelta(days=back), "YEAR_MONTH_FORMAT")


def _reduction_changes(request: Any) -> Sequence[Change]:
    told = request.payload
    rows = [
        Change(_("kind"), "", read(told["type"])),
        Change(_("component"), "", read(told["component"]) or _("everything")),
        Change(_("reduced by"), "", told["share"]),
        Change(_("months"), "", f"{_month(told['first'])} – {_month(told['after'], 1)}"),
    ]
    return [*rows, Change(_("net limit in total"), "", told["limit"])] if told["limit"] else rows


def _batch_changes(request: Any) -> Sequence[Change]:
    told = request.payload
    return [
        Change(_("charges"), told["count"], _("cancelled")),
        Change(_("total"), f"{told['total']} {told['currency']}", "0.00"),
        Change(_("filter"), dict(ChargeBatch.Origin.choices).get(told["way"], told["way"])),
    ]


def _approve_reduction(request: Any, actor: Actor) -> Any:
    return approve_reduction(request.payload["reduction"], actor=actor)


def _cancel(request: Any, actor: Actor) -> Any:
    return cancel_charges(request.target_id, request.reason, actor=actor)


def request_cancelling(pk: int, reason: str, *, actor: Actor) -> Any:
    """Ask to cancel a batch of charges; refused at once while documents stand in the way."""
    batch = ChargeBatch.objects.select_related("entity", "run").get(pk=pk)
    refuse_blocked(batch)
    payload = {
        "count": batch.charge_count,
        "total": str(batch.total_amount),
        "currency": batch.entity.currency,
        "way": batch.origin,
    }
    return request_approval(
        CANCEL, target=batch, payload=payload, reason=reason, actor=actor, node_id=batch.entity.node_id,
        amount=batch.total_amount, currency=batch.entity.currency,
    )  # fmt: skip


def _run_changes(request: Any) -> Sequence[Change]:
    told = request.payload
    undone = request.kind == UNDO
    total = f"{told['total']} {told['currency']}"
    return [
        Change(_("month"), "", _month(told["month"])),
        Change(_("payers"), "", told["payers"]),
        Change(_("total"), total if undone else _former(told), "0.00" if undone else total),
    ]


def _former(told: Any) -> str:
    """Total and month of the run before; older requests kept it as text."""
    if "former_month" not in told:
        return str(told.get("before", ""))
    return f"{told['former_total']} {told['currency']} ({_month(told['former_month'])})"


def _ask_run(kind: str, run: ChargeRun, reason: Any, actor: Actor) -> Any:
    """One request per draft: what is computed anew afterwards is another one."""
    former = ChargeRun.objects.filter(
        entity_id=run.entity_id, kind=run.kind, period__lt=run.period, state=ChargeRun.State.POSTED
    ).first()
    payload = {
        "month": run.period.isoformat(), "payers": run.agreement_count, "total": str(run.total_amount),
        "currency": run.entity.currency, "fingerprint": run.fingerprint,
    }  # fmt: skip
    if former is not None:
        payload |= {"former_month": former.period.isoformat(), "former_total": str(former.total_amount)}
    return request_approval(
        kind, target=run, payload=payload, reason=reason, actor=actor, node_id=run.entity.node_id,
        amount=run.total_amount, currency=run.entity.currency,
    )  # fmt: skip


def release_run(pk: int, *, actor: Actor) -> Any:
    """Approve a checked draft, or ask a second person to where the node is set so."""
    run = ChargeRun.objects.select_related("entity").get(pk=pk)
    if not needs_approval(RELEASE, actor=actor, node_id=run.entity.node_id):
        return approve_run(pk, actor=actor)
    if run.state != ChargeRun.State.CHECKED:
        raise refuse_state(run)
    refuse_stale(run)
    reason = _("The month was checked: totals, problems and differences.")
    return _ask_run(RELEASE, run, reason, actor)


def take_back_run(pk: int, *, reason: str, actor: Actor) -> Any:
    """Have a posted run undone, or ask a second person to where the node is set so."""
    run = ChargeRun.objects.select_related("entity").get(pk=pk)
    if not needs_approval(UNDO, actor=actor, node_id=run.entity.node_id):
        return order_undoing(pk, reason=reason, actor=actor)
    if run.state != ChargeRun.State.POSTED:
        raise refuse_state(run)
    return _ask_run(UNDO, run, reason, actor)


def page_after(result: Any) -> str:
    """The job, the request that waits, or the run."""
    return reverse("desk:detail", args=["jobs", "job", result.pk]) if isinstance(result, Job) else url_of(result)


def _release(request: Any, actor: Actor) -> Any:
    run = ChargeRun.objects.get(pk=request.target_id)
    if run.fingerprint != request.payload["fingerprint"]:
        raise Refusal("charge_run.stale", gettext("The month was computed anew since this was asked."), status=409)
    return approve_run(run.pk, actor=actor)


def _undo(request: Any, actor: Actor) -> Any:
    return undo_run(request.target_id, request.reason, actor=actor)


def _proposed(model: type[Tariff] | type[SharedTariff]) -> Elsewhere:
    """Prices that somebody else proposed; they keep their own states (`services.tariffs`)."""
    desk = model._meta.label_lower

    def waiting(user: Any) -> tuple[int, str]:
        rows = policy.within(model._default_manager.filter(state="proposed"), user, f"{desk}:approve")
        others = rows.exclude(proposed_by_id=user.pk).count()
        return others, reverse("desk:list", args=desk.split(".")) + "?state=proposed"

    return Elsewhere(model._meta.verbose_name_plural, f"{desk}:approve", waiting)


def install() -> None:
    add_elsewhere("tariffs", _proposed(Tariff))
    add_elsewhere("shared_tariffs", _proposed(SharedTariff))
    for code, label, right, perform in (
        (RELEASE, _("Approving a month run"), "charges.chargerun:approve", _release),
        (UNDO, _("Undoing a month run"), "charges.chargerun:undo", _undo),
    ):
        register_kind(ApprovalKind(code, label, right, perform, _run_changes, always=False, on=False))
    register_kind(
        ApprovalKind(
            REDUCTION, _("Reduction of charges"), "charges.reduction:approve", _approve_reduction, _reduction_changes
        )
    )
    register_kind(
        ApprovalKind(CANCEL, _("Cancelling charges"), "charges.chargebatch:approve_cancel", _cancel, _batch_changes)
    )
