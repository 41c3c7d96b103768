"""Proposing an act, and deciding on it by somebody else."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Model, Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from lokum.core.access.models import User
from lokum.core.audit.models import AuditNote
from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.approvals import ApprovalKind, kinds
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, NotAllowed, Refusal
from lokum.core.base.languages import in_every_language
from lokum.core.flow.kinds import steps_of
from lokum.core.flow.models import ApprovalDecision, ApprovalRequest
from lokum.core.flow.queries import Standing, needs_approval, standing_of
from lokum.core.flow.steps import steps_for
from lokum.core.organisation.inherited import setting
from lokum.core.organisation.models import Node
from lokum.core.outbox.services import publish

__all__ = ["approve", "needs_approval", "refuse", "request_approval", "withdraw"]

State = ApprovalRequest.State


def _kind(code: str) -> ApprovalKind:
    kind = kinds.get(code)
    if kind is None:
        raise Refusal("approval.unknown_kind", _("There is no act named “%(kind)s”.") % {"kind": code})
    return kind


def _words(target: Model, reason: Any) -> dict[str, Any]:
    """What of a request is put in words by the program, in every language; typed reasons stay as they are."""
    found = {"about": in_every_language(target, 250)}
    if isinstance(reason, Promise):
        found["reason"] = in_every_language(reason)
    return {name: words for name, words in found.items() if words}


def _reason(reason: Any) -> str:
    text = str(reason).strip()
    if len(text) < 3:
        said = _("Say why.")
        raise Refusal("reason.missing", said, fields={"reason": [said]})
    return text[:500]


def request_approval(
    kind_code: str,
    *,
    target: Model,
    payload: Mapping[str, Any],
    reason: str,
    actor: Actor,
    node_id: int | None = None,
    amount: Decimal | None = None,
    currency: str = "",
) -> ApprovalRequest:
    """Write down what somebody wants done to `target`; it is performed once another person approves it, or all those
    whom the node asks for an act of this kind and amount (`flow.steps`).

    payload: JSON values only (decimals as text), the values before included. reason: as typed, or a lazy text, which is
    kept in every language as the name of the target is. node_id: where the second person must
    hold the kind's right; None asks for somebody with the whole operator in sight. The same request twice is refused
    while the first is open.
    """
    kind, text = _kind(kind_code), _reason(reason)
    if amount is not None and not currency and node_id is not None:
        currency = Node.objects.values_list("currency", flat=True).get(pk=node_id)
    steps = steps_for(setting(steps_of(kind.code), node_id), amount)
    try:
        with transaction.atomic():
            request = ApprovalRequest.objects.create(
                kind=kind.code,
                target_model=target._meta.label_lower,
                target_id=target.pk,
                target_label=str(target)[:250],
                payload=dict(payload),
                reason=text,
                words=_words(target, reason),
                amount=amount,
                currency=currency,
                node_id=node_id,
                proposer_id=actor.user_id,
                proposed_at=clock.now(),
                steps=list(steps),
                waits_for=steps[0],
            )
    except IntegrityError as problem:
        name = getattr(getattr(problem.__cause__, "diag", None), "constraint_name", "")
        if name == "approval_open_once":
            said = _("The same request is waiting for a decision already.")
            raise Refusal("approval.waiting_already", said, status=409) from problem
        raise
    _tell(request, "proposed", actor)
    return request


def _tell(request: ApprovalRequest, verb: str, actor: Actor) -> None:
    """Note it at the request and at the record it is about, and publish the event."""
    note(request, verb, actor=actor)
    AuditNote.objects.create(
        at=clock.now(),
        actor_id=actor.user_id,
        actor_label=actor.label[:150],
        object_label=request.target_model,
        object_id=request.target_id,
        verb=f"approval {verb}",
        details={"request": request.pk, "kind": request.kind},
    )
    payload = {
        "id": request.pk,
        "kind": request.kind,
        "state": request.state,
        "target": {"register": request.target_model, "id": request.target_id},
        "node": request.node_id,
    }
    publish(f"approval.{verb}", payload, dedupe_key=f"approval:{request.pk}:{request.state}")


def _locked(request_id: int) -> ApprovalRequest:
    request = ApprovalRequest.objects.select_for_update().filter(pk=request_id).first()
    if request is None:
        raise Missing("approval.missing", _("There is no such request."))
    if request.state != State.PROPOSED:
        raise Refusal("approval.decided", _("This request was decided on already."), status=409)
    return request


def _second_person(request: ApprovalRequest, actor: Actor) -> Standing:
    """Refuse the proposer, the system, who decided a step before, and people without the right of the kind (and the
    role of the step) where the request lies, unless they stand in for somebody who has it."""
    if actor.user_id is None:
        raise NotAllowed("approval.no_person", _("A person has to decide on this."))
    if actor.user_id == request.proposer_id:
        raise NotAllowed("approval.own", _("Somebody else has to decide on what you proposed."))
    user = User.objects.get(pk=actor.user_id)
    if request.decisions.filter(Q(decided_by=actor.user_id) | Q(on_behalf_of=actor.user_id)).exists():
        text = _("You approved this already, or your deputy did; the next step is somebody else's.")
        raise NotAllowed("approval.decided_before", text)
    standing = standing_of(request, user)
    if standing is None:
        raise NotAllowed(
            "approval.right",
            _("You do not have the right to decide on this."),
            details={
                "right": kinds[request.kind].right if request.kind in kinds else request.kind,
                "role": request.waits_for,
            },
        )
    return standing


def _decide(request: ApprovalRequest, state: str, reason: str, actor: Actor) -> None:
    request.state, request.decided_by_id = state, actor.user_id
    request.decided_at, request.decision_reason = clock.now(), reason
    request.save(update_fields=["state", "decided_by", "decided_at", "decision_reason"])
    _tell(request, str(state), actor)


@transaction.atomic
def approve(request_id: int, *, actor: Actor) -> ApprovalRequest:
    """Approve the next step; with the last one the act is performed, in one transaction.

    When the act itself is refused the request stays open, and the step undecided.
    """
    request = _locked(request_id)
    standing = _second_person(request, actor)
    kind, step = _kind(request.kind), request.decisions.count() + 1
    principal = standing.principal
    ApprovalDecision.objects.create(
        request=request, step=step, decided_by=standing.user, on_behalf_of=principal, decided_at=clock.now()
    )
    if step < request.step_count:
        request.waits_for = request.steps[step]
        request.save(update_fields=["waits_for"])
        note(request, "step approved", actor=actor, step=step, on_behalf_of=str(principal or ""))
        publish("approval.step_approved", {"id": request.pk, "kind": request.kind, "step": step},
                dedupe_key=f"approval:{request.pk}:step:{step}")  # fmt: skip
        request.just_approved = True
        return request
    _decide(request, State.APPROVED, "", actor)
    kind.perform(request, actor)
    return request


@transaction.atomic
def refuse(request_id: int, reason: str, *, actor: Actor) -> ApprovalRequest:
    """Turn a request down; nothing changes."""
    request = _locked(request_id)
    standing = _second_person(request, actor)
    _decide(request, State.REFUSED, _reason(reason), actor)
    if standing.principal is not None:
        note(request, "decided as a deputy", actor=actor, on_behalf_of=str(standing.principal))
    return request


@transaction.atomic
def withdraw(request_id: int, *, actor: Actor) -> ApprovalRequest:
    """Take back one's own request while nobody has decided on it."""
    request = _locked(request_id)
    if actor.user_id is None or actor.user_id != request.proposer_id:
        raise NotAllowed("approval.not_own", _("Only the person who proposed this can withdraw it."))
    _decide(request, State.WITHDRAWN, "", actor)
    return request
