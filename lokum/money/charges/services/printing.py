"""The notices of a run as few files for printing: in the order of delivery, each payer once."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.annex.models import Attachment
from lokum.core.annex.services import attach_file
from lokum.core.base.context import Actor, acting
from lokum.core.base.errors import Refusal
from lokum.core.papers.batches import papers_in_order
from lokum.core.papers.models import IssuedDocument
from lokum.core.papers.rendering.volumes import MOST_PER_VOLUME, volumes
from lokum.money.charges.models import ChargeRun
from lokum.money.charges.services.month import Progress, lock_run, refuse_state, silent


def _in_order(run: ChargeRun) -> list[int]:
    """Documents of the run by their numbers; behind a notice the copies of its joint payers."""
    rows = IssuedDocument.objects.filter(pk__in=run.notices.values("document_id"))
    places = {pk: (serial, "") for pk, serial in rows.values_list("pk", "serial")}
    for series, period, serial in rows.filter(data__has_key="joint").values_list("series", "series_period", "serial"):
        copies = IssuedDocument.objects.filter(kind="notice_copy", series=series, series_period=period, serial=serial)
        places |= {pk: (serial, number) for pk, number in copies.values_list("pk", "number")}
    return sorted(places, key=lambda pk: (*places[pk], pk))


def print_notices(
    run_id: int, *, actor: Actor, progress: Progress = silent, most: int = MOST_PER_VOLUME
) -> list[Attachment]:
    """Render the notices of a posted run and attach them to the run in volumes of at most `most` papers.

    Numbers were given in the order of delivery, so that is the order of the pages. Safe to repeat: papers are
    rendered once for ever, an attached volume becomes a new version of itself.
    """
    with acting(actor):
        run = lock_run(run_id)
        if run.state != ChargeRun.State.POSTED:
            raise refuse_state(run)
        documents = _in_order(run)
    if not documents:
        raise Refusal("charge_run.empty", _("The run has no notices."))
    attached = []
    total = len(documents)

    def done(count: int) -> None:
        progress(count, total, gettext_lazy("Rendering notices") if count < total else "")

    papers = papers_in_order(documents, actor=actor, done=done)
    for number, data in enumerate(volumes(papers, most), 1):
        upload = SimpleUploadedFile(f"notices-{run.period:%Y-%m}-{number:02}.pdf", data, "application/pdf")
        with acting(actor):
            description = _("Notices to print")
            attached.append(attach_file(run, upload, actor=actor, kind="notices", description=description, most=None))
    return attached
