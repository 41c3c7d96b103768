"""Long work of this app: checking and bringing in large workbooks."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lokum.core.access.models import User
from lokum.core.jobs.registry import RunningJob, job_kind
from lokum.property.occupancy.queries import import_scope
from lokum.property.occupancy.services.importing import apply_workbook, check_workbook, undo_workbook


def _result_url(result: dict[str, Any]) -> str:
    return reverse("occupancy:import", args=[result["import_id"]])


@job_kind("occupancy.check_workbook", title=_("Checking a workbook"), result_url=_result_url)
def check(job: RunningJob, *, import_id: int) -> dict[str, Any]:
    user = User.objects.get(pk=job.actor.user_id or 0)
    done = check_workbook(import_id, actor=job.actor, scope=import_scope(user), progress=job.progress)
    return {"import_id": import_id, "problems": done.problem_count}


@job_kind("occupancy.apply_workbook", title=_("Bringing a workbook in"), result_url=_result_url)
def apply(job: RunningJob, *, import_id: int) -> dict[str, Any]:
    user = User.objects.get(pk=job.actor.user_id or 0)
    done = apply_workbook(import_id, actor=job.actor, scope=import_scope(user), progress=job.progress)
    return {"import_id": import_id, "rows": done.row_count}


@job_kind("occupancy.undo_workbook", title=_("Undoing a workbook"), result_url=_result_url)
def undo(job: RunningJob, *, import_id: int) -> dict[str, Any]:
    done = undo_workbook(import_id, actor=job.actor, progress=job.progress)
    return {"import_id": import_id, "rows": done.row_count}
