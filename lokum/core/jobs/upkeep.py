"""What the worker does between jobs. Layers above add their chores here (`chores.append(send_due)`)."""

from collections.abc import Callable
from typing import Any

from lokum.core.base import clock
from lokum.core.jobs.models import WorkerBeat

chores: list[Callable[[], Any]] = []


def beat() -> None:
    """Leave a sign of life that the health page reads."""
    WorkerBeat.objects.update_or_create(name="worker", defaults={"seen_at": clock.now()})
