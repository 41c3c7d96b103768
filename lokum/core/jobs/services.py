"""Ordering, cancelling and repeating long work."""

from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.base.languages import in_every_language
from lokum.core.jobs.models import Job
from lokum.core.jobs.registry import LOCK_SPACE, kinds
from lokum.core.jobs.tasks import run_job


def order_job(kind: str, *, key: str, title: Any, arguments: dict[str, Any], actor: Actor) -> Job:
    """Queue work once: the same key names the same work, so a second order returns the first job.

    title: a text, or a lazy one, which is kept in every language (so that everybody reads it in the own one).
    The order is part of the caller's transaction: rolled back with it, never lost after it.
    Raises KeyError for an unknown kind.
    """
    if kind not in kinds:
        raise KeyError(kind)
    with transaction.atomic():
        job, made = Job.objects.get_or_create(
            key=key,
            defaults={
                "kind": kind,
                "title": str(title)[:200],
                "words": _named(title),
                "arguments": arguments,
                "owner_id": actor.user_id,
            },
        )
        if made:
            run_job.defer(job_id=job.pk)
    return job


def _named(title: Any) -> dict[str, Any]:
    found = in_every_language(title, 200)
    return {"title": found} if found else {}


def _locked(pk: int) -> Job:
    job = Job.objects.select_for_update().filter(pk=pk).first()
    if job is None:
        raise Missing("job.missing", _("There is no such job."))
    return job


def cancel_job(pk: int, *, actor: Actor) -> Job:
    """Ask a job to stop: a waiting one is cancelled at once, a running one at its next safe point."""
    with transaction.atomic():
        job = _locked(pk)
        if job.state == Job.State.WAITING:
            job.state = Job.State.CANCELLED
            job.finished_at = clock.now()
        elif job.state == Job.State.RUNNING:
            job.cancel_requested = True
        else:
            raise Refusal("job.over", _("This job has ended already."))
        job.save(update_fields=["state", "finished_at", "cancel_requested"])
    return job


def retry_job(pk: int, *, actor: Actor) -> Job:
    """Queue a failed or cancelled job again, under the same key."""
    with transaction.atomic():
        job = _locked(pk)
        if job.state not in (Job.State.FAILED, Job.State.CANCELLED):
            raise Refusal("job.not_ended", _("Only a failed or cancelled job can be started again."))
        job.state = Job.State.WAITING
        job.cancel_requested = False
        job.error = ""
        job.finished_at = None
        job.save(update_fields=["state", "cancel_requested", "error", "finished_at"])
        run_job.defer(job_id=job.pk)
    return job


def rescue_jobs() -> int:
    """Queue again what a dead worker left: running jobs whose lock nobody holds. Returns how many."""
    rescued = 0
    running = list(Job.objects.filter(state=Job.State.RUNNING).values_list("pk", flat=True))
    for pk in running:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK_SPACE, pk])
            if not cursor.fetchone()[0]:
                continue
            if Job.objects.filter(pk=pk, state=Job.State.RUNNING).update(state=Job.State.WAITING):
                run_job.defer(job_id=pk)
                rescued += 1
    return rescued
