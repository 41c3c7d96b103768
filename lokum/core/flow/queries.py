"""Reads of approval requests: what waits for somebody, what a request would change, who could decide."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from lokum.core.access.models import Grant, Role, User
from lokum.core.access.policy import within
from lokum.core.access.scopes import sights_of
from lokum.core.base import clock, policy
from lokum.core.base.approvals import Change, kinds
from lokum.core.base.context import Actor
from lokum.core.flow.kinds import flag_of
from lokum.core.flow.models import ApprovalDecision, ApprovalRequest, Deputy
from lokum.core.organisation.inherited import setting
from lokum.core.organisation.models import Node

PROPOSED = ApprovalRequest.State.PROPOSED


@dataclass(frozen=True)
class Elsewhere:
    """What waits for a second person in a register that keeps its own states: (how many, where) for a user."""

    label: Any
    right: str
    waiting: Callable[[Any], tuple[int, str]]


_elsewhere: dict[str, Elsewhere] = {}


def add_elsewhere(code: str, one: Elsewhere) -> None:
    """Let a register of an upper layer be named on the page of what waits."""
    _elsewhere[code] = one


def elsewhere_of(user: Any) -> list[dict[str, Any]]:
    """The registers in which something waits for this user."""
    found = []
    for one in _elsewhere.values():
        if policy.may(user, one.right):
            count, url = one.waiting(user)
            if count:
                found.append({"label": one.label, "count": count, "url": url})
    return found


def changes_of(request: ApprovalRequest) -> Sequence[Change]:
    """What a request changes, before and after; nothing when its kind is not installed any more."""
    kind = kinds.get(request.kind)
    return kind.describe(request) if kind is not None else ()


def _reached(rows: QuerySet[ApprovalRequest], person: User, roles: Sequence[str]) -> Q:
    """Open requests whose next step this person may decide by own grants; `roles`: those that steps wait for."""
    condition = Q(pk__in=())
    for kind in kinds.values():
        if not policy.may(person, kind.right):
            continue
        for role in ("", *roles):
            reached = within(rows.filter(kind=kind.code, waits_for=role), person, kind.right, role)
            condition |= Q(pk__in=reached.values("pk"))
    return condition


def _involved(person: User) -> QuerySet[ApprovalDecision, Any]:
    """Requests a step of which was decided by this person or in the person's place."""
    rows = ApprovalDecision.objects.filter(Q(decided_by=person) | Q(on_behalf_of=person))
    return rows.values("request_id")


def principals_of(user: Any) -> list[User]:
    """Whose deputy somebody is today."""
    today = clock.today()
    rows = Deputy.objects.filter(deputy_id=user.pk, starts_on__lte=today, ends_on__gte=today)
    return list(User.objects.filter(pk__in=rows.values("principal_id"), is_active=True).order_by("pk"))


def decidable(user: Any) -> QuerySet[ApprovalRequest]:
    """Open requests this user may decide: somebody else's, of kinds and nodes where the user holds the right, or where
    somebody does whose deputy the user is; nobody decides two steps of one request."""
    open_ones = ApprovalRequest.objects.filter(state=PROPOSED).exclude(proposer_id=user.pk)
    if not policy.may(user, "flow.approvalrequest:approve"):
        return open_ones.none()
    waited = ApprovalRequest.objects.filter(state=PROPOSED).exclude(waits_for="").order_by()
    roles = list(waited.values_list("waits_for", flat=True).distinct())
    condition = _reached(ApprovalRequest.objects.all(), user, roles)
    for principal in principals_of(user):
        seen = policy.allowed(ApprovalRequest.objects.exclude(proposer=principal), user, "view")
        condition |= _reached(seen, principal, roles) & ~Q(pk__in=_involved(principal))
    return open_ones.filter(condition).exclude(pk__in=_involved(user))


def waiting_of(user: Any) -> QuerySet[ApprovalRequest]:
    """Open requests this user proposed."""
    return ApprovalRequest.objects.filter(state=PROPOSED, proposer_id=user.pk)


@dataclass(frozen=True)
class Standing:
    """In which capacity a user may decide; principal: as whose deputy (None: by own right)."""

    user: User
    principal: User | None = None


def _reaches(rows: QuerySet[ApprovalRequest], person: User, request: ApprovalRequest) -> bool:
    # Own requests are in everybody's own scope; the kind's right must reach the place itself.
    others = rows.filter(pk=request.pk).exclude(proposer_id=person.pk)
    return within(others, person, kinds[request.kind].right, request.waits_for).exists()


def standing_of(request: ApprovalRequest, user: Any) -> Standing | None:
    """How the user may decide the next step; None: not at all."""
    if request.kind not in kinds or user.pk == request.proposer_id:
        return None
    decided = list(request.decisions.values_list("decided_by_id", "on_behalf_of_id"))
    busy = {pk for pair in decided for pk in pair if pk is not None}
    if user.pk in busy:
        return None
    if _reaches(ApprovalRequest.objects.all(), user, request):
        return Standing(user)
    seen = policy.allowed(ApprovalRequest.objects.all(), user, "view")
    for principal in principals_of(user):
        if principal.pk not in busy and _reaches(seen, principal, request):
            return Standing(user, principal)
    return None


def may_decide(request: ApprovalRequest, user: Any) -> bool:
    """Whether the user may decide the next step of a request, by own right or as a deputy."""
    return standing_of(request, user) is not None


def _patterns(right: str) -> list[str]:
    """The rights of roles that cover a right."""
    model, _colon, action = right.partition(":")
    app = model.partition(".")[0]
    return ["*", right, *(f"{one}:{what}" for one in (model, f"{app}.*", "*") for what in (action, "*"))]


def deciders_of(request: ApprovalRequest, most: int = 8) -> list[User]:
    """Some of those who may decide the next step of an open request, for the people who wait for it."""
    if request.state != PROPOSED or request.kind not in kinds:
        return []
    today = clock.today()
    granted = Grant.objects.filter(role__rights__right__in=_patterns(kinds[request.kind].right)).order_by()
    if request.waits_for:
        granted = granted.filter(role__code=request.waits_for)
    entitled = User.objects.filter(Q(pk__in=granted.values("user_id")) | Q(user_groups__grants__in=granted))
    in_place = Deputy.objects.filter(principal__in=entitled, starts_on__lte=today, ends_on__gte=today)
    rows = User.objects.filter(user_class=User.UserClass.STAFF, is_active=True)
    if request.proposer_id is not None:
        rows = rows.exclude(pk=request.proposer_id)
    rows = rows.filter(Q(pk__in=entitled.values("pk")) | Q(pk__in=in_place.values("deputy_id"))).order_by("pk")
    found: list[User] = []
    for user in rows.iterator(chunk_size=50):
        if policy.may(user, "flow.approvalrequest:approve") and may_decide(request, user):
            found.append(user)
            if len(found) == most:
                break
    return found


@dataclass(frozen=True)
class StepLine:
    """One step of a request: whose it is, and who decided it."""

    number: int
    role: str
    decision: ApprovalDecision | None


def steps_of_request(request: ApprovalRequest) -> list[StepLine]:
    """The steps of a request in order, with their decisions."""
    decided = {one.step: one for one in request.decisions.select_related("decided_by", "on_behalf_of")}
    codes = list(request.steps) or [""]
    names = {role.code: role.local_name for role in Role.objects.filter(code__in=[code for code in codes if code])}
    return [StepLine(place, names.get(code, code), decided.get(place)) for place, code in enumerate(codes, 1)]


def lately_decided_of(user: Any, days: int = 14) -> QuerySet[ApprovalRequest]:
    """What others decided of this user's requests in the last days, with their reasons."""
    since = clock.now() - dt.timedelta(days=days)
    rows = ApprovalRequest.objects.filter(proposer_id=user.pk, state__in=("approved", "refused"), decided_at__gte=since)
    return rows.select_related("decided_by").order_by("-decided_at")


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
