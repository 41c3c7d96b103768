"""The one policy: rights of roles, within the data scope of the grant that gives them."""

from typing import Any

from django.db.models import Q, QuerySet

from lokum.core.access.narrowing import narrowed
from lokum.core.access.rights import holds
from lokum.core.access.scopes import Sight, sights_of
from lokum.core.base.policy import right_of


def _sights(user: Any, right: str) -> list[Sight]:
    """The grants that give `right`, after the scopes of the token the user came with."""
    token_scopes = getattr(user, "token_scopes", None)
    if token_scopes is not None and not holds(token_scopes, right):
        return []
    return [sight for sight in sights_of(user) if sight.covers(right)]


def within(queryset: QuerySet[Any], user: Any, right: str, role: str = "") -> QuerySet[Any]:
    """The rows of `queryset` that lie in the data scope of grants giving `right`, which may be of another model.

    role: only grants of the role with this code count.
    """
    model = queryset.model
    sights = [sight for sight in _sights(user, right) if not role or sight.role == role]
    if not sights:
        return queryset.none()
    queryset = narrowed(queryset, user)
    if getattr(model, "scope_open", False) or any(sight.whole for sight in sights):
        return queryset
    condition = Q()
    scope_path = getattr(model, "scope_path", {})
    for sight in sights:
        part = sight.condition(scope_path)
        if part is not None:
            condition |= part
    return queryset.filter(condition) if condition else queryset.none()


class GrantPolicy:
    def allowed(self, queryset: QuerySet[Any], user: Any, action: str) -> QuerySet[Any]:
        return within(queryset, user, right_of(queryset.model, action))

    def within(self, queryset: QuerySet[Any], user: Any, right: str) -> QuerySet[Any]:
        return within(queryset, user, right)

    def may(self, user: Any, right: str) -> bool:
        return bool(_sights(user, right))
