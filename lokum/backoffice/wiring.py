"""Fills the seams of the register engine with what lies above it: audit lines."""

from typing import Any

from lokum.core.audit.services import note_event
from lokum.core.base.context import system_actor
from lokum.core.desk import journal


def _record(action: str, *, actor: Any, table_name: str, object_id: int | None, details: dict[str, Any]) -> None:
    note_event(action, actor=actor or system_actor("desk"), table_name=table_name, object_id=object_id, details=details)


def install() -> None:
    journal.install(_record)
