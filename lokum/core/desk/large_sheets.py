"""Seam for sheets too large for one request: `jobs` lies above, the back office installs the order there."""

from collections.abc import Callable
from typing import Any

_order: Callable[[Any, Any, str], str] | None = None


def install(order: Callable[[Any, Any, str], str]) -> None:
    """`order(desk, user, query)` queues the job and returns the address of its page."""
    global _order
    _order = order


def order(desk: Any, user: Any, query: str) -> str:
    """The address of the job's page; "" when no queue is installed, then the sheet is made at once."""
    return _order(desk, user, query) if _order is not None else ""


_order_import: Callable[[Any, Any, Any, str], str] | None = None


def install_import(order_import: Callable[[Any, Any, Any, str], str]) -> None:
    """`order_import(desk, user, batch, step)`: step "check" or "run" of a large batch as a job; gives its address."""
    global _order_import
    _order_import = order_import


def order_import(desk: Any, user: Any, batch: Any, step: str) -> str:
    return _order_import(desk, user, batch, step) if _order_import is not None else ""
