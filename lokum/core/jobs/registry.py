"""Kinds of long work, and the calendar of what runs by itself.

    @job_kind("charges.compute_run", title=_("Computing the month"))
    def compute(job: RunningJob, *, run_id: int) -> dict[str, Any]:
        job.progress(0, 3, _("Reading agreements"))
        ...
        return {"lines": 800}

The function runs inside one transaction together with the row that says "done": a worker killed at any moment
leaves either everything or nothing, and the job starts again.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from lokum.core.base.context import Actor

# First half of the two-part advisory lock that a worker holds on a job while it runs.
LOCK_SPACE = 7_001


class Cancelled(Exception):
    """The owner asked to stop; everything done so far is rolled back."""


class RunningJob(Protocol):
    """What the work sees of its job."""

    actor: Actor

    def progress(self, done: int, total: int, step: Any = "") -> None: ...

    def log(self, text: Any) -> None: ...

    def stop_if_cancelled(self) -> None: ...


Work = Callable[..., dict[str, Any] | None]


@dataclass(frozen=True)
class JobKind:
    """name: stable id; work: the function; own_transactions: the work commits by itself, in steps that may be
    repeated without harm (rendering papers, sending); result_url: page of the result, made from the result."""

    name: str
    title: Any
    work: Work
    own_transactions: bool = False
    result_url: Callable[[dict[str, Any]], str] | None = None


@dataclass(frozen=True)
class Daily:
    """A kind ordered once a day at a time of day; `per_entity`: once for each entity, in the entity's time zone."""

    kind: str
    at: dt.time
    per_entity: bool = False
    time_zone: str = "Europe/Warsaw"


kinds: dict[str, JobKind] = {}
calendar: list[Daily] = []


def job_kind(
    name: str,
    *,
    title: Any,
    own_transactions: bool = False,
    result_url: Callable[[dict[str, Any]], str] | None = None,
) -> Callable[[Work], Work]:
    """Register the decorated function as the work of a kind; a name is registered once."""

    def decorate(work: Work) -> Work:
        if name in kinds:
            raise ValueError(f"job kind {name} is registered twice")
        kinds[name] = JobKind(name, title, work, own_transactions, result_url)
        return work

    return decorate


def every_day(kind: str, at: str, *, per_entity: bool = False, time_zone: str = "Europe/Warsaw") -> None:
    """Order `kind` every day at `at` ("02:30"). Per entity, the work receives `entity_id`."""
    calendar.append(Daily(kind, dt.time.fromisoformat(at), per_entity, time_zone))
