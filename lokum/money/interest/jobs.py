"""Interest runs as background work, with progress that others can watch."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lokum.core.jobs.registry import RunningJob, job_kind
from lokum.money.interest.services import compute_run, post_run, undo_run


def _page(result: dict[str, Any]) -> str:
    return reverse("desk:detail", args=["interest", "interestrun", result["run_id"]]) + "?tab=figures"


@job_kind("interest.compute_run", title=_("Computing interest"), result_url=_page)
def compute(job: RunningJob, *, run_id: int) -> dict[str, Any]:
    run = compute_run(run_id, actor=job.actor, progress=job.progress)
    return {"run_id": run.pk, "notes": run.note_count, "corrections": run.correction_count}


@job_kind("interest.post_run", title=_("Posting interest notes"), result_url=_page)
def post(job: RunningJob, *, run_id: int) -> dict[str, Any]:
    run = post_run(run_id, actor=job.actor, progress=job.progress)
    return {"run_id": run.pk, "notes": run.note_count, "corrections": run.correction_count}


@job_kind("interest.undo_run", title=_("Undoing an interest run"), result_url=_page)
def undo(job: RunningJob, *, run_id: int, reason: str) -> dict[str, Any]:
    run = undo_run(run_id, reason, actor=job.actor)
    return {"run_id": run.pk}
