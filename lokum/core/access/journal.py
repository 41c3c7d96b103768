"""Seam for the log of sign-ins, refusals and the like: `audit` (one layer up) installs the writer."""

from typing import Any, Protocol

from lokum.core.base.context import Actor


class Writer(Protocol):
    def __call__(
        self,
        action: str,
        *,
        actor: Actor,
        table_name: str = "",
        object_id: int | None = None,
        details: dict[str, Any] | None = None,
    ) -> Any: ...


_writers: list[Writer] = []


def install(writer: Writer) -> None:
    if writer not in _writers:
        _writers.append(writer)


def record(
    action: str,
    *,
    actor: Actor,
    table_name: str = "",
    object_id: int | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Write one line to the log. Runs inside the caller's transaction."""
    for writer in _writers:
        writer(action, actor=actor, table_name=table_name, object_id=object_id, details=details)
