"""Reads of approval requests: what waits for somebody, what a request would change, who could decide."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet

from lokum.core.access.models import Grant, User
from lokum.core.access.policy import within
from lokum.core.access.scopes import sights_of
from lokum.core.base import policy
from lokum.core.base.approvals import Change, kinds
from lokum.core.base.context import Actor
from lokum.core.flow.kinds import flag_of
from lokum.core.flow.models import ApprovalRequest
from lokum.core.organisation.inherited import setting
from lokum.core.organisation.models import Node

PROPOSED = ApprovalRequest.State.PROPOSED


def changes_of(request: ApprovalRequest) -> Sequence[Change]:
    """What a request changes, before and after; nothing when its kind is not installed any more."""
    kind = kinds.get(request.kind)
    return kind.describe(request) if kind is not None else ()


def decidable(user: Any) -> QuerySet[ApprovalRequest]:
    """Open requests this user may decide: somebody else's, of kinds and nodes where the user holds the right."""
    open_ones = ApprovalRequest.objects.filter(state=PROPOSED).exclude(proposer_id=user.pk)
    if not policy.may(user, "flow.approvalrequest:approve"):
        return open_ones.none()
    condition = Q(pk__in=())
    for kind in kinds.values():
        if policy.may(user, kind.right):
            rows = within(ApprovalRequest.objects.filter(kind=kind.code), user, kind.right)
            condition |= Q(pk__in=rows.values("pk"))
    return open_ones.filter(condition)


def waiting_of(user: Any) -> QuerySet[ApprovalRequest]:
    """Open requests this user proposed."""
    return ApprovalRequest.objects.filter(state=PROPOSED, proposer_id=user.pk)


def may_decide(request: ApprovalRequest, user: Any) -> bool:
    """Whether the user holds the right of the request's kind where the request lies."""
    kind = kinds.get(request.kind)
    if kind is None:
        return False
    # Own requests are in everybody's own scope; the kind's right must reach the place itself.
    rows = ApprovalRequest.objects.filter(pk=request.pk).exclude(proposer_id=user.pk)
    return within(rows, user, kind.right).exists()


def needs_approval(kind_code: str, *, actor: Actor, node_id: int | None = None) -> bool:
    """Whether `actor` needs a second person for this act at this node (see `base.approvals`)."""
    if kinds[kind_code].always:
        return True
    if actor.user_id is None or not setting(flag_of(kind_code), node_id):
        return False
    return _has_second_person(kind_code, actor, node_id)


def _has_second_person(kind_code: str, actor: Actor, node_id: int | None) -> bool:
    """Whether any member of staff but `actor` could approve such a request today."""
    kind = kinds[kind_code]
    others = User.objects.filter(user_class=User.UserClass.STAFF, is_active=True).exclude(
        pk__in=[] if actor.user_id is None else [actor.user_id]
    )
    granted = Grant.objects.filter(role__rights__isnull=False).order_by()
    held = Q(pk__in=granted.values("user_id")) | Q(user_groups__grants__in=granted)
    node = Node.objects.filter(pk__in=[] if node_id is None else [node_id])
    for user in others.filter(held).distinct().iterator(chunk_size=100):
        sights = [sight for sight in sights_of(user) if sight.covers(kind.right)]
        if not sights or not policy.may(user, "flow.approvalrequest:approve"):
            continue
        if any(sight.whole for sight in sights) or within(node, user, kind.right).exists():
            return True
    return False
