"""Seam for events that change no row (export, refusal, view of protected data): `audit` lies above and fills it."""

from collections.abc import Callable
from typing import Any

Recorder = Callable[..., None]
_recorder: Recorder | None = None


def install(recorder: Recorder) -> None:
    """`recorder(action, *, actor, table_name, object_id, details)` writes one audit line."""
    global _recorder
    _recorder = recorder


def record_event(
    action: str, *, actor: Any, table_name: str = "", object_id: int | None = None, details: Any = None
) -> None:
    if _recorder is not None:
        _recorder(action, actor=actor, table_name=table_name, object_id=object_id, details=details or {})
