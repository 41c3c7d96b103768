"""Month runs as background work: computing and posting, with progress that others can watch."""

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lokum.core.jobs.models import Job
from lokum.core.jobs.registry import RunningJob, every_day, job_kind
from lokum.money.charges.one_off_actions import raise_by_filter
from lokum.money.charges.services import compute_run, post_run, print_notices, undo_run
from lokum.money.charges.services.correcting import compare_months
from lokum.money.charges.services.looking_back import look_back


def _page(result: dict[str, Any]) -> str:
    return reverse("desk:detail", args=["charges", "chargerun", result["run_id"]]) + "?tab=figures"


@job_kind("charges.compute_run", title=_("Computing the month"), result_url=_page)
def compute(job: RunningJob, *, entity_id: int, period: str) -> dict[str, Any]:
    run = compute_run(entity_id, dt.date.fromisoformat(period), actor=job.actor, progress=job.progress)
    return {"run_id": run.pk, "lines": run.line_count, "problems": run.problem_count}


@job_kind("charges.post_run", title=_("Posting the month"), result_url=_page)
def post(job: RunningJob, *, run_id: int) -> dict[str, Any]:
    run = post_run(run_id, actor=job.actor, progress=job.progress)
    return {"run_id": run.pk, "notices": run.notice_count}


@job_kind("charges.undo_run", title=_("Undoing the month"), result_url=_page)
def undo(job: RunningJob, *, run_id: int, reason: str) -> dict[str, Any]:
    run = undo_run(run_id, reason, actor=job.actor)
    return {"run_id": run.pk}


@job_kind("charges.print_run", title=_("Printing the notices of a month"), own_transactions=True, result_url=_page)
def print_run(job: RunningJob, *, run_id: int) -> dict[str, Any]:
    attached = print_notices(run_id, actor=job.actor, progress=job.progress)
    return {"run_id": run_id, "files": [one.name for one in attached]}


def _batch_page(result: dict[str, Any]) -> str:
    return reverse("desk:detail", args=["charges", "chargebatch", result["batch_id"]])


@job_kind("charges.raise_charges", title=_("Raising one-off charges"), result_url=_batch_page)
def raise_charges(job: RunningJob, **values: Any) -> dict[str, Any]:
    batch = raise_by_filter(values, actor=job.actor, progress=job.progress)
    return {"batch_id": batch.pk, "charges": batch.charge_count, "total": str(batch.total_amount)}


def _correction_page(result: dict[str, Any]) -> str:
    return reverse("desk:detail", args=["charges", "correctionrun", result["run_id"]]) + "?tab=differences"


@job_kind("charges.compare_months", title=_("Comparing posted months"), result_url=_correction_page)
def compare(
    job: RunningJob, *, entity_id: int, since: str, until: str, reason: str, premises_id: int | None = None
) -> dict[str, Any]:
    run = compare_months(
        entity_id,
        dt.date.fromisoformat(since),
        dt.date.fromisoformat(until),
        reason,
        actor=job.actor,
        premises_id=premises_id,
        progress=job.progress,
    )
    return {"run_id": run.pk, "documents": run.document_count, "problems": run.problem_count}


def _proposal_page(result: dict[str, Any]) -> str:
    return _correction_page(result) if result.get("run_id") else ""


@job_kind("charges.look_back", title=_("Looking for posted months that changes touch"), result_url=_proposal_page)
def look(job: RunningJob, *, entity_id: int) -> dict[str, Any]:
    """Goes on where the last night ended, one day earlier: what was in the making then is seen as well."""
    done = Job.objects.filter(kind="charges.look_back", arguments__entity_id=entity_id, state=Job.State.DONE)
    last = done.order_by("-pk").values_list("result", flat=True).first() or {}
    text = last.get("seen_until")
    seen_until = dt.datetime.fromisoformat(text) - dt.timedelta(days=1) if text else None
    found = look_back(entity_id, seen_until, actor=job.actor, progress=job.progress)
    if found.waits:
        job.log(_("A correction waits for approval; the months are looked at after the decision."))
        return {"seen_until": text}
    if found.older:
        job.log(_("A change counts from more than 36 months ago: compare the older months by hand."))
    result: dict[str, Any] = {"seen_until": found.seen_until.isoformat() if found.seen_until else text}
    if found.proposal is not None:
        result |= {"run_id": found.proposal.pk, "documents": found.proposal.document_count,
                   "total": str(found.proposal.total_amount)}  # fmt: skip
    return result


every_day("charges.look_back", "03:40", per_entity=True)
