"""Seam for events that change no row (export, refusal, view of protected data): `audit` lies above and fills it."""

from collections.abc import Callable
from typing import Any

Recorder = Callable[..., None]
_recorder: Recorder | None = None


def install(recorder: Recorder) -> None:
    """`recorder(action, *, actor, table_name, object_id, details)` writes one audit line."""
    global _recorder
    _recorder = recorder


Publisher = Callable[[str, dict[str, Any], str], None]
_publisher: Publisher | None = None


def install_publisher(publisher: Publisher) -> None:
    """`publisher(name, payload, dedupe_key)` writes an event for webhooks in the transaction of the change."""
    global _publisher
    _publisher = publisher


def publish_change(label: str, verb: str, record: Any) -> None:
    """Tell that a record of a register was added, changed or deleted: "estates.premises.changed"."""
    if _publisher is not None:
        name, version = f"{label}.{verb}", getattr(record, "version", None)
        payload = {"register": label, "id": record.pk, "name": str(record), "version": version}
        _publisher(name, payload, f"{name}:{record.pk}:{version}")


def record_event(
    action: str, *, actor: Any, table_name: str = "", object_id: int | None = None, details: Any = None
) -> None:
    if _recorder is not None:
        _recorder(action, actor=actor, table_name=table_name, object_id=object_id, details=details or {})
