"""Changes to users, roles and grants."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from lokum.core.access import journal
from lokum.core.access.models import Grant, GrantScope, PasswordPolicy, Role, RoleRight, User, UserGroup
from lokum.core.access.passwords import unmet_rules
from lokum.core.access.ready_roles import READY_ROLES
from lokum.core.access.rights import check_right, expand_pattern
from lokum.core.access.scopes import sights_of
from lokum.core.access.targets import find_target
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, NotAllowed, Refusal


def set_own_password(user: User, password: str, *, actor: Actor) -> None:
    """Give `user` a password of their own choice; all other sessions of theirs end by it.

    Raises Refusal naming every rule the password breaks.
    """
    unmet = unmet_rules(password, user)
    if unmet:
        raise Refusal("password.policy", " ".join(unmet), fields={"password": unmet})
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        journal.record("password changed", actor=actor, table_name="access_user", object_id=user.pk)


def set_language(user: User, language: str, *, actor: Actor) -> None:
    User.objects.filter(pk=user.pk).update(language=language)
    user.language = language


def disable_user(pk: int, *, actor: Actor, reason: str = "") -> User:
    """End a sign-in at once, with all its sessions and tokens."""
    with transaction.atomic():
        user = User.objects.select_for_update().filter(pk=pk).first()
        if user is None:
            raise Missing("user.missing", _("There is no such user."))
        if user.pk == actor.user_id:
            raise Refusal("user.own_end", _("You cannot disable yourself."))
        user.is_active = False
        user.version += 1
        user.save(update_fields=["is_active", "version"])
        end_sessions(user, actor=actor)
        journal.record("user disabled", actor=actor, table_name="access_user", object_id=pk, details={"reason": reason})
    return user


def enable_user(pk: int, *, actor: Actor) -> User:
    with transaction.atomic():
        user = User.objects.select_for_update().filter(pk=pk).first()
        if user is None:
            raise Missing("user.missing", _("There is no such user."))
        user.is_active = True
        user.version += 1
        user.save(update_fields=["is_active", "version"])
        journal.record("user enabled", actor=actor, table_name="access_user", object_id=pk)
    return user


def end_all_sessions(pk: int, *, actor: Actor) -> User:
    """Sign a user out everywhere (an administrator's button)."""
    user = User.objects.filter(pk=pk).first()
    if user is None:
        raise Missing("user.missing", _("There is no such user."))
    end_sessions(user, actor=actor)
    return user


def end_sessions(user: User, *, actor: Actor) -> int:
    """Close every open session of a user. Returns how many."""
    from allauth.usersessions.models import UserSession

    sessions = list(UserSession.objects.filter(user=user))
    Session.objects.filter(session_key__in=[one.session_key for one in sessions]).delete()
    for one in sessions:
        one.delete()
    journal.record("sessions ended", actor=actor, table_name="access_user", object_id=user.pk)
    return len(sessions)


def _check_hands_out(
    actor: Actor,
    patterns: Iterable[str],
    *,
    whole: bool = False,
    pieces: Mapping[str, Iterable[int | str]] | None = None,
) -> None:
    """Nobody hands out what they do not hold: rights beyond one's own, or places one does not see oneself."""
    if actor.user_id is None:
        return
    sights = sights_of(User.objects.get(pk=actor.user_id))
    if not any(sight.whole for sight in sights):
        wider = whole or any(
            not any(target in sight.ids.get(kind, ()) for sight in sights)
            for kind, targets in (pieces or {}).items()
            for target in targets
        )
        if wider:
            raise NotAllowed("grant.wider_than_own", _("You cannot give a wider scope than your own."))
    for pattern in patterns:
        if not all(any(sight.covers(right) for sight in sights) for right in expand_pattern(pattern)):
            raise NotAllowed("grant.more_than_own", _("You cannot give a right you do not have: %s.") % pattern)


def add_rights(pk: int, *, rights: Iterable[str], actor: Actor) -> Role:
    role = _role(pk)
    return set_rights(role, {*role.rights.values_list("right", flat=True), *rights}, actor=actor)


def remove_rights(pk: int, *, rights: Iterable[str], actor: Actor) -> Role:
    role = _role(pk)
    return set_rights(role, set(role.rights.values_list("right", flat=True)) - set(rights), actor=actor)


def _role(pk: int) -> Role:
    role = Role.objects.filter(pk=pk).first()
    if role is None:
        raise Missing("role.missing", _("There is no such role."))
    return role


def set_rights(role: Role, rights: Iterable[str], *, actor: Actor) -> Role:
    """Make these the rights of a role. A name that fits no right there is refused."""
    wanted = set(rights)
    for right in wanted:
        check_right(right)
    _check_hands_out(actor, wanted - set(role.rights.values_list("right", flat=True)))
    with transaction.atomic():
        role = Role.objects.select_for_update().get(pk=role.pk)
        role.rights.exclude(right__in=wanted).delete()
        held = set(role.rights.values_list("right", flat=True))
        RoleRight.objects.bulk_create(RoleRight(role=role, right=one) for one in sorted(wanted - held))
        journal.record(
            "rights set", actor=actor, table_name="access_role", object_id=role.pk, details={"rights": sorted(wanted)}
        )
    return role


def give_grant(
    role: Role,
    *,
    actor: Actor,
    starts_on: dt.date,
    user: User | None = None,
    group: Any = None,
    mandate: Any = None,
    ends_on: dt.date | None = None,
    whole_operator: bool = False,
    scopes: Mapping[str, Iterable[int | str]] | None = None,
) -> Grant:
    """Give a role to a user or a group for a time and a data scope ({"building": [1, 2], "node": [7]}).

    Nobody widens their own rights: a grant to oneself is refused (another administrator gives it).
    """
    if user is not None and actor.user_id is not None and user.pk == actor.user_id:
        raise NotAllowed("grant.own", _("You cannot give rights to yourself. Ask another administrator."))
    if group is not None and group.members.filter(pk=actor.user_id).exists():
        raise NotAllowed("grant.own", _("You cannot give rights to a group you are in. Ask another administrator."))
    _check_hands_out(actor, role.rights.values_list("right", flat=True), whole=whole_operator, pieces=scopes)
    with transaction.atomic():
        grant = Grant(
            role=role,
            user=user,
            group=group,
            mandate=mandate,
            starts_on=starts_on,
            ends_on=ends_on,
            whole_operator=whole_operator,
        )
        try:
            grant.full_clean()
        except ValidationError as error:
            raise Refusal("grant.invalid", " ".join(error.messages), fields=error.message_dict)
        grant.save()
        for kind, targets in (scopes or {}).items():
            _add_pieces(grant, kind, targets)
    return grant


def _add_pieces(grant: Grant, kind: str, targets: Iterable[int | str]) -> None:
    by_code = kind == GrantScope.Kind.COMPONENT_CLASS
    for target in targets:
        GrantScope.objects.get_or_create(
            grant=grant,
            kind=kind,
            target_id=None if by_code else int(target),
            target_code=str(target) if by_code else "",
        )


def add_scope(pk: int, *, kind: str, codes: Iterable[str], actor: Actor) -> Grant:
    """Widen a grant by named places."""
    with transaction.atomic():
        grant = Grant.objects.select_for_update().filter(pk=pk).first()
        if grant is None:
            raise Missing("grant.missing", _("There is no such grant."))
        if actor.user_id is not None and grant.user_id == actor.user_id:
            raise NotAllowed("grant.own", _("You cannot give rights to yourself. Ask another administrator."))
        targets = [find_target(kind, code) for code in codes]
        _check_hands_out(actor, grant.role.rights.values_list("right", flat=True), pieces={kind: targets})
        _add_pieces(grant, kind, targets)
    return grant


def set_members(pk: int, *, members: Iterable[User], actor: Actor) -> UserGroup:
    """Make these the members of a group. Nobody joins a group by their own hand."""
    with transaction.atomic():
        group = UserGroup.objects.select_for_update().filter(pk=pk).first()
        if group is None:
            raise Missing("group.missing", _("There is no such group."))
        wanted = {user.pk for user in members}
        held = set(group.members.values_list("pk", flat=True))
        if actor.user_id in wanted - held:
            raise NotAllowed("grant.own", _("You cannot give rights to yourself. Ask another administrator."))
        for grant in group.grants.select_related("role").prefetch_related("role__rights", "scopes"):
            pieces: dict[str, list[int | str]] = {}
            for scope in grant.scopes.all():
                pieces.setdefault(scope.kind, []).append(scope.target_code or scope.target_id or 0)
            rights = [one.right for one in grant.role.rights.all()]
            _check_hands_out(actor, rights, whole=grant.whole_operator, pieces=pieces)
        group.members.set(wanted)
    return group


def end_grant(pk: int, *, actor: Actor, last_day: dt.date) -> Grant:
    """Let a grant end with `last_day` (a day before its start ends it altogether)."""
    with transaction.atomic():
        grant = Grant.objects.select_for_update().filter(pk=pk).first()
        if grant is None:
            raise Missing("grant.missing", _("There is no such grant."))
        grant.ends_on = last_day
        grant.version += 1
        grant.save(update_fields=["ends_on", "version"])
    return grant


def make_ready_roles(*, actor: Actor, second_factor: bool = True) -> dict[str, Role]:
    """Make the ready roles that are missing; roles an operator changed stay as they are."""
    made: dict[str, Role] = {}
    with transaction.atomic():
        for ready in READY_ROLES:
            role, new = Role.objects.get_or_create(
                code=ready.code,
                defaults={
                    "name": str(ready.name),
                    "role_type": ready.role_type,
                    "needs_second_factor": ready.needs_second_factor and second_factor,
                },
            )
            if new:
                RoleRight.objects.bulk_create(RoleRight(role=role, right=right) for right in ready.rights)
            made[ready.code] = role
    return made


def make_password_policies(*, actor: Actor) -> None:
    from lokum.core.access.passwords import policy_of

    for user_class in User.UserClass.values:
        if not PasswordPolicy.objects.filter(user_class=user_class).exists():
            policy_of(user_class).save()
