"""Giving rights: proposed by one administrator, approved by another (pages and API come through here)."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.access import services
from lokum.core.access.models import Grant, GrantScope, Role, User, UserGroup
from lokum.core.access.targets import find_target
from lokum.core.base.approvals import ApprovalKind, Change, needs_approval, register_kind, request_approval
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.organisation.models import Mandate

CODE = "access.grant"


class _Tried(Exception):
    """Carries nothing; leaves a savepoint so that what was tried is undone."""


def _propose(target: models.Model, payload: dict[str, Any], reason: str, actor: Actor, node_id: int | None) -> Any:
    """Try it first, so that what can never be carried out is refused at once; then ask, or do it where one suffices."""
    if not needs_approval(CODE, actor=actor, node_id=node_id):
        return _carry_out(payload, actor)
    try:
        with transaction.atomic():
            _carry_out(payload, actor)
            raise _Tried
    except _Tried:
        pass
    return request_approval(CODE, target=target, payload=payload, reason=reason, actor=actor, node_id=node_id)


def _node_of(places: Mapping[str, Iterable[int | str]]) -> int | None:
    """The one node a proposal is about; anything else needs somebody who sees the whole operator."""
    nodes = list(places.get(GrantScope.Kind.NODE, ()))
    return int(nodes[0]) if len(nodes) == 1 and set(places) == {GrantScope.Kind.NODE} else None


@transaction.atomic
def propose_role(
    *,
    role: Role,
    starts_on: dt.date,
    reason: str,
    actor: Actor,
    user: User | None = None,
    group: UserGroup | None = None,
    mandate: Mandate | None = None,
    ends_on: dt.date | None = None,
    whole_operator: bool = False,
    kind: str = "",
    codes: Iterable[str] = (),
) -> Any:
    """A role for a user or a group, for a time and places named by their codes."""
    codes = list(codes)
    if not whole_operator and not codes:
        text = _("Name the places, or choose everything.")
        raise Refusal("grant.no_scope", text, fields={"codes": [text]})
    places = {} if whole_operator else {kind: [find_target(kind, code) for code in codes]}
    target = user or group
    if target is None:
        text = _("Choose a user or a group.")
        raise Refusal("grant.invalid", text, fields={"user": [text]})
    payload = {
        "act": "give",
        "role": role.pk,
        "role_name": str(role),
        "user": user.pk if user else None,
        "group": group.pk if group else None,
        "mandate": mandate.pk if mandate else None,
        "mandate_name": str(mandate or ""),
        "starts_on": starts_on.isoformat(),
        "ends_on": ends_on.isoformat() if ends_on else None,
        "whole": whole_operator,
        "places": places,
        "place_names": codes,
    }
    return _propose(target, payload, reason, actor, _node_of(places))


@transaction.atomic
def propose_scope(pk: int, *, kind: str, codes: Iterable[str], reason: str, actor: Actor) -> Any:
    """More places for a grant."""
    grant, codes = _found(Grant, pk), list(codes)
    places = {kind: [find_target(kind, code) for code in codes]}
    payload = {"act": "scope", "grant": pk, "kind": kind, "place_names": codes}
    return _propose(grant, payload, reason, actor, _node_of(places))


@transaction.atomic
def propose_members(pk: int, *, members: Iterable[User], reason: str, actor: Actor) -> Any:
    """Other members of a group. Taking members out needs nobody else."""
    group, wanted = _found(UserGroup, pk), {user.pk: str(user) for user in members}
    held = {user.pk: str(user) for user in group.members.all()}
    if not set(wanted) - set(held):
        return services.set_members(pk, members=User.objects.filter(pk__in=wanted), actor=actor)
    payload = {
        "act": "members",
        "group": pk,
        "members": sorted(wanted),
        "held": sorted(held),
        "before": sorted(held.values()),
        "after": sorted(wanted.values()),
    }
    return _propose(group, payload, reason, actor, None)


@transaction.atomic
def propose_rights(pk: int, *, rights: Iterable[str], reason: str, actor: Actor) -> Any:
    """More rights for a role, which everybody who has it gains."""
    role, wanted = _found(Role, pk), sorted(set(rights))
    held = sorted(role.rights.values_list("right", flat=True))
    payload = {"act": "rights", "role": pk, "rights": wanted, "held": held}
    return _propose(role, payload, reason, actor, None)


def _found(model: type[Any], pk: int) -> Any:
    record = model.objects.filter(pk=pk).first()
    if record is None:
        raise Missing("record.missing", _("There is no such record."))
    return record


def _carry_out(payload: Mapping[str, Any], actor: Actor) -> Any:
    act = payload["act"]
    if act == "scope":
        return services.add_scope(payload["grant"], kind=payload["kind"], codes=payload["place_names"], actor=actor)
    if act == "rights":
        return services.add_rights(payload["role"], rights=payload["rights"], actor=actor)
    if act == "members":
        group = _found(UserGroup, payload["group"])
        if sorted(group.members.values_list("pk", flat=True)) != payload["held"]:
            raise Refusal("group.changed", _("The group changed since this was proposed."), status=409)
        return services.set_members(group.pk, members=User.objects.filter(pk__in=payload["members"]), actor=actor)
    ends_on = payload["ends_on"]
    return services.give_grant(
        _found(Role, payload["role"]),
        user=_found(User, payload["user"]) if payload["user"] else None,
        group=_found(UserGroup, payload["group"]) if payload["group"] else None,
        mandate=_found(Mandate, payload["mandate"]) if payload["mandate"] else None,
        starts_on=dt.date.fromisoformat(payload["starts_on"]),
        ends_on=dt.date.fromisoformat(ends_on) if ends_on else None,
        whole_operator=payload["whole"],
        scopes=payload["places"] or None,
        actor=actor,
    )


def _perform(request: Any, actor: Actor) -> Any:
    return _carry_out(request.payload, actor)


def _describe(request: Any) -> list[Change]:
    payload = request.payload
    act = payload["act"]
    if act == "scope":
        return [Change(_("Places"), "", ", ".join(payload["place_names"]))]
    if act == "rights":
        both = sorted({*payload["held"], *payload["rights"]})
        return [Change(_("Rights"), ", ".join(payload["held"]), ", ".join(both))]
    if act == "members":
        return [Change(_("Members"), ", ".join(payload["before"]), ", ".join(payload["after"]))]
    places = _("everything") if payload["whole"] else ", ".join(payload["place_names"])
    changes = [Change(_("Role"), "", payload["role_name"]), Change(_("Data scope"), "", places)]
    changes.append(Change(_("From"), "", dt.date.fromisoformat(payload["starts_on"])))
    if payload["ends_on"]:
        changes.append(Change(_("To"), "", dt.date.fromisoformat(payload["ends_on"])))
    if payload["mandate"]:
        changes.append(Change(_("Mandate"), "", payload["mandate_name"]))
    return changes


def install() -> None:
    register_kind(
        ApprovalKind(CODE, gettext_lazy("Rights given"), "access.grant:approve", _perform, _describe, always=False)
    )
