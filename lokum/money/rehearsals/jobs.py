"""Rehearsing and committing as background work, with progress that others can watch."""

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lokum.core.jobs.registry import RunningJob, job_kind
from lokum.money.rehearsals.services import commit_rehearsal, rehearse


def _page(result: dict[str, Any]) -> str:
    return reverse("desk:detail", args=["rehearsals", "rehearsal", result["rehearsal_id"]]) + "?tab=figures"


@job_kind("rehearsals.rehearse", title=_("Rehearsing the month"), result_url=_page)
def rehearse_month(job: RunningJob, *, entity_id: int, month: str) -> dict[str, Any]:
    row = rehearse(entity_id, dt.date.fromisoformat(month), actor=job.actor, progress=job.progress)
    return {"rehearsal_id": row.pk, "total": str(row.total_amount), "alarms": row.alarm_count}


@job_kind("rehearsals.commit", title=_("Committing the month"), result_url=_page)
def commit_month(job: RunningJob, *, rehearsal_id: int) -> dict[str, Any]:
    row = commit_rehearsal(rehearsal_id, actor=job.actor, progress=job.progress)
    return {"rehearsal_id": row.pk, "state": row.state}
