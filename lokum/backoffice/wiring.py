"""Fills the seams of the register engine with what lies above it: audit lines, jobs, PDF lists."""

import uuid
from typing import Any

from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lokum.backoffice import jobs
from lokum.core.access.narrowing import as_arguments
from lokum.core.audit.services import note_event
from lokum.core.base import clock
from lokum.core.base.context import current_actor, system_actor
from lokum.core.base.errors import Refusal
from lokum.core.base.languages import worded
from lokum.core.desk import journal, large_sheets, sheets
from lokum.core.desk.addresses import url_of
from lokum.core.jobs.services import order_job
from lokum.core.outbox.models import Webhook
from lokum.core.outbox.services import publish
from lokum.core.papers.rendering.lists import render_list
from lokum.core.papers.rendering.process import RenderProblem

PDF_ROWS = 20_000


def _record(action: str, *, actor: Any, table_name: str, object_id: int | None, details: dict[str, Any]) -> None:
    note_event(action, actor=actor or system_actor("desk"), table_name=table_name, object_id=object_id, details=details)


def _publish(name: str, payload: dict[str, Any], dedupe_key: str) -> None:
    """Only events somebody asked for are written: registers change often."""
    wanted = Q(events__contains=[name]) | Q(events__contains=["*"])
    if Webhook.objects.filter(wanted, active=True).exists():
        publish(name, payload, dedupe_key=dedupe_key)


def _order_sheet(desk: Any, user: Any, query: str) -> str:
    actor = current_actor() or system_actor("desk")
    arguments = {"desk": desk.label, "query": query, "user_id": user.pk, "place": as_arguments(user)}
    title = worded(lambda: _("Sheet: %(register)s") % {"register": desk.title})
    job = order_job("desk.export", key=f"sheet-{uuid.uuid4()}", title=title, arguments=arguments, actor=actor)
    return url_of(job)


def _order_import(desk: Any, user: Any, batch: Any, step: str) -> str:
    actor = current_actor() or system_actor("desk")
    arguments = {"desk": desk.label, "batch_id": batch.pk, "step": step, "user_id": user.pk}
    title = worded(lambda: _("Import: %(file)s") % {"file": batch.file_name})
    key = f"import-{batch.pk}-{step}-{uuid.uuid4()}"
    return url_of(order_job("desk.import", key=key, title=title, arguments=arguments, actor=actor))


def _pdf(listing: sheets.PrintedList) -> bytes:
    if listing.count > PDF_ROWS:
        raise Refusal("list.too_long", _("A list of so many rows is not printed. Filter it, or take a sheet."))
    try:
        return render_list(
            listing.title,
            listing.headings,
            listing.rows,
            right=listing.right,
            totals=listing.totals,
            note=listing.note,
            language=get_language() or "en",
            day=clock.today(),
        )
    except RenderProblem:
        raise Refusal("list.render", _("The list could not be printed. Try fewer columns."))


def install() -> None:
    assert jobs
    journal.install(_record)
    journal.install_publisher(_publish)
    large_sheets.install(_order_sheet)
    large_sheets.install_import(_order_import)
    sheets.add_format("pdf", "application/pdf", _pdf)
