"""What the worker does between jobs. Layers above add their chores here (`chores.append(send_due)`)."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from lokum.core.access.first_passwords import expire_first_passwords
from lokum.core.audit.archive import months_ahead, prepare_months
from lokum.core.audit.chain import seal
from lokum.core.audit.models import AuditSeal
from lokum.core.base import clock
from lokum.core.base.context import acting, system_actor
from lokum.core.jobs.models import WorkerBeat

SEAL_EVERY = dt.timedelta(minutes=10)

chores: list[Callable[[], Any]] = []


def beat() -> None:
    """Leave a sign of life that the health page reads."""
    WorkerBeat.objects.update_or_create(name="worker", defaults={"seen_at": clock.now()})


def seal_history() -> None:
    """Chain the history written since the last seal, a few times an hour."""
    newest = AuditSeal.objects.order_by("-pk").values_list("sealed_at", flat=True).first()
    if newest is None or clock.now() - newest > SEAL_EVERY:
        with acting(system_actor("history")):
            seal()


def prepare_history() -> None:
    """Make the months of the history that are to come."""
    with acting(system_actor("history")):
        if not months_ahead():
            prepare_months()


def end_first_passwords() -> None:
    """Show first passwords that ran out as expired; at the sign-in page they are dead without it."""
    with acting(system_actor("first passwords")):
        expire_first_passwords()


chores += [seal_history, prepare_history, end_first_passwords]
