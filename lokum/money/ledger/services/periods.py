"""Closing a month after its checklist, and opening it again by two people."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.approvals import ApprovalKind, Change, register_kind, request_approval
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.organisation.models import Entity
from lokum.money.ledger.models import Period, PeriodReopening
from lokum.money.ledger.seams import open_points, period_reopened
from lokum.money.ledger.services.posting import posting

REOPENING = "ledger.reopening"


def close_after_checklist(entity_id: int, month: dt.date, reason: str = "", *, actor: Actor) -> Period:
    """Close a month when nothing is open in it. What is open but does not block is passed over for a written reason."""
    points = open_points(entity_id, clock.first_of_month(month))
    texts = [str(point.text) for point in points]
    if any(point.blocking for point in points):
        blocking = "; ".join(str(point.text) for point in points if point.blocking)
        text = _("The month cannot be closed: %(points)s") % {"points": blocking}
        raise Refusal("ledger.period_not_ready", text, details={"points": texts}, status=409)
    if points and not reason.strip():
        text = _("Say why the month is closed in spite of: %(points)s") % {"points": "; ".join(texts)}
        raise Refusal("ledger.period_open_points", text, fields={"reason": [text]}, details={"points": texts})
    return close_period(entity_id, month, actor=actor, note_text=reason.strip()[:250] if points else "")


def refuse_unfinished(entity: Entity, month: dt.date) -> None:
    """People close months that are over, of the time the entity has had. (A rehearsal closes a month that comes.)"""
    if clock.last_of_month(month) >= clock.today(entity.time_zone):
        text = _("This month is not over yet.")
        raise Refusal("ledger.period_not_over", text, fields={"month": [text]})
    if clock.last_of_month(month) < entity.opened_on:
        text = _("The entity began on %(day)s.") % {"day": entity.opened_on}
        raise Refusal("ledger.period_before", text, fields={"month": [text]})


def close_period(entity_id: int, month: dt.date, *, actor: Actor, note_text: str = "") -> Period:
    """Close a month of an entity's books; the database refuses postings into it from now on."""
    with posting(actor):
        period, _made = Period.objects.get_or_create(entity_id=entity_id, starts_on=clock.first_of_month(month))
        period = Period.objects.select_for_update().get(pk=period.pk)
        if period.closed_at is not None:
            raise Refusal("ledger.period_closed", _("The period is closed already."), status=409)
        period.closed_at, period.closed_by, period.closing_note = clock.now(), actor.label[:150], note_text
        period.save(update_fields=["closed_at", "closed_by", "closing_note"])
        note(period, "closed", actor=actor, reason=note_text)
        return period


def reopen_period(
    entity_id: int, month: dt.date, *, actor: Actor, reason: str = "", proposed_by_id: int | None = None
) -> Period:
    """Open a closed month again; the database asks for two different people and keeps the reopening."""
    with posting(actor) as whole:
        found = Period.objects.select_for_update().filter(entity_id=entity_id, starts_on=clock.first_of_month(month))
        period = found.first()
        if period is None or period.closed_at is None:
            raise Refusal("ledger.period_open", _("The period is not closed."), status=409)
        PeriodReopening.objects.create(
            period=period,
            closed_at=period.closed_at,
            reopened_at=clock.now(),
            reason=reason[:500],
            proposed_by_id=proposed_by_id,
            approved_by_id=actor.user_id,
            approved_by=actor.label[:150],
        )
        period.closed_at, period.closed_by, period.closing_note = None, "", ""
        period.save(update_fields=["closed_at", "closed_by", "closing_note"])
        period_reopened(entity_id, period.starts_on, whole)
        note(period, "reopened", actor=actor, reason=reason)
        return period


def propose_reopening(pk: int, reason: str, *, actor: Actor) -> Any:
    """Ask a second person to open a closed month again."""
    period = Period.objects.select_related("entity").filter(pk=pk).first()
    if period is None:
        raise Missing("ledger.no_period", _("There is no such period."))
    if period.closed_at is None:
        raise Refusal("ledger.period_open", _("The period is not closed."), status=409)
    payload = {"entity": period.entity_id, "month": period.starts_on.isoformat(), "name": str(period.entity)}
    return request_approval(
        REOPENING, target=period, payload=payload, reason=reason, actor=actor, node_id=period.entity.node_id
    )


def _perform(request: Any, actor: Actor) -> Period:
    month = dt.date.fromisoformat(request.payload["month"])
    proposer: int | None = request.proposer_id
    return reopen_period(request.payload["entity"], month, actor=actor, reason=request.reason, proposed_by_id=proposer)


def _describe(request: Any) -> list[Change]:
    payload = request.payload
    return [Change(f"{payload['name']} {payload['month'][:7]}", _("closed"), _("open for postings"))]


def register_reopening() -> None:
    label = gettext_lazy("Reopening of a closed month")
    register_kind(ApprovalKind(REOPENING, label, "ledger.period:reopen", _perform, _describe))
