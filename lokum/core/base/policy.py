"""Seam for rights: `access` installs the policy, every layer asks through these functions.

`base` must not know users and roles; it only fixes the questions that pages, API, jobs and search ask.
"""

from typing import Any, Protocol

from django.db.models import Model, QuerySet


class Policy(Protocol):
    def allowed(self, queryset: QuerySet[Any], user: Any, action: str) -> QuerySet[Any]:
        """The rows of `queryset` inside the user's data scope for `action`; empty without the right."""

    def within(self, queryset: QuerySet[Any], user: Any, right: str) -> QuerySet[Any]:
        """The rows that lie in the data scope of grants giving `right`, which may be of another model."""

    def may(self, user: Any, right: str) -> bool:
        """Whether the user holds a right ("estates.premises:view") in any scope at all."""


class _Closed:
    """Fail closed: as long as nobody has installed a policy, nobody may do anything."""

    def allowed(self, queryset: QuerySet[Any], user: Any, action: str) -> QuerySet[Any]:
        return queryset.none()

    def within(self, queryset: QuerySet[Any], user: Any, right: str) -> QuerySet[Any]:
        return queryset.none()

    def may(self, user: Any, right: str) -> bool:
        return False


_policy: Policy = _Closed()


def install(policy: Policy) -> None:
    global _policy
    _policy = policy


def right_of(model: type[Model] | Model, action: str) -> str:
    """Name of a right: `app.model:action`."""
    return f"{model._meta.label_lower}:{action}"


def allowed(queryset: QuerySet[Any], user: Any, action: str = "view") -> QuerySet[Any]:
    """The one filter of rows by right and data scope."""
    return _policy.allowed(queryset, user, action)


def within(queryset: QuerySet[Any], user: Any, right: str) -> QuerySet[Any]:
    """Rows of one model in the reach of a right of another ("may decide settings" at this node)."""
    return _policy.within(queryset, user, right)


def may(user: Any, right: str) -> bool:
    return _policy.may(user, right)
