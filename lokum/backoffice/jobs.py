"""Work of registers that is too long for a request: large sheets out and in."""

import datetime as dt
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from lokum.core.access.models import User
from lokum.core.access.narrowing import narrow
from lokum.core.annex.services import store_file
from lokum.core.base import clock
from lokum.core.base.errors import Missing
from lokum.core.desk import journal
from lokum.core.desk.desk import ModelDesk, registry
from lokum.core.desk.importing.services import check_batch, run_batch
from lokum.core.desk.listing import listing, params_of
from lokum.core.desk.models import IdempotencyKey
from lokum.core.desk.records import check_right
from lokum.core.desk.sheets import MEDIA_TYPES, write_listing
from lokum.core.jobs.registry import RunningJob, every_day, job_kind
from lokum.core.organisation.legal_data import take_effect_everywhere

KEY_DAYS = 31


def _desk(label: str) -> ModelDesk:
    desk = registry.desks.get(label)
    if desk is None:
        raise Missing("register.missing", _("There is no such register."))
    return desk


def _file_url(result: dict[str, Any]) -> str:
    return reverse("backoffice:sheet", args=[result["job"]])


@job_kind("desk.export", title=gettext_lazy("Sheet of a register"), result_url=_file_url)
def export_sheet(
    job: RunningJob, *, desk: str, query: str, user_id: int, place: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Write the filtered list as the user may see it at this moment, and keep the file (place: the scope switch)."""
    user, register = User.objects.get(pk=user_id), _desk(desk)
    if place is not None:
        narrow(user, **place)
    check_right(register, user, "export")
    params = params_of(QueryDict(query))
    kind = (params.get("format") or ["xlsx"])[-1]
    with override(user.language):
        shown = listing(register, user, params, action="export")
        count = shown.queryset.order_by().count()
        job.progress(0, count, _("Writing rows"))
        content = write_listing(shown, kind, for_import=(params.get("scope") or [""])[-1] == "fields")
    stored = store_file(content, media_type=MEDIA_TYPES[kind].partition(";")[0])
    details = {"format": kind, "rows": count, "query": query[:500]}
    journal.record_event("export", actor=job.actor, table_name=register.model._meta.db_table, details=details)
    job.progress(count, count)
    return {"file": stored.pk, "name": f"{register.model_name}.{kind}", "rows": count, "job": job.job.pk}  # type: ignore[attr-defined]


@job_kind("desk.forget_keys", title=gettext_lazy("Forgetting old idempotency keys"))
def forget_keys(job: RunningJob) -> dict[str, Any]:
    """Keys of repeated requests are kept for a month; the ones that must never repeat stay."""
    before = clock.now() - dt.timedelta(days=KEY_DAYS)
    count, _by_model = IdempotencyKey.objects.filter(created_at__lt=before, kept_for_ever=False).delete()
    return {"count": count}


every_day("desk.forget_keys", "03:40")


@job_kind("organisation.legal_data", title=gettext_lazy("Legal data that begin today"))
def begin_legal_data(job: RunningJob) -> dict[str, Any]:
    """Planned names, addresses and numbers of entities come into force; documents read the day by themselves."""
    return {"count": take_effect_everywhere()}


every_day("organisation.legal_data", "00:10")


def _batch_url(result: dict[str, Any]) -> str:
    return _desk(result["desk"]).path("import_batch", result["batch"])


@job_kind("desk.import", title=gettext_lazy("Import into a register"), result_url=_batch_url)
def import_step(job: RunningJob, *, desk: str, batch_id: int, step: str, user_id: int) -> dict[str, Any]:
    """The dry run or the bringing-in of a large batch; all of it is one transaction."""
    user, register = User.objects.get(pk=user_id), _desk(desk)

    def progress(done: int, total: int) -> None:
        job.stop_if_cancelled()
        job.progress(done, total)

    work = check_batch if step == "check" else run_batch
    batch = work(register, batch_id, user=user, actor=job.actor, progress=progress)
    counts = {name: getattr(batch, f"{name}_count") for name in ("created", "updated", "same", "error")}
    return {"desk": desk, "batch": batch.pk, **counts}
