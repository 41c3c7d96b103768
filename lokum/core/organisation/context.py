"""Whose installation this is: the name every page shell shows."""

from typing import Any

from django.core.cache import caches
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from lokum.core.base import clock
from lokum.core.base.context import acting, system_actor
from lokum.core.organisation.models import Node

_KEY = "organisation.operator_name"
_SECONDS = 60


def operator_name() -> str:
    """Name of the root of the organisation tree; "" while there is none. Read once a minute per process.

    The name is public (it stands on the sign-in page), so the system reads it: a stranger's own reach is empty.
    """
    known: str | None = caches["local"].get(_KEY)
    if known is not None:
        return known
    try:
        with acting(system_actor("shell")):
            roots = Node.objects.exclude(placements__valid__contains=clock.today()).order_by("pk")
            name = roots.values_list("name", flat=True).first() or ""
    except DatabaseError:
        return ""  # a page that tells of a database in trouble must not fail over its own header
    caches["local"].set(_KEY, name, _SECONDS)
    return name


def forget_operator_name(**_signal: Any) -> None:
    caches["local"].delete(_KEY)


def operator(request: HttpRequest) -> dict[str, Any]:
    """Context processor; pages without a shell cost no query."""
    return {"operator_name": SimpleLazyObject(operator_name)}
