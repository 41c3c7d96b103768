"""Writing the rows of a sheet set-wise: chunks are checked in memory and written by a few statements each.

A dry run does exactly the same inside a transaction that is rolled back, so what it promises is what happens:
database constraints, triggers and data scopes have spoken, not a copy of their rules.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from lokum.core.base import policy
from lokum.core.base.errors import Refusal
from lokum.core.desk.columns import KEY_JOINER, field_at, key_paths, plain_text, value_at
from lokum.core.desk.desk import ModelDesk, registry
from lokum.core.desk.importing.cells import cell_value
from lokum.core.desk.own_fields import (
    is_own,
    keep_changes,
    missing_own,
    own_field,
    set_value,
    take_since,
    value_of,
)
from lokum.core.desk.records import rows_of
from lokum.core.desk.refusals import from_integrity

CHUNK = 1000
MADE = "_made"  # in what a row keeps for an undo: what was written beside the record
Errors = dict[str, list[str]]


@dataclass
class Line:
    """One row on its way in."""

    number: int
    texts: Mapping[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    errors: Errors = field(default_factory=dict)
    outcome: str = ""
    record: Any = None
    before: dict[str, Any] | None = None
    extras: dict[str, Any] = field(default_factory=dict)

    def refuse(self, name: str, text: Any) -> None:
        self.errors.setdefault(name, []).append(str(text))
        self.outcome = "error"


class Importer:
    """Takes lines chunk by chunk; `seen` remembers keys over the whole sheet."""

    def __init__(self, desk: ModelDesk, user: Any, actor: Any, names: Sequence[str]) -> None:
        self.desk, self.user, self.actor = desk, user, actor
        self.extras = [one for one in desk.sheet_extras if one.name in names]
        self.names = [name for name in names if desk.sheet_extra(name) is None]
        self.relations = [name for name in self.names if desk.field(name).is_relation]
        self.seen: dict[tuple[Any, ...], int] = {}
        self.known: dict[str, dict[str, Any]] = {name: {} for name in self.relations}

    def take(self, lines: Sequence[Line]) -> None:
        """Decide and write one chunk; each line ends with an outcome."""
        for line in lines:
            self._read(line)
        self._resolve([line for line in lines if not line.errors])
        self._match([line for line in lines if not line.errors])
        self._check([line for line in lines if not line.errors])
        created = [line for line in lines if line.outcome == "created"]
        updated = [line for line in lines if line.outcome == "updated"]
        self._write(created, self._insert)
        self._write(updated, self._update)
        self._still_in_sight([line for line in lines if line.outcome in ("created", "updated")])

    # --- reading -------------------------------------------------------------------------------------------------
    def _read(self, line: Line) -> None:
        for name in self.names:
            try:
                value = cell_value(self.desk, name, line.texts.get(name, ""))
                line.values[name] = own_field(self.desk.model, name).clean(value) if is_own(name) else value
            except ValidationError as problem:
                line.refuse(name, problem.messages[0])
            except (ValueError, TypeError, OverflowError, ArithmeticError):
                line.refuse(name, _("This value has the wrong form."))
        for one in self.extras:
            text = line.texts.get(one.name, "")
            try:
                line.extras[one.name] = one.read(text, self.user) if text else None
            except ValidationError as problem:
                line.refuse(one.name, problem.messages[0])
            except Refusal as refusal:
                line.refuse(one.name, refusal.message)

    def _resolve(self, lines: Sequence[Line]) -> None:
        """Keys of related records to records of the user's scope, one query per relation and chunk."""
        for name in self.relations:
            model: Any = self.desk.field(name).related_model
            wanted = {str(line.values[name]) for line in lines if line.values[name]} - set(self.known[name])
            self.known[name].update(related_by_key(model, wanted, self.user))
            for line in lines:
                text = line.values[name]
                if not text:
                    line.values[name] = None
                elif (found := self.known[name].get(str(text))) is not None:
                    line.values[name] = found
                else:
                    line.refuse(name, _("“%(text)s” is not known here.") % {"text": str(text)[:80]})

    # --- matching ------------------------------------------------------------------------------------------------
    def _key(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(getattr(values[name], "pk", values[name]) for name in self.desk.import_key)

    def _match(self, lines: Sequence[Line]) -> None:
        """Find the records the keys name; set the outcome created, updated or same."""
        fresh = []
        for line in lines:
            key = self._key(line.values)
            if any(part in (None, "") for part in key):
                line.refuse(self.desk.import_key[0], _("The key is empty."))
            elif key in self.seen:
                text = _("The same key stands in row %(number)d.") % {"number": self.seen[key]}
                line.refuse(self.desk.import_key[0], text)
            else:
                self.seen[key] = line.number
                fresh.append(line)
        existing = self._existing(fresh)
        today = self._today(existing)
        for line in fresh:
            record = existing.get(self._key(line.values))
            if record is None:
                line.record, line.outcome = self.desk.model(), "created"
                self._assign(line)
            else:
                self._compare(line, record, today.get(record.pk))

    def _today(self, existing: Mapping[tuple[Any, ...], Any]) -> dict[int, Any]:
        """What known records have today in the columns beside their fields: one query."""
        pks = [record.pk for record in existing.values()] if self.extras else []
        return {row.pk: row for row in self.desk.base_queryset().filter(pk__in=pks)} if pks else {}

    def _existing(self, lines: Sequence[Line]) -> dict[tuple[Any, ...], Any]:
        if not lines:
            return {}
        rows = policy.allowed(self.desk.model._default_manager.all(), self.user, "edit")
        for index, name in enumerate(self.desk.import_key):
            rows = rows.filter(**{f"{name}__in": {self._key(line.values)[index] for line in lines}})
        attnames = [self.desk.field(name).attname for name in self.desk.import_key]
        locked = rows.select_for_update(of=("self",)).order_by("pk")
        return {tuple(getattr(row, name) for name in attnames): row for row in locked}

    def _compare(self, line: Line, record: Any, today: Any) -> None:
        changed = {}
        for name in self.names:
            attname = self.desk.field(name).attname
            old, new = value_of(record, attname), getattr(line.values[name], "pk", line.values[name])
            if old != new:
                changed[name] = plain_text(old)
        for one in self.extras:
            if one.changes(today, line.extras[one.name]):
                changed[one.name] = plain_text(one.today(today)) if one.today is not None else ""
        line.record = record
        line.outcome = "updated" if changed else "same"
        if changed:
            line.before = {**changed, "version": str(record.version)}
            self._assign(line)
            record.version += 1

    def _assign(self, line: Line) -> None:
        for name in self.names:
            set_value(line.record, name, line.values[name])
        take_since(line.record)
        line.record.extra_values = dict(line.extras)
        if line.outcome == "created":
            for name, texts in missing_own(line.record, self.names).items():
                line.refuse(name if name in self.names else NON_FIELD_ERRORS, texts[0])
        try:
            self.desk.prepare(line.record, created=line.outcome == "created")
        except Refusal as refusal:
            for name, texts in (refusal.fields or {NON_FIELD_ERRORS: [refusal.message]}).items():
                for text in texts:
                    line.refuse(name, text)

    # --- checking ------------------------------------------------------------------------------------------------
    def _check(self, lines: Sequence[Line]) -> None:
        for line in lines:
            if line.outcome not in ("created", "updated"):
                continue
            hidden = [f.name for f in self.desk.model._meta.fields if f.name not in self.names and not _needed(f, line)]
            try:
                line.record.clean_fields(exclude=[*hidden, *self.relations])
                self._check_relations(line)
                line.record.clean()
            except ValidationError as problem:
                self._refuse(line, problem)

    def _check_relations(self, line: Line) -> None:
        absent = [n for n in self.relations if line.values[n] is None]
        if line.outcome == "created":
            absent += [n for n in self.desk.fields if self.desk.field(n).many_to_one and n not in self.names]
        missing = [n for n in absent if not self.desk.field(n).null]
        if missing:
            raise ValidationError({name: _("This field is required.") for name in missing})

    @staticmethod
    def _refuse(line: Line, problem: ValidationError) -> None:
        by_field = problem.message_dict if hasattr(problem, "error_dict") else {NON_FIELD_ERRORS: problem.messages}
        for name, texts in by_field.items():
            for text in texts:
                line.refuse(name, text)

    # --- writing -------------------------------------------------------------------------------------------------
    def _write(self, lines: Sequence[Line], write: Callable[[Sequence[Line]], None]) -> None:
        """Write together; a chunk the database or the register refuses is halved until the bad rows stand alone."""
        if not lines:
            return
        try:
            with transaction.atomic():
                write(lines)
        except (IntegrityError, Refusal) as problem:
            if len(lines) == 1:
                refusal = (
                    problem if isinstance(problem, Refusal) else from_integrity(problem, lines[0].record, self.user)
                )
                known = {*self.names, *(one.name for one in self.extras)}
                for name, texts in (refusal.fields or {NON_FIELD_ERRORS: [refusal.message]}).items():
                    for text in texts:
                        lines[0].refuse(name if name in known else NON_FIELD_ERRORS, text)
                return
            for line in lines:
                if line.outcome == "created":
                    line.record.pk, line.record._state.adding = None, True
            middle = len(lines) // 2
            self._write(lines[:middle], write)
            self._write(lines[middle:], write)

    def _insert(self, lines: Sequence[Line]) -> None:
        self.desk.model._default_manager.bulk_create([line.record for line in lines], batch_size=CHUNK)
        self.desk.saved([line.record for line in lines], created=True, actor=self.actor)
        self._keep_made(lines)
        keep_changes([line.record for line in lines], created=True, actor=self.actor)

    def _update(self, lines: Sequence[Line]) -> None:
        names = [f.name for f in self.desk.model._meta.concrete_fields if not f.primary_key and not f.generated]
        self.desk.model._default_manager.bulk_update([line.record for line in lines], names, batch_size=250)
        self.desk.saved([line.record for line in lines], created=False, actor=self.actor)
        self._keep_made(lines)
        keep_changes([line.record for line in lines], created=False, actor=self.actor)

    @staticmethod
    def _keep_made(lines: Sequence[Line]) -> None:
        """What the register wrote beside a record is remembered with its row, for an undo."""
        for line in lines:
            if made := getattr(line.record, "sheet_made", None):
                line.before = {**(line.before or {}), MADE: made}

    def _still_in_sight(self, lines: Sequence[Line]) -> None:
        """Rows that would lie outside the user's scope are refused; the caller undoes the chunk they are in."""
        for outcome, action in (("created", "add"), ("updated", "edit")):
            pks = [line.record.pk for line in lines if line.outcome == outcome]
            if not pks:
                continue
            seen = set(rows_of(self.desk, self.user, action).filter(pk__in=pks).values_list("pk", flat=True))
            seen &= set(rows_of(self.desk, self.user, "view").filter(pk__in=pks).values_list("pk", flat=True))
            for line in lines:
                if line.outcome == outcome and line.record.pk not in seen:
                    line.refuse(NON_FIELD_ERRORS, _("This record would lie outside your data scope."))


def _needed(one: models.Field, line: Line) -> bool:  # type: ignore[type-arg]
    """Fields the sheet does not bring still have to be valid on a new record, unless services fill them."""
    return line.outcome == "created" and one.editable and not one.primary_key and not one.is_relation


def related_by_key(model: type[models.Model], texts: Iterable[str], user: Any) -> dict[str, Any]:
    """Records by their key text, only those in the user's scope; absent keys are absent from the result."""
    wanted = set(texts)
    if not wanted:
        return {}
    paths = key_paths(model)
    rows = policy.allowed(model._default_manager.all(), user, "view")
    desk = registry.of(model)
    parents = {path.rpartition("__")[0] for path in paths if "__" in path}
    related = [*parents, *(desk.related if desk else ())]
    if related:
        rows = rows.select_related(*related)
    firsts = {text.split(KEY_JOINER)[0] for text in wanted} if len(paths) > 1 else wanted
    first = field_at(model, paths[0])
    if isinstance(first, models.CharField):
        rows = rows.filter(**{f"{paths[0]}__in": firsts})
    found = {}
    for record in rows:
        text = KEY_JOINER.join(plain_text(value_at(record, path)) for path in paths)
        if text in wanted:
            found[text] = record
    return found
