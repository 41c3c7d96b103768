"""Sheets in: template, upload, mapping and dry run, bringing in, undo."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from lokum.core.base.context import current_actor
from lokum.core.base.errors import Refusal
from lokum.core.desk import large_sheets
from lokum.core.desk.columns import column
from lokum.core.desk.desk import ModelDesk
from lokum.core.desk.importing import services
from lokum.core.desk.importing.mapping import import_columns
from lokum.core.desk.models import ImportBatch
from lokum.core.desk.records import desk_at, missing
from lokum.core.desk.routes import by_desk
from lokum.core.desk.sheets import MEDIA_TYPES, unique_headings, write_xlsx

SHOWN_ERRORS = 200


@by_desk("import")
def template(request: HttpRequest, app_label: str, model: str) -> HttpResponse:
    """An empty sheet with the headings an import understands."""
    desk = desk_at(app_label, model, request.user)
    services.check_import_right(desk, request.user)
    columns = import_columns(desk, request.user)
    content = write_xlsx(unique_headings(columns), [], columns)
    response = HttpResponse(content, content_type=MEDIA_TYPES["xlsx"])
    response["Content-Disposition"] = f'attachment; filename="{desk.model_name}-template.xlsx"'
    return response


@by_desk("import")
def start(request: HttpRequest, app_label: str, model: str) -> HttpResponse:
    """Upload a sheet; below it the latest imports of this register."""
    desk = desk_at(app_label, model, request.user)
    services.check_import_right(desk, request.user)
    problem, status = "", 200
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            if file is None:
                raise Refusal("file.missing", _("Choose a file."))
            actor: Any = current_actor()
            batch = services.receive_sheet(desk, data=file.read(), name=file.name or "", user=request.user, actor=actor)
            return redirect(desk.path("import_batch", batch.pk))
        except Refusal as refusal:
            problem, status = str(refusal.message), refusal.status
    mine = ImportBatch.objects.filter(desk=desk.label, owner_id=request.user.pk)[:10]
    context = {"desk": desk, "title": _("Import: %(register)s") % {"register": desk.title}, "problem": problem}
    context |= {"batches": mine, "columns": import_columns(desk, request.user), "breadcrumbs": _crumbs(desk)}
    return render(request, "desk/import.html", context, status=status)


def _crumbs(desk: ModelDesk) -> list[dict[str, Any]]:
    return [{"label": desk.title, "url": desk.path("list")}, {"label": _("Import"), "url": ""}]


@by_desk("import")
def show(request: HttpRequest, app_label: str, model: str, pk: int) -> HttpResponse:
    """One batch: mapping, then figures and errors of the dry run, then the result."""
    desk = desk_at(app_label, model, request.user)
    services.check_import_right(desk, request.user)
    batch = services.batch_of(desk, pk, request.user)
    problem, status = "", 200
    if request.method == "POST":
        try:
            return _step(request, desk, batch)
        except Refusal as refusal:
            problem, status = str(refusal.message), refusal.status
    return render(request, "desk/import_batch.html", _batch_context(request, desk, batch, problem), status=status)


def _step(request: HttpRequest, desk: ModelDesk, batch: ImportBatch) -> HttpResponse:
    step, actor = request.POST.get("step", ""), current_actor()
    address = desk.path("import_batch", batch.pk)
    given: dict[str, Any] = {"user": request.user, "actor": actor}
    if step == "check":
        chosen = {
            key.removeprefix("column-"): str(value) for key, value in request.POST.items() if key[:7] == "column-"
        }
        services.map_columns(batch, desk, chosen, request.POST.get("policy", "all"), user=request.user)
    if step == "undo":
        services.undo_batch(desk, batch.pk, **given)
        messages.success(request, _("The import was undone."))
        return redirect(address)
    if step not in ("check", "run"):
        raise missing()
    if batch.row_count > services.JOB_ROWS and (job := large_sheets.order_import(desk, request.user, batch, step)):
        return redirect(job)
    done = (
        services.check_batch(desk, batch.pk, **given)
        if step == "check"
        else services.run_batch(desk, batch.pk, **given)
    )
    if done.state == "done":
        messages.success(request, services.summary(done))
    return redirect(address)


def _headings(batch: ImportBatch) -> list[dict[str, Any]]:
    """Columns of the sheet with the field each is mapped to and a first value."""
    fields, sample = batch.mapping["fields"], batch.rows.order_by("number").first()
    cells: Any = sample.values if sample is not None else []
    return [
        {
            "position": place,
            "heading": heading,
            "field": fields.get(str(place), ""),
            "sample": cells[place] if place < len(cells) else "",
        }
        for place, heading in enumerate(batch.mapping["headings"])
    ]


def _errors(batch: ImportBatch, labels: dict[str, str]) -> list[dict[str, Any]]:
    rows = batch.rows.filter(outcome="error").order_by("number")[:SHOWN_ERRORS]
    return [
        {"number": row.number, "field": labels.get(name, ""), "text": text}
        for row in rows
        for name, texts in row.errors.items()
        for text in texts
    ]


def _steps(state: str) -> list[dict[str, Any]]:
    return [
        {"label": _("Upload"), "state": "done"},
        {"label": _("Columns and dry run"), "state": "current" if state == "read" else "done"},
        {"label": _("Bring in"), "state": {"read": "todo", "checked": "current"}.get(state, "done")},
    ]


def _batch_context(request: HttpRequest, desk: ModelDesk, batch: ImportBatch, problem: str) -> dict[str, Any]:
    columns = import_columns(desk, request.user)
    return {
        "desk": desk,
        "batch": batch,
        "headings": _headings(batch),
        "columns": columns,
        "key_names": ", ".join(column(desk, name).label for name in desk.import_key),
        "errors": _errors(batch, {one.path: one.label for one in columns}),
        "steps": _steps(batch.state),
        "problem": problem,
        "breadcrumbs": _crumbs(desk),
        "title": batch.file_name,
        "may_run": batch.state == "checked" and (batch.error_count == 0 or batch.policy == "good"),
    }
