"""A workbook with a whole estate: taken in, checked without writing anything, brought in."""

import datetime as dt
from dataclasses import asdict, dataclass, replace

from django.db import DatabaseError, IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lokum.core.annex.services import read_file, store_file
from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor, Reach, acting
from lokum.core.base.errors import Missing, Refusal
from lokum.core.organisation.models import Entity
from lokum.property.occupancy.models import EstateImport, EstateImportRow
from lokum.property.occupancy.queries import Scope
from lokum.property.occupancy.workbook import staging
from lokum.property.occupancy.workbook.applying import Applier, Count, Terms
from lokum.property.occupancy.workbook.normal import normalise
from lokum.property.occupancy.workbook.reading import Problem, Read, count_rows, read_workbook
from lokum.property.occupancy.workbook.staging import Progress
from lokum.property.occupancy.workbook.undoing import Undoer

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_KEPT_PROBLEMS = 1000


@dataclass
class Report:
    """What a dry run found, or what an import did."""

    counts: dict[str, Count]
    problems: list[Problem]
    row_count: int


class _Back(Exception):
    """Rolls a dry run back."""


def receive_workbook(
    data: bytes,
    file_name: str,
    *,
    actor: Actor,
    entity_pk: int,
    valid_from: dt.date,
    source: str = "",
    policy: str = EstateImport.Policy.ALL,
    with_agreements: bool = True,
) -> EstateImport:
    """Keep an uploaded workbook; nothing of the register changes. Raises Refusal for what is no workbook."""
    row_count = count_rows(data)
    with acting(actor):
        return EstateImport.objects.create(
            file=store_file(data, media_type=MEDIA_TYPE),
            file_name=file_name[:255],
            entity_id=entity_pk,
            valid_from=valid_from,
            source=source or file_name[:200],
            policy=policy,
            with_agreements=with_agreements,
            row_count=row_count,
            created_at=clock.now(),
            owner_id=actor.user_id,
        )


def check_workbook(import_pk: int, *, actor: Actor, scope: Scope, progress: Progress | None = None) -> EstateImport:
    """Dry run: does everything an import does and rolls it back, so what it counts is what will happen."""
    with acting(actor):
        chosen = _locked(import_pk)
        report = _try(chosen, actor, scope, progress)
        chosen.state = EstateImport.State.CHECKED
        _keep(chosen, report)
        return chosen


def apply_workbook(import_pk: int, *, actor: Actor, scope: Scope, progress: Progress | None = None) -> EstateImport:
    """Bring the rows in. With a bad row, all are refused unless the import says to leave bad rows out."""
    with acting(actor):
        chosen = _locked(import_pk)
        report = _run(chosen, actor, scope, progress)
        if report.problems and chosen.policy == EstateImport.Policy.ALL:
            first = report.problems[0]
            text = _("%(count)s problems, nothing was brought in. The first: %(sheet)s, row %(row)s: %(text)s") % {
                "count": len(report.problems),
                "sheet": first.sheet,
                "row": first.row,
                "text": first.text,
            }
            raise Refusal("import.bad_rows", text, details={"problems": [asdict(one) for one in report.problems[:100]]})
        chosen.state = EstateImport.State.DONE
        chosen.kept = True
        _keep(chosen, report)
        note(chosen, "imported", actor=actor, rows=chosen.row_count, problems=chosen.problem_count)
        return chosen


def undo_workbook(import_pk: int, *, actor: Actor, progress: Progress | None = None) -> EstateImport:
    """Take a workbook back as one batch: what it made is deleted, what it changed is as it was before.

    Raises Refusal that names the rows somebody changed or used since; then nothing is taken back.
    """
    with acting(replace(actor, reach=Reach(everything=True))) as whole:  # rows outside the reader's sight count too
        chosen = EstateImport.objects.select_for_update(of=("self",)).filter(pk=import_pk).first()
        if chosen is None:
            raise Missing("import.missing", _("There is no such import."))
        if chosen.state != EstateImport.State.DONE:
            raise Refusal("import.not_done", _("Only a workbook that was brought in can be undone."), status=409)
        if not chosen.kept:
            text = _("This workbook was brought in by an earlier version, which kept no record for an undo.")
            raise Refusal("import.not_kept", text, status=409)
        undoer = Undoer(chosen, whole, progress)
        problems = undoer.problems()
        if problems:
            first = problems[0]
            text = _("%(count)s rows were changed or used since; nothing was undone. The first: %(sheet)s, row %(row)s: %(text)s")  # fmt: skip  # noqa: E501
            values = {"count": len(problems), "sheet": first.sheet, "row": first.row, "text": first.text}
            details = {"problems": [asdict(one) for one in problems[:100]]}
            raise Refusal("import.changed_since", text % values, status=409, details=details)
        undoer.run()
        EstateImportRow.objects.filter(workbook=chosen).delete()
        chosen.state, chosen.kept = EstateImport.State.UNDONE, False
        chosen.save(update_fields=["state", "kept"])
        note(chosen, gettext_noop("undone"), actor=whole, rows=chosen.row_count)
        return chosen


def _locked(import_pk: int) -> EstateImport:
    chosen = EstateImport.objects.select_for_update(of=("self",)).filter(pk=import_pk).first()
    if chosen is None:
        raise Missing("import.missing", _("There is no such import."))
    if chosen.state in (EstateImport.State.DONE, EstateImport.State.UNDONE):
        raise Refusal("import.done", _("This workbook was brought in already."), status=409)
    return chosen


def _try(chosen: EstateImport, actor: Actor, scope: Scope, progress: Progress | None) -> Report:
    report: Report | None = None
    try:
        with transaction.atomic():
            report = _run(chosen, actor, scope, progress)
            raise _Back
    except _Back:
        assert report is not None
        return report


def _run(chosen: EstateImport, actor: Actor, scope: Scope, progress: Progress | None) -> Report:
    read: Read = read_workbook(read_file(chosen.file), progress)
    entity = Entity.objects.select_related("node").get(pk=chosen.entity_id)
    normalise(read, entity.node.country)
    terms = Terms(chosen.pk, entity.pk, chosen.valid_from, chosen.source, chosen.with_agreements)
    try:
        with transaction.atomic():
            staging.stage(read)
            staging.check(read, estates=scope.estates, parties=scope.parties, progress=progress)
            stopped = bool(read.problems) and chosen.policy == EstateImport.Policy.ALL
            # One bad row stops all: nothing would come in, so nothing is tried either.
            counts = {} if stopped else Applier(terms, actor, progress).run()
    except (IntegrityError, DatabaseError) as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        detail = getattr(diagnosis, "message_detail", None) or getattr(diagnosis, "message_primary", None) or ""
        text = _("The database refuses these rows: %(detail)s") % {"detail": detail}
        raise Refusal("import.refused", text) from error
    return Report(counts, read.problems, read.row_count)


def _keep(chosen: EstateImport, report: Report) -> None:
    chosen.row_count = report.row_count
    chosen.problem_count = len(report.problems)
    chosen.problems = [asdict(one) for one in report.problems[:_KEPT_PROBLEMS]]
    chosen.counts = {name: asdict(count) for name, count in report.counts.items()}
    chosen.save()
