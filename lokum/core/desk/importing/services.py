"""A batch: a sheet taken in, checked, brought in, undone."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from psycopg.types.json import Jsonb

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Busy, Missing, Refusal
from lokum.core.base.references import references
from lokum.core.desk import journal
from lokum.core.desk.desk import ModelDesk
from lokum.core.desk.importing.cells import cell_value, plain_cell
from lokum.core.desk.importing.mapping import check_mapping, guess_mapping
from lokum.core.desk.importing.workbook import read_sheet
from lokum.core.desk.importing.writing import CHUNK, MADE, Importer, Line
from lokum.core.desk.models import ImportBatch, ImportRow
from lokum.core.desk.own_fields import keep_changes, set_value
from lokum.core.desk.records import check_right, rows_of

Progress = Callable[[int, int], None]
JOB_ROWS = 5_000


def offers_import(desk: ModelDesk) -> bool:
    """Registers with a key and a version: without a key nothing can be updated, without a version nothing undone."""
    declared = desk.importable and desk.import_key and desk.fields and desk.addable and desk.editable
    return bool(declared) and hasattr(desk.model, "version")


def check_import_right(desk: ModelDesk, user: Any) -> None:
    """Bringing in needs the rights to import, to add and to edit."""
    if not offers_import(desk):
        raise Missing("import.none", _("This register has no import."))
    for action in ("import", "add", "edit"):
        check_right(desk, user, action)


def batch_of(desk: ModelDesk, pk: int, user: Any, *, lock: bool = False) -> ImportBatch:
    """A batch of this register that the user brought in."""
    rows = ImportBatch.objects.select_for_update() if lock else ImportBatch.objects.all()
    batch = rows.filter(pk=pk, desk=desk.label, owner_id=user.pk).first()
    if batch is None:
        raise Missing("batch.missing", _("There is no such import."))
    return batch


@transaction.atomic
def receive_sheet(desk: ModelDesk, *, data: bytes, name: str, user: Any, actor: Actor) -> ImportBatch:
    """Keep the rows of an uploaded sheet with a guessed mapping; nothing of the register changes."""
    check_import_right(desk, user)
    headings, rows = read_sheet(data, name)
    batch = ImportBatch.objects.create(
        desk=desk.label,
        file_name=name[:255],
        file_hash=hashlib.sha256(data).hexdigest(),
        mapping={"headings": headings, "fields": guess_mapping(desk, user, headings)},
        policy="all",
        state="read",
        created_at=clock.now(),
        owner_id=user.pk,
        row_count=len(rows),
    )
    with connection.cursor() as cursor:
        columns = "batch_id, number, values, errors, outcome"
        with cursor.copy(f"COPY desk_importrow ({columns}) FROM STDIN") as copy:
            copy.set_types(["int8", "int4", "jsonb", "jsonb", "text"])
            for number, cells in rows:
                copy.write_row((batch.pk, number, Jsonb([plain_cell(cell) for cell in cells]), Jsonb({}), ""))
    return batch


def map_columns(batch: ImportBatch, desk: ModelDesk, mapping: Mapping[str, str], policy: str, *, user: Any) -> None:
    """Say which column is which field, and whether a bad row stops all rows or only itself."""
    if batch.state not in ("read", "checked"):
        raise Refusal("batch.state", _("This import is over."), status=409)
    if policy not in ("all", "good"):
        raise Refusal("import.policy", _("Choose what happens with bad rows."))
    batch.mapping = {**batch.mapping, "fields": check_mapping(desk, user, mapping)}
    batch.policy = policy
    batch.save(update_fields=["mapping", "policy"])


def _lines(batch: ImportBatch) -> Iterator[list[tuple[ImportRow, Line]]]:
    """Chunks of stored rows with their cells by field name."""
    fields = {int(position): name for position, name in batch.mapping["fields"].items()}
    last = 0
    while True:
        rows = list(ImportRow.objects.filter(batch=batch, number__gt=last).order_by("number")[:CHUNK])
        if not rows:
            return
        last = rows[-1].number
        chunk = []
        for row in rows:
            cells: Any = row.values
            texts = {name: cells[place] if place < len(cells) else "" for place, name in fields.items()}
            chunk.append((row, Line(row.number, texts)))
        yield chunk


class _Back(Exception):
    """Rolls a dry run or a refused import back."""


def _run(batch: ImportBatch, desk: ModelDesk, user: Any, actor: Actor, progress: Progress | None) -> list[ImportRow]:
    """Write every chunk; returns all stored rows with their outcome."""
    importer = Importer(desk, user, actor, list(batch.mapping["fields"].values()))
    results: list[ImportRow] = []
    for chunk in _lines(batch):
        _take(importer, [line for _row, line in chunk], batch.policy)
        for row, line in chunk:
            row.outcome, row.errors, row.before = line.outcome, line.errors, line.before
            row.object_id = line.record.pk if line.record is not None and line.outcome != "error" else None
            if line.outcome == "error" or line.outcome == "same":
                row.before = None
            results.append(row)
        if progress is not None:
            progress(len(results), batch.row_count)
    return results


def _take(importer: Importer, lines: list[Line], policy: str) -> None:
    """One chunk; when written rows turn out to lie outside the scope, the chunk is taken again without them."""
    seen = dict(importer.seen)
    point = transaction.savepoint()
    importer.take(lines)
    escaped = [line for line in lines if line.errors and line.record is not None and line.record.pk is not None]
    if not escaped:
        transaction.savepoint_commit(point)
        return
    transaction.savepoint_rollback(point)
    importer.seen = seen
    rest = [line for line in lines if not line.errors]
    for line in rest:
        line.values, line.record, line.outcome, line.before = {}, None, "", None
    importer.take(rest)


def _count(batch: ImportBatch, results: list[ImportRow]) -> None:
    outcomes = [row.outcome for row in results]
    batch.created_count = outcomes.count("created")
    batch.updated_count = outcomes.count("updated")
    batch.same_count = outcomes.count("same")
    batch.error_count = outcomes.count("error")


def _store(batch: ImportBatch, results: list[ImportRow], *, keep_ids: bool) -> None:
    """Outcomes to the stored rows: all of them through a temporary table, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE IF NOT EXISTS import_outcome (id int8, outcome text, errors jsonb, object_id int8,"
            " before jsonb) ON COMMIT DROP"
        )
        cursor.execute("TRUNCATE import_outcome")
        with cursor.copy("COPY import_outcome FROM STDIN") as copy:
            copy.set_types(["int8", "text", "jsonb", "int8", "jsonb"])
            for row in results:
                before = Jsonb(row.before) if row.before is not None else None
                copy.write_row((row.pk, row.outcome, Jsonb(row.errors), row.object_id if keep_ids else None, before))
        cursor.execute(
            "UPDATE desk_importrow r SET outcome = o.outcome, errors = o.errors, object_id = o.object_id,"
            " before = o.before FROM import_outcome o WHERE o.id = r.id"
        )


def check_batch(desk: ModelDesk, pk: int, *, user: Any, actor: Actor, progress: Progress | None = None) -> ImportBatch:
    """Dry run: everything is written and rolled back; outcome and errors stay with the rows."""
    check_import_right(desk, user)
    with transaction.atomic():
        batch = batch_of(desk, pk, user, lock=True)
        if batch.state not in ("read", "checked"):
            raise Refusal("batch.state", _("This import is over."), status=409)
        results: list[ImportRow] = []
        try:
            with transaction.atomic():
                results = _run(batch, desk, user, actor, progress)
                raise _Back
        except _Back:
            pass
        _count(batch, results)
        _store(batch, results, keep_ids=False)
        batch.state = "checked"
        batch.save()
    return batch


def run_batch(desk: ModelDesk, pk: int, *, user: Any, actor: Actor, progress: Progress | None = None) -> ImportBatch:
    """Bring the rows in. With the policy "all" one bad row stops everything; a batch runs once."""
    check_import_right(desk, user)
    with transaction.atomic():
        batch = batch_of(desk, pk, user, lock=True)
        if batch.state == "done":
            raise Busy("batch.done", _("This import was brought in already."))
        if batch.state != "checked":
            raise Refusal("batch.state", _("Check the import first."), status=409)
        results: list[ImportRow] = []
        try:
            with transaction.atomic():
                results = _run(batch, desk, user, actor, progress)
                if batch.policy == "all" and any(row.outcome == "error" for row in results):
                    raise _Back
        except _Back:
            _count(batch, results)
            _store(batch, results, keep_ids=False)
            batch.save()
            return batch
        _count(batch, results)
        _store(batch, results, keep_ids=True)
        batch.state = "done"
        batch.save()
        counts = {name: getattr(batch, f"{name}_count") for name in ("created", "updated", "same", "error")}
        journal.record_event(
            "import", actor=actor, table_name=desk.model._meta.db_table,
            details={"batch": batch.pk, "file": batch.file_name, **counts},
        )  # fmt: skip
    return batch


@transaction.atomic
def undo_batch(desk: ModelDesk, pk: int, *, user: Any, actor: Actor) -> ImportBatch:
    """Take back what a batch did, as long as nobody used or changed its records since."""
    check_import_right(desk, user)
    check_right(desk, user, "delete")
    batch = batch_of(desk, pk, user, lock=True)
    if batch.state != "done":
        raise Refusal("batch.state", _("Only an import that was brought in can be undone."), status=409)
    rows = {row.object_id: row for row in batch.rows.filter(outcome__in=["created", "updated"])}
    records = {
        record.pk: record
        for record in rows_of(desk, user, "edit").filter(pk__in=list(rows)).select_for_update(of=("self",))
    }
    _check_untouched(rows, records)
    created = [pk for pk, row in rows.items() if row.outcome == "created" and pk is not None]
    made = {pk: row.before[MADE] for pk, row in rows.items() if pk is not None and row.before and MADE in row.before}
    if made:
        desk.take_back(made, created, actor=actor)
    _check_unused(desk, created, records)
    restored = [_restore(desk, records[pk], row) for pk, row in rows.items() if row.outcome == "updated"]
    if restored:
        names = [f.name for f in desk.model._meta.concrete_fields if not f.primary_key]
        desk.model._default_manager.bulk_update(restored, names, batch_size=250)
        desk.saved(restored, created=False, actor=actor)
        keep_changes(restored, created=False, actor=actor, undone=True)
    desk.model._default_manager.filter(pk__in=created).delete()
    batch.state = "undone"
    batch.save(update_fields=["state"])
    details = {"batch": batch.pk, "deleted": len(created), "restored": len(restored)}
    journal.record_event("import undone", actor=actor, table_name=desk.model._meta.db_table, details=details)
    return batch


def _check_untouched(rows: Mapping[Any, ImportRow], records: Mapping[int, Any]) -> None:
    """Every record still has the version the import gave it."""
    for pk, row in rows.items():
        record = records.get(pk)
        if record is None:
            text = _("Row %(number)d: the record is gone; this import cannot be undone.") % {"number": row.number}
            raise Refusal("batch.changed", text, status=409)
        expected = int(row.before["version"]) + 1 if row.before and "version" in row.before else 1
        if record.version != expected:
            message = _("Row %(number)d: “%(record)s” was changed since; this import cannot be undone.")
            raise Refusal("batch.changed", message % {"number": row.number, "record": record}, status=409)


def _check_unused(desk: ModelDesk, pks: list[int], records: Mapping[int, Any]) -> None:
    """Created records on which anything depends cannot be taken back."""
    for pk, label in references(desk.model, pks).items():
        text = _("“%(record)s” is used (%(register)s); this import cannot be undone.")
        raise Refusal("batch.used", text % {"record": records[pk], "register": label}, status=409)


def _restore(desk: ModelDesk, record: Any, row: ImportRow) -> Any:
    for name, text in (row.before or {}).items():
        if name in ("version", MADE) or desk.sheet_extra(name) is not None:
            continue
        field: Any = desk.field(name)
        if field.is_relation:
            setattr(record, field.attname, int(text) if text else None)
        else:
            set_value(record, name, cell_value(desk, name, text))
    record.version += 1
    desk.prepare(record, created=False)
    return record


def summary(batch: ImportBatch) -> str:
    text = ngettext("%(count)d row was brought in.", "%(count)d rows were brought in.", batch.row_count)
    return text % {"count": batch.created_count + batch.updated_count}
