"""The scope switch: a user looks at one branch or one estate at a time.

The choice only takes away from what the grants give; it lasts as long as the session, and tokens know none. Registers
without a place (users, country rules) are not narrowed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from lokum.core.access.scopes import expand, operator_today
from lokum.core.base.context import acting, system_actor

SESSION_KEY = "lokum_scope"
KINDS = ("node", "estate")
_PLACES = ("node", "estate", "building", "entrance", "premises", "party")


@dataclass(frozen=True)
class Narrowing:
    """The place a user chose to look at, with everything it implies."""

    kind: str
    id: int
    name: str
    ids: Mapping[str, Any]
    own_node: int | None = None  # the node of a chosen estate, for registers that know nodes alone

    def condition(self, scope_path: Mapping[str, str]) -> Q | None:
        """Filter of a model with this `scope_path`; None = the model is not narrowed."""
        kinds = [kind for kind in _PLACES if kind in scope_path]
        if not kinds:
            return None
        condition = Q()
        for kind in kinds:
            if self.ids.get(kind) is not None:
                condition |= Q(**{f"{scope_path[kind]}__in": self.ids[kind]})
        if condition:
            return condition
        if self.own_node is not None and "node" in scope_path:
            return Q(**{scope_path["node"]: self.own_node})
        return Q(pk__in=())


def narrow(user: Any, kind: str, id: int, name: str, *, own_node: int | None = None) -> None:
    """Let `user` see only this place, in this request or job."""
    with acting(system_actor("scopes")):
        ids = expand({kind: [id]}, operator_today())
    user.narrowed_to = Narrowing(kind, id, name, ids, own_node)


def narrow_by_session(request: Any) -> None:
    """Take up what the session holds; pages of members of staff only."""
    chosen = request.session.get(SESSION_KEY) if getattr(request.user, "is_staff_user", False) else None
    if chosen and not request.path.startswith("/api/"):
        narrow(request.user, **chosen)


def widen(user: Any) -> None:
    user.narrowed_to = None


def narrowed(queryset: QuerySet[Any], user: Any) -> QuerySet[Any]:
    """The rows that lie in the chosen place; all of them where none is chosen."""
    narrowing: Narrowing | None = getattr(user, "narrowed_to", None)
    if narrowing is None:
        return queryset
    condition = narrowing.condition(getattr(queryset.model, "scope_path", {}))
    return queryset if condition is None else queryset.filter(condition)


def as_arguments(user: Any) -> dict[str, Any] | None:
    """The choice of a user as arguments of `narrow`, for a job that works for them."""
    one: Narrowing | None = getattr(user, "narrowed_to", None)
    return None if one is None else {"kind": one.kind, "id": one.id, "name": one.name, "own_node": one.own_node}
