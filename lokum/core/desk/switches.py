"""Seam for switchable functions: `organisation` answers, every layer asks here.

A function ("portal.meters", "charges") is declared with a label; a register names the one it needs. Where it is
off, menu entry, pages and API answer "not found" while the data stays.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet

functions: dict[str, Any] = {}
_of_app: dict[str, str] = {}
_narrow: Callable[[QuerySet[Any], str], QuerySet[Any]] | None = None
_on: Callable[[Any, str], bool] | None = None


def add_function(name: str, label: Any, apps: Sequence[str] = ()) -> None:
    """Declare a function that can be switched; modules are functions without a dot.

    apps: labels of apps all of whose registers belong to it, unless they name another function.
    """
    functions[name] = label
    _of_app.update(dict.fromkeys(apps, name))


def function_of_app(app_label: str) -> str:
    return _of_app.get(app_label, "")


def install(on: Callable[[Any, str], bool], narrow: Callable[[QuerySet[Any], str], QuerySet[Any]]) -> None:
    """`on(user, function)`: switched on anywhere; `narrow(queryset, function)`: only rows of nodes where it is on."""
    global _on, _narrow
    _on, _narrow = on, narrow


def is_on(user: Any, function: str) -> bool:
    return not function or _on is None or _on(user, function)


def narrowed(queryset: QuerySet[Any], function: str) -> QuerySet[Any]:
    return _narrow(queryset, function) if function and _narrow is not None else queryset
