"""Running one job: claimed under a lock, done in one transaction with its own "done", seen while it runs."""

import json
import logging
from typing import Any

import psycopg
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.utils import translation
from django.utils.translation import gettext as _

from lokum.core.access.models import User
from lokum.core.base import clock
from lokum.core.base.context import Actor, Reach, acting, system_actor
from lokum.core.base.errors import Refusal
from lokum.core.base.languages import in_every_language, worded
from lokum.core.jobs.models import Job
from lokum.core.jobs.registry import LOCK_SPACE, Cancelled, JobKind, kinds

logger = logging.getLogger(__name__)


class _Side:
    """A second connection that commits at once, so that progress is seen while the work's transaction is open."""

    def __init__(self, job_id: int) -> None:
        params = connection.get_connection_params()
        for name in ("cursor_factory", "context"):
            params.pop(name, None)
        self.connection = psycopg.connect(**params, autocommit=True)
        self.job_id = job_id
        taken = self.connection.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_SPACE, job_id]).fetchone()
        self.has_lock = bool(taken and taken[0])

    def execute(self, sql: str, *values: Any) -> Any:
        return self.connection.execute(sql, values)  # type: ignore[call-overload]

    def close(self) -> None:
        self.connection.close()


class Running:
    """The job as its work sees it (`registry.RunningJob`)."""

    def __init__(self, job: Job, actor: Actor, side: _Side) -> None:
        self.job = job
        self.actor = actor
        self._side = side

    def progress(self, done: int, total: int, step: Any = "") -> None:
        self._side.execute(
            "UPDATE jobs_job SET done_count = %s, total_count = %s, step = %s, seen_at = %s, "
            "words = words || %s::jsonb WHERE id = %s",
            done,
            total,
            str(step)[:200],
            clock.now(),
            json.dumps({"step": in_every_language(step, 200)}),
            self.job.pk,
        )
        self.stop_if_cancelled()

    def log(self, text: Any) -> None:
        self._side.execute(
            "INSERT INTO jobs_jobline (job_id, at, text, words) VALUES (%s, %s, %s, %s::jsonb)",
            self.job.pk, clock.now(), str(text), json.dumps(in_every_language(text, 2000)),
        )  # fmt: skip

    def stop_if_cancelled(self) -> None:
        row = self._side.execute("SELECT cancel_requested FROM jobs_job WHERE id = %s", self.job.pk).fetchone()
        if row and row[0]:
            raise Cancelled


def actor_of(job: Job) -> Actor:
    """Who acts in a job: its owner by name, or the system. Row policies let a job see the whole installation;
    what a result may show its owner is decided by `allowed` with that owner."""
    owner = User.objects.filter(pk=job.owner_id).first() if job.owner_id else None
    if owner is None:
        return system_actor(job.kind)
    return Actor(user_id=owner.pk, label=str(owner), reach=Reach(everything=True), request_id=f"job-{job.pk}")


def execute(job_id: int) -> None:
    """Run a waiting job to its end. Does nothing when another worker holds it or it is not waiting."""
    side = _Side(job_id)
    try:
        if not side.has_lock:
            return
        with transaction.atomic():
            claimed = Job.objects.filter(pk=job_id, state=Job.State.WAITING).update(
                state=Job.State.RUNNING, started_at=clock.now(), seen_at=clock.now(), finished_at=None
            )
        if not claimed:
            return
        side.execute("UPDATE jobs_job SET attempt_count = attempt_count + 1 WHERE id = %s", job_id)
        job = Job.objects.get(pk=job_id)
        _run(job, kinds.get(job.kind), side)
    finally:
        side.close()
        if not connection.in_atomic_block:
            connection.close()


def _run(job: Job, kind: JobKind | None, side: _Side) -> None:
    running = Running(job, actor_of(job), side)
    with translation.override(_language_of(job)):
        _work(job, kind, running)


def _language_of(job: Job) -> str:
    """Texts of the work that are no lazy ones are in the language of whoever ordered it."""
    language = User.objects.filter(pk=job.owner_id or 0).values_list("language", flat=True).first()
    return language or translation.get_language() or "en"


def _work(job: Job, kind: JobKind | None, running: Running) -> None:
    try:
        if kind is None:
            raise Refusal("job.unknown_kind", _("This version does not know how to do this work."))
        running.stop_if_cancelled()
        if kind.own_transactions:
            _finish(job, kind, kind.work(running, **job.arguments) or {})
        else:
            with acting(running.actor):
                _finish(job, kind, kind.work(running, **job.arguments) or {})
    except Cancelled:
        _end(job, Job.State.CANCELLED, "")
    except Refusal as refusal:
        _end(job, Job.State.FAILED, refusal.message)
    except DatabaseError as error:
        logger.exception("job %s failed", job.pk)
        told = str(error)
        _end(job, Job.State.FAILED, worded(lambda: _("The database refused the work: %(reason)s") % {"reason": told}))
    except Exception as error:
        logger.exception("job %s failed", job.pk)
        _end(job, Job.State.FAILED, f"{type(error).__name__}: {error}")


def _finish(job: Job, kind: JobKind, result: dict[str, Any]) -> None:
    """Mark done in the transaction of the effect itself. Progress was written by the side connection, which must
    not be blocked by this row: so this is the last statement of the work."""
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.DONE,
        finished_at=clock.now(),
        result=result,
        result_url=kind.result_url(result) if kind.result_url else "",
    )


def _end(job: Job, state: Job.State, error: Any) -> None:
    with transaction.atomic():
        words = Job.objects.values_list("words", flat=True).get(pk=job.pk) | {"error": in_every_language(error, 2000)}
        Job.objects.filter(pk=job.pk).update(state=state, error=str(error), words=words, finished_at=clock.now())
