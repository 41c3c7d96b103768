"""Pages of the estate's workbook: file, check, brought in; template and export."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST

from lokum.core.audit.services import note_event
from lokum.core.base import clock, policy
from lokum.core.base.context import current_actor
from lokum.core.base.errors import Missing, Refusal
from lokum.core.desk.routes import needs
from lokum.core.organisation.chosen import preselected_entity, remember_entity
from lokum.core.organisation.models import Entity
from lokum.property.estates.models import Estate
from lokum.property.occupancy import import_actions
from lokum.property.occupancy.forms import ExportForm, WorkbookForm
from lokum.property.occupancy.models import EstateImport
from lokum.property.occupancy.queries import import_scope
from lokum.property.occupancy.services.importing import (
    MEDIA_TYPE,
    apply_workbook,
    check_workbook,
    receive_workbook,
    undo_workbook,
)
from lokum.property.occupancy.workbook.layout import SHEETS
from lokum.property.occupancy.workbook.writing import export, template
from lokum.property.parties.models import Party

RIGHT = "estates.premises:import"
UNDO_RIGHT = "occupancy.estateimport:undo"
_STEPS = (_lazy("File"), _lazy("Check"), _lazy("Brought in"))


def _steps(done: int) -> list[dict[str, Any]]:
    states = ["done"] * done + ["current"] * (done < 3) + ["todo"] * (2 - done)
    return [{"label": label, "state": state} for label, state in zip(_STEPS, states, strict=True)]


def _file(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        content, content_type=MEDIA_TYPE, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@needs(RIGHT)
def start(request: HttpRequest) -> HttpResponse:
    """Upload a workbook; it is checked at once, larger ones by a job."""
    entities = policy.allowed(Entity.objects.filter(closed_on=None), request.user, "view")
    initial = {"valid_from": clock.today(), "entity": preselected_entity(request, entities) or entities.first()}
    form = WorkbookForm(request.POST or None, request.FILES or None, entities=entities, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            remember_entity(request, form.cleaned_data["entity"])
            try:
                return redirect("occupancy:import", _receive(request, form.cleaned_data).pk)
            except Refusal as refusal:
                form.add_error("file" if "file" in refusal.fields else None, str(refusal.message))
    estates = policy.allowed(Estate.objects.all(), request.user, "view")
    context = {
        "title": _("A whole estate from a workbook"),
        "form": form,
        "steps": _steps(0),
        "export_form": ExportForm(estates=estates, initial={"on": clock.today()}, prefix="export"),
        "imports": _mine(request)[:10],
        "sheets": SHEETS,
    }
    return render(request, "occupancy/import_start.html", context, status=status)


def _receive(request: HttpRequest, values: dict[str, Any]) -> EstateImport:
    upload: UploadedFile = values["file"]
    actor: Any = current_actor()
    made = receive_workbook(
        upload.read(),
        (upload.name or "estate.xlsx").replace("\\", "/").rpartition("/")[2],
        actor=actor,
        entity_pk=values["entity"].pk,
        valid_from=values["valid_from"],
        source=values["source"],
        policy=values["policy"],
        with_agreements=values["with_agreements"],
    )
    _work(request, made, "check")
    return made


def _work(request: HttpRequest, chosen: EstateImport, step: str) -> int | None:
    """Check, bring in or undo: small workbooks now, large ones by a job; returns the job."""
    actor: Any = current_actor()
    if chosen.row_count > import_actions.JOB_ROWS:
        return import_actions.order_step(chosen, step, actor=actor)
    if step == "undo":
        undo_workbook(chosen.pk, actor=actor)
    else:
        work = check_workbook if step == "check" else apply_workbook
        work(chosen.pk, actor=actor, scope=import_scope(request.user))
    return None


def _mine(request: HttpRequest) -> QuerySet[EstateImport]:
    """Workbooks this user took in, of entities the user may see."""
    entities = policy.allowed(Entity.objects.all(), request.user, "view")
    return EstateImport.objects.filter(owner_id=request.user.pk, entity__in=entities)


def _found(request: HttpRequest, pk: int) -> EstateImport:
    chosen = _mine(request).filter(pk=pk).first()
    if chosen is None:
        raise Missing("import.missing", _("There is no such import."))
    return chosen


@needs(RIGHT)
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """What was found or done; the next step is one button."""
    return _answer(request, _found(request, pk), "apply")


@needs(UNDO_RIGHT)
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the whole workbook back, or name the rows that keep it from being undone."""
    return _answer(request, _found(request, pk), "undo")


def _answer(request: HttpRequest, chosen: EstateImport, step: str) -> HttpResponse:
    problem, status = "", 200
    against: list[dict[str, Any]] = []
    if request.method == "POST":
        try:
            job = _work(request, chosen, step)
            return redirect("jobs:progress", job) if job else redirect("occupancy:import", chosen.pk)
        except Refusal as refusal:
            problem, status = str(refusal.message), refusal.status
            against = refusal.details.get("problems", []) if step == "undo" else []
    done = {"received": 1, "checked": 1, "done": 3, "undone": 3}[chosen.state]
    stops = chosen.policy == EstateImport.Policy.ALL and chosen.problem_count > 0
    context = {
        "title": chosen.file_name,
        "chosen": chosen,
        "steps": _steps(done),
        "problem": problem,
        "against": against,
        "stops": stops,
        "may_apply": chosen.state == EstateImport.State.CHECKED and not stops,
        "may_undo": chosen.state == EstateImport.State.DONE and chosen.kept and policy.may(request.user, UNDO_RIGHT),
        "counts": [(sheet.label, chosen.counts[sheet.name]) for sheet in SHEETS if sheet.name in chosen.counts],
        "breadcrumbs": [{"label": _("Workbooks"), "url": reverse("occupancy:import_start")},
                        {"label": chosen.file_name, "url": ""}],
    }  # fmt: skip
    return render(request, "occupancy/import.html", context, status=status)


@needs(RIGHT)
def blank(request: HttpRequest) -> HttpResponse:
    """The template: every sheet with its headings in the reader's language."""
    return _file(template(), "estate-template.xlsx")


@needs("estates.premises:export")
@require_POST
def out(request: HttpRequest) -> HttpResponse:
    """Estates as they are on a day, to be changed and brought back."""
    estates = policy.allowed(Estate.objects.all(), request.user, "export")
    form = ExportForm(request.POST, estates=estates, prefix="export")
    if not form.is_valid():
        raise Refusal("export.invalid", _("Choose at least one estate and a day."))
    chosen = [estate.pk for estate in form.cleaned_data["estate"]]
    parties = list(policy.allowed(Party.objects.all(), request.user, "export").values_list("pk", flat=True))
    unmasked = policy.may(request.user, "parties.party:unmask")
    actor: Any = current_actor()
    note_event("export", actor=actor, table_name="estates_estate", details={"estates": chosen, "unmasked": unmasked})
    return _file(export(chosen, form.cleaned_data["on"], parties=parties, unmasked=unmasked), "estate.xlsx")
