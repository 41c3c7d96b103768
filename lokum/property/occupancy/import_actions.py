"""Steps of a workbook: small ones now, large ones by a job. For pages, registers and API alike."""

from typing import Any

from django.utils.translation import gettext as _

from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing
from lokum.core.jobs.services import order_job
from lokum.property.occupancy.models import EstateImport
from lokum.property.occupancy.services import undo_workbook

JOB_ROWS = 3_000  # larger workbooks are checked, brought in and undone by a background job


def order_step(chosen: EstateImport, step: str, *, actor: Actor) -> int:
    """Order a step as a job, once; returns the job. A failed undo may be ordered again when its reasons are gone."""
    key = f"occupancy.{step}_workbook:{chosen.pk}"
    if step == "undo":
        key += f":{actor.request_id}"
    arguments = {"import_id": chosen.pk}
    return order_job(f"occupancy.{step}_workbook", key=key, title=chosen.file_name, arguments=arguments, actor=actor).pk


def undo(pk: int, *, actor: Actor) -> Any:
    """Take a workbook back (see `services.undo_workbook`); a large one by a job."""
    chosen = EstateImport.objects.filter(pk=pk).first()
    if chosen is None:
        raise Missing("import.missing", _("There is no such import."))
    if chosen.row_count > JOB_ROWS and chosen.state == EstateImport.State.DONE:
        order_step(chosen, "undo", actor=actor)
        return _("The workbook is being undone by a job.")
    undo_workbook(pk, actor=actor)
    return _("The workbook was undone.")
