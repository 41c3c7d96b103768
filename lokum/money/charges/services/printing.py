"""The notices of a run as few files for printing: in the order of delivery, each payer once."""

from collections.abc import Iterator

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import gettext as _

from lokum.core.annex.models import Attachment
from lokum.core.annex.services import attach_file
from lokum.core.base.context import Actor, acting
from lokum.core.base.errors import Refusal
from lokum.core.papers.models import IssuedDocument
from lokum.core.papers.rendering.volumes import MOST_PER_VOLUME, volumes
from lokum.core.papers.services import pdf_of
from lokum.money.charges.models import ChargeRun
from lokum.money.charges.services.month import Progress, lock_run, refuse_state, silent

PORTION = 50  # papers rendered in one transaction


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
        documents = list(run.notices.order_by("document__serial").values_list("document_id", flat=True))
    if not documents:
        raise Refusal("charge_run.empty", _("The run has no notices."))
    attached = []
    for number, data in enumerate(volumes(_papers(documents, actor, progress), most), 1):
        upload = SimpleUploadedFile(f"notices-{run.period:%Y-%m}-{number:02}.pdf", data, "application/pdf")
        with acting(actor):
            attached.append(attach_file(run, upload, actor=actor, kind="notices", description=_("Notices to print")))
    return attached


def _papers(documents: list[int], actor: Actor, progress: Progress) -> Iterator[bytes]:
    for first in range(0, len(documents), PORTION):
        progress(first, len(documents), _("Rendering notices"))
        part = documents[first : first + PORTION]
        with acting(actor):
            found = IssuedDocument.objects.select_related("entity").in_bulk(part)
            papers = [pdf_of(found[pk], actor=actor) for pk in part]
        yield from papers
    progress(len(documents), len(documents), "")
