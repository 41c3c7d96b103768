"""Approving a rehearsal: by one person, or by a second one where the node is set so."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lokum.core.base.approvals import ApprovalKind, Change, register_kind
from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.flow.services import needs_approval, request_approval
from lokum.money.ledger.rehearsing import parts
from lokum.money.rehearsals.models import Rehearsal
from lokum.money.rehearsals.queries import name_words
from lokum.money.rehearsals.services import approve_rehearsal, refuse_unapprovable, what_changed

RELEASE = "rehearsals.approve"


def release_rehearsal(pk: int, reason: str = "", *, actor: Actor) -> Any:
    """Approve a rehearsal, or ask a second person to; what one of its parts asks of a second person counts too."""
    row = Rehearsal.objects.select_related("entity").get(pk=pk)
    kinds = [RELEASE, *(code for part in parts() for code in part.second_person)]
    if not any(needs_approval(code, actor=actor, node_id=row.entity.node_id) for code in kinds):
        return approve_rehearsal(pk, reason, actor=actor)
    refuse_unapprovable(row, reason)
    _refuse_changed(row)
    payload = {
        "month": row.month.isoformat(), "payers": row.payer_count, "reason": reason.strip(),
        "before": f"{row.former_amount} {row.entity.currency}", "after": f"{row.total_amount} {row.entity.currency}",
        "alarms": row.alarm_count, "hash": row.result_hash,
    }  # fmt: skip
    words: Any = reason.strip() or _("The rehearsal was looked through: parts, differences and alarms.")
    return request_approval(
        RELEASE, target=row, payload=payload, reason=words, actor=actor, node_id=row.entity.node_id,
        amount=row.total_amount, currency=row.entity.currency,
    )  # fmt: skip


def _refuse_changed(row: Rehearsal) -> None:
    names = ", ".join(str(name_words(one["name"])) for one in what_changed(row))
    if names:
        text = gettext("Data have changed since the rehearsal: %(names)s. Rehearse the month again.")
        raise Refusal("rehearsal.stale", text % {"names": names}, status=409)


def _perform(request: Any, actor: Actor) -> Rehearsal:
    row = Rehearsal.objects.select_related("entity").get(pk=request.target_id)
    if row.result_hash != request.payload["hash"]:
        raise Refusal("rehearsal.stale", gettext("The month was rehearsed anew since this was asked."), status=409)
    _refuse_changed(row)
    return approve_rehearsal(row.pk, request.payload["reason"], actor=actor)


def _month(text: str) -> str:
    """Older requests keep the month in the words of who asked."""
    try:
        return str(date_format(dt.date.fromisoformat(text), "YEAR_MONTH_FORMAT"))
    except ValueError:
        return text


def _describe(request: Any) -> Sequence[Change]:
    told = request.payload
    return [
        Change(_("month"), "", _month(told["month"])),
        Change(_("payers"), "", told["payers"]),
        Change(_("total"), told["before"], told["after"]),
        Change(_("alarms"), "", told["alarms"]),
    ]


def install() -> None:
    register_kind(
        ApprovalKind(
            RELEASE,
            _("Approving the rehearsal of a month"),
            "rehearsals.rehearsal:approve",
            _perform,
            _describe,
            always=False,
        )
    )
