"""Issuing and producing documents as background work."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lokum.core.jobs.registry import RunningJob, job_kind
from lokum.money.documents.services import issue_statements, produce_batch


def _page(result: dict[str, Any]) -> str:
    return reverse("desk:detail", args=["documents", "deliverybatch", result["batch_id"]])


@job_kind("documents.issue", title=_("Issuing documents"), own_transactions=True, result_url=_page)
def issue(job: RunningJob, *, batch_id: int) -> dict[str, Any]:
    batch = issue_statements(batch_id, actor=job.actor, progress=job.progress)
    return {"batch_id": batch.pk, "documents": batch.items.count()}


@job_kind("documents.produce", title=_("Producing documents"), own_transactions=True, result_url=_page)
def produce(job: RunningJob, *, batch_id: int) -> dict[str, Any]:
    batch = produce_batch(batch_id, actor=job.actor, progress=job.progress)
    return {"batch_id": batch.pk}
