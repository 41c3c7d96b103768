"""Acts of the charges that need a second person."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from lokum.core.base.approvals import ApprovalKind, Change, register_kind
from lokum.core.base.context import Actor
from lokum.core.flow.services import request_approval
from lokum.money.charges.models import ChargeBatch
from lokum.money.charges.services import approve_reduction, cancel_charges
from lokum.money.charges.services.one_offs import refuse_blocked
from lokum.money.charges.services.reductions import KIND as REDUCTION

CANCEL = "charges.cancel_batch"


def _month(text: str, back: int = 0) -> str:
    return date_format(dt.date.fromisoformat(text) - dt.timedelta(days=back), "YEAR_MONTH_FORMAT")


def _reduction_changes(request: Any) -> Sequence[Change]:
    told = request.payload
    rows = [
        Change(_("kind"), "", told["type"]),
        Change(_("component"), "", told["component"] or _("everything")),
        Change(_("reduced by"), "", told["share"]),
        Change(_("months"), "", f"{_month(told['first'])} – {_month(told['after'], 1)}"),
    ]
    return [*rows, Change(_("net limit in total"), "", told["limit"])] if told["limit"] else rows


def _batch_changes(request: Any) -> Sequence[Change]:
    told = request.payload
    return [
        Change(_("charges"), told["count"], _("cancelled")),
        Change(_("total"), f"{told['total']} {told['currency']}", "0.00"),
        Change(_("filter"), told["way"]),
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
        "way": str(batch.get_origin_display()),
    }
    return request_approval(
        CANCEL, target=batch, payload=payload, reason=reason, actor=actor, node_id=batch.entity.node_id,
        amount=batch.total_amount, currency=batch.entity.currency,
    )  # fmt: skip


def install() -> None:
    register_kind(
        ApprovalKind(
            REDUCTION, _("Reduction of charges"), "charges.reduction:approve", _approve_reduction, _reduction_changes
        )
    )
    register_kind(
        ApprovalKind(CANCEL, _("Cancelling charges"), "charges.chargebatch:approve_cancel", _cancel, _batch_changes)
    )
