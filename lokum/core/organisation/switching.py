"""Answers the register engine's question whether a function is on, and hides rows of nodes where it is off."""

from typing import Any

from django.db.models import Q, QuerySet

from lokum.core.base import policy
from lokum.core.organisation.models import Node
from lokum.core.organisation.queries import nodes_without


def is_on_for(user: Any, function: str) -> bool:
    """On at any node the user reaches; somebody who reaches no node gets the answer for the whole operator."""
    off = nodes_without(function)
    if not off:
        return True
    reached = policy.allowed(Node.objects.all(), user, "view")
    if reached.exists():
        return bool(reached.exclude(pk__in=off).exists())
    return Node.objects.exclude(pk__in=off).exists()


def narrow(queryset: QuerySet[Any], function: str) -> QuerySet[Any]:
    """Without the rows that belong to nodes where the function is off."""
    path = getattr(queryset.model, "scope_path", {}).get("node")
    off = nodes_without(function) if path else set()
    return queryset.exclude(Q(**{f"{path}__in": off})) if off else queryset
