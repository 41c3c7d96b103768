"""Which rows a user's grants reach, resolved once per request to sets of ids.

A grant names pieces of scope (nodes, estates, buildings, entrances, charge classes). This module expands nodes to
everything below them as of today; registers that live in upper layers are expanded by *resolvers* those layers
register: `register_resolver("building", fn)`, where `fn(found)` gets the ids found so far by kind and returns
the ids of its own kind that they imply. A list of buildings implies no further building, so a new building is
reached only through its estate, its node or a grant of everything.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Q

from lokum.core.access.models import Grant, GrantScope, User
from lokum.core.access.rights import holds
from lokum.core.base import clock
from lokum.core.base.context import acting, current_actor, system_actor

Found = Mapping[str, frozenset[int]]
# A resolver returns ids, or a queryset of ids where they may be many (then it becomes a sub-select).
Resolver = Callable[[Found], Iterable[int]]

# From wide to narrow: each kind may rest on the ones before it.
_ORDER = ("node", "estate", "building", "entrance")
CLASS_KIND = GrantScope.Kind.COMPONENT_CLASS.value

_resolvers: dict[str, list[Resolver]] = {}


def register_resolver(kind: str, resolver: Resolver) -> None:
    """Let an upper layer say which of its rows follow from wider scopes. Safe to call twice with one function."""
    known = _resolvers.setdefault(kind, [])
    if resolver not in known:
        known.append(resolver)


@dataclass(frozen=True)
class Sight:
    """What one grant lets its holder do, and where."""

    rights: frozenset[str]
    whole: bool = False
    ids: Mapping[str, Any] = field(default_factory=dict)
    classes: frozenset[str] = frozenset()
    second_factor: bool = False
    role: str = ""

    def covers(self, right: str) -> bool:
        return holds(self.rights, right)

    def condition(self, scope_path: Mapping[str, str]) -> Q | None:
        """Filter of a model with this `scope_path`; None = nothing of it is reached.

        Kinds of place are alternatives (OR). Charge classes narrow what the places give, for models that know
        classes; a grant of classes alone reaches these classes everywhere.
        """
        places = Q()
        for kind, path in scope_path.items():
            ids = self.ids.get(kind)
            if ids is not None and kind != CLASS_KIND:
                places |= Q(**{f"{path}__in": ids})
        class_path = scope_path.get(CLASS_KIND)
        if self.classes and class_path:
            classes = Q(**{f"{class_path}__in": sorted(self.classes)})
            only_classes = not any(self.ids.get(kind) for kind in _ORDER)
            return classes if only_classes else (places & classes if places else None)
        return places or None


def operator_today() -> dt.date:
    return clock.today()


def grants_of(user: User, on: dt.date) -> list[Grant]:
    """Grants in force on a day: given to the user or a group of theirs, and not outliving their mandate."""
    return list(
        Grant.objects.filter(Q(user=user) | Q(group__members=user))
        .filter(starts_on__lte=on)
        .filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on))
        .filter(
            Q(mandate__isnull=True)
            | Q(mandate__starts_on__lte=on) & (Q(mandate__ends_on__isnull=True) | Q(mandate__ends_on__gte=on))
        )
        .select_related("role")
        .prefetch_related("role__rights", "scopes")
        .order_by("pk")
        .distinct()
    )


def nodes_below(nodes: Iterable[int], on: dt.date) -> frozenset[int]:
    """The nodes and everything that hangs below them on a day."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE below(id) AS (
                SELECT unnest(%s::bigint[])
                UNION
                SELECT placement.node_id FROM organisation_nodeplacement placement
                JOIN below ON placement.parent_id = below.id WHERE placement.valid @> %s::date
            ) SELECT id FROM below
            """,
            [sorted(nodes), on],
        )
        return frozenset(row[0] for row in cursor.fetchall())


def expand(pieces: Mapping[str, Iterable[int]], on: dt.date) -> dict[str, Any]:
    """All ids by kind that follow from the named pieces. `pieces` may be empty."""
    found: dict[str, Any] = {kind: frozenset(ids) for kind, ids in pieces.items()}
    if found.get("node"):
        found["node"] = nodes_below(found["node"], on)
    for kind in _ORDER[1:]:
        implied: set[int] = set(found.get(kind, ()))
        for resolver in _resolvers.get(kind, ()):
            implied.update(resolver(found))
        if implied:
            found[kind] = frozenset(implied)
    for kind, resolvers in _resolvers.items():
        if kind not in _ORDER:
            for resolver in resolvers:
                found[kind] = resolver(found)
    return found


def _sight(grant: Grant, user: User, on: dt.date) -> Sight:
    rights = frozenset(one.right for one in grant.role.rights.all())
    second_factor, role = grant.role.needs_second_factor, grant.role.code
    if grant.whole_operator:
        return Sight(rights, whole=True, second_factor=second_factor, role=role)
    pieces: dict[str, set[int]] = {}
    classes: set[str] = set()
    for scope in grant.scopes.all():
        if scope.kind == CLASS_KIND:
            classes.add(scope.target_code)
        elif scope.target_id is not None:
            pieces.setdefault(scope.kind, set()).add(scope.target_id)
    ids = expand(pieces, on) if pieces else {}
    ids["user"] = frozenset({user.pk})
    return Sight(rights, ids=ids, classes=frozenset(classes), second_factor=second_factor, role=role)


def _load(user: User) -> tuple[Sight, ...]:
    on = operator_today()
    grants = grants_of(user, on)
    if all(grant.whole_operator for grant in grants):
        return tuple(_sight(grant, user, on) for grant in grants)
    # Expansion reads registers that row policies guard: it acts as the system, for these reads alone.
    with acting(system_actor("scopes")):
        return tuple(_sight(grant, user, on) for grant in grants)


def may_sign_in(user: Any) -> bool:
    """A real, active user whose last day has not passed."""
    if not isinstance(user, User) or user.pk is None or not user.is_active:
        return False
    return user.ends_on is None or user.ends_on >= operator_today()


def sights_of(user: Any) -> tuple[Sight, ...]:
    """What the user may do and see now. Residents have none: they see through portal queries only.

    Kept for the length of one request or job (keyed by its id), never longer: a right withdrawn in between works
    on the next request.
    """
    if not may_sign_in(user) or not user.is_staff_user:
        return ()
    actor = current_actor()
    if actor is None or actor.user_id != user.pk:
        return _load(user)
    kept = getattr(user, "_lokum_sights", None)
    if kept is None or kept[0] != actor.request_id:
        kept = remember_sights(user, actor.request_id)
    return kept[1]  # type: ignore[no-any-return]


def remember_sights(user: Any, request_id: str) -> tuple[str, tuple[Sight, ...]]:
    """Read the grants once, for the request or job that runs under `request_id`."""
    user._lokum_sights = (request_id, _load(user))
    return user._lokum_sights  # type: ignore[no-any-return]
