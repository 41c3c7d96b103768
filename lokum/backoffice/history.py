"""The history of a record from the audit tables, as a tab and as the timeline beside the record."""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import DateRangeField
from django.core.exceptions import FieldDoesNotExist
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import BigIntegerField, DateField, DateTimeField, DecimalField, IntegerField, JSONField
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.backoffice.naming import Names, Shown
from lokum.core.audit.models import AuditNote, AuditRow
from lokum.core.audit.verbs import MONEY, detail_text, field_text, record_named, value_text, verb_text
from lokum.core.base import policy
from lokum.core.base.fields import AmountField
from lokum.core.base.templatetags.lokum import amount_text
from lokum.core.desk.columns import MASK, kind_of, shown_text
from lokum.core.desk.desk import registry
from lokum.core.desk.own_fields import own_fields, takes_own_fields
from lokum.core.desk.panels import Panel, add_panel, add_timeline

LIMIT = 200
HIDDEN = {"version", "fingerprint", "digest", "result_hash", "seen"}  # of no use to a reader
DETAILS_HIDDEN = {"sha256"}
ICONS = {"insert": "plus", "update": "pencil", "delete": "trash", "view": "eye", "export": "download"}
_RANGE = re.compile(r"[\[(]([^,]*),([^\])]*)[\])]")


def _field(model: Any, name: str) -> Any:
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return None


def _related(field: Any) -> str:
    """The register whose numbers a field holds; "" for any other field."""
    if isinstance(field, BigIntegerField) and field.name.endswith("_by_id"):
        return "access.user"
    if field is None or not field.is_relation or not field.many_to_one or field.related_model is None:
        return ""
    return str(field.related_model._meta.label_lower) if field.target_field.primary_key else ""


class _Reader:
    """Puts the lines of one record into words: relations by name, choices by label, days and money as the reader
    writes them. Names are asked for once, for all lines together."""

    def __init__(self, record: Any, user: Any) -> None:
        self.record, self.model, self.user = record, type(record), user
        self.desk = registry.of(record)
        self.hidden = (
            set() if self.desk is None or policy.may(user, self.desk.right("unmask")) else set(self.desk.masked)
        )
        self.currency = self.desk.currency_of(record) if self.desk is not None else ""
        self.names = Names(user)
        for field in record._meta.concrete_fields:
            if label := _related(field):
                self.names.known(label, field.value_from_object(record))

    def want(self, rows: list[AuditRow], notes: list[AuditNote]) -> None:
        for row in rows:
            for name, old, new in self._changed(row):
                if label := _related(_field(self.model, name)):
                    self.names.want(label, old)
                    self.names.want(label, new)
        for note in notes:
            for key, value in note.details.items():
                if label := self._record_of(note, key):
                    self.names.want(label, value)

    # --- changes of the row --------------------------------------------------------------------------------------
    def _changed(self, row: AuditRow) -> Iterator[tuple[str, Any, Any]]:
        before, after = row.before or {}, row.after or {}
        for name in dict.fromkeys([*before, *after]):
            old, new = before.get(name), after.get(name)
            if name not in HIDDEN and old != new and not _is_for_programs(_field(self.model, name), name):
                yield name, old, new

    def changes(self, row: AuditRow) -> list[dict[str, Any]]:
        """Fields that differ between before and after, in words."""
        found = []
        for name, old, new in self._changed(row):
            if name == "own" and takes_own_fields(self.record):
                found += self._own_changes(old or {}, new or {})
                continue
            words = self._words_of(_field(self.model, name), name)
            if name in self.hidden:
                words = lambda value: Shown(MASK if value else "")  # noqa: E731 - one of the two ways to read a value
            found.append({"label": capfirst(field_text(self.model, name)), "before": words(old), "after": words(new)})
        return found

    def _own_changes(self, before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
        """Own fields one by one; a field taken out of use meanwhile keeps its code as name."""
        known = {one.code: one for one in own_fields(self.record)}
        found = []
        for code in dict.fromkeys([*before, *after]):
            if before.get(code) == after.get(code):
                continue
            own = known.get(code)
            words = self._words_of(own.field if own else None, code)
            label = own.label if own else code
            found.append({"label": label, "before": words(before.get(code)), "after": words(after.get(code))})
        return found

    def _words_of(self, field: Any, name: str) -> Callable[[Any], Shown]:
        """How values of a field are read."""
        label = _related(field)
        if label:
            return lambda value: Shown("") if value is None else self.names.of(label, value)
        plain = self._plain_words(field, name)
        return lambda value: Shown("") if value is None or value == "" else Shown(plain(value))

    def _plain_words(self, field: Any, name: str) -> Callable[[Any], str]:
        if field is None:
            return _word
        if field.choices:
            labels = dict(field.flatchoices)
            return lambda value: str(labels.get(value, _word(value)))
        if self.desk is not None and name in self.desk.words:
            return self.desk.words[name].text
        if self.desk is not None and name in self.desk.months:
            return lambda value: str(date_format(dt.date.fromisoformat(str(value)), "YEAR_MONTH_FORMAT"))
        kinds: tuple[tuple[Any, Callable[[Any], str]], ...] = (
            (DateRangeField, _period),
            (DateTimeField, lambda value: shown_text(parse_datetime(str(value)), "moment")),
            (DateField, lambda value: shown_text(parse_date(str(value)), "date")),
            (AmountField, lambda value: amount_text(str(value), self.currency)),
            (DecimalField, lambda value: shown_text(Decimal(str(value)), kind_of(field))),
            (IntegerField, lambda value: shown_text(value, "number")),
        )
        return next((words for kind, words in kinds if isinstance(field, kind)), _word)

    # --- notes ---------------------------------------------------------------------------------------------------
    def _record_of(self, note: AuditNote, key: str) -> str:
        return record_named(note.object_label, key) or _related(_field(self.model, key))

    def details(self, note: AuditNote) -> list[dict[str, Any]]:
        """What a note says beside its verb; lists and tables within are of use to programs alone."""
        return [
            {"label": detail_text(key), "value": self._detail(note, key, value)}
            for key, value in note.details.items()
            if value not in ("", None) and key not in DETAILS_HIDDEN and not isinstance(value, list | dict)
        ]

    def _detail(self, note: AuditNote, key: str, value: Any) -> Shown:
        label = self._record_of(note, key)
        if label and isinstance(value, int) and not isinstance(value, bool):
            return self.names.of(label, value)
        if key == "field" and takes_own_fields(self.record):
            return Shown({one.code: one.label for one in own_fields(self.record)}.get(str(value), str(value)))
        if key in MONEY and isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
            return Shown(amount_text(value, self.currency))
        return Shown(value_text(note.object_label, key, value))


def _is_for_programs(field: Any, name: str) -> bool:
    """Fields that hold computed structures; own fields are read one by one."""
    return name != "own" and isinstance(field, JSONField)


def _period(value: Any) -> str:
    found = _RANGE.fullmatch(str(value))
    if found is None:
        return str(value)
    lower, upper = (parse_date(part) if part else None for part in found.groups())
    return shown_text(DateRange(lower, upper), "period")


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_word(one) for one in value)
    return str(value)


def lines_of(record: Any, user: Any, limit: int = LIMIT) -> list[dict[str, Any]]:
    """Row changes and notes of one record, newest first."""
    rows = list(AuditRow.objects.filter(table_name=record._meta.db_table, object_id=record.pk).order_by("-pk")[:limit])
    # A record may be known by two names: what services note on premises belongs to a supply point, too.
    known_as = {record._meta.label_lower, record._meta.concrete_model._meta.label_lower}
    notes = list(AuditNote.objects.filter(object_label__in=known_as, object_id=record.pk).order_by("-pk")[:limit])
    reader = _Reader(record, user)
    reader.want([row for row in rows if row.action.lower() == "update"], notes)
    lines: list[dict[str, Any]] = [
        {
            "at": row.at,
            "who": row.actor_label,
            "title": verb_text(row.action),
            "icon": ICONS.get(row.action.lower(), "circle"),
            "changes": reader.changes(row) if row.action.lower() == "update" else [],
        }
        for row in rows
    ]
    lines += [_note_line(note, reader.details(note)) for note in notes]
    return sorted(lines, key=lambda line: line["at"], reverse=True)[:limit]


def _note_line(note: AuditNote, details: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "at": note.at,
        "who": note.actor_label,
        "title": verb_text(note.verb),
        "icon": "note",
        "changes": [],
        "details": details,
        "body": ", ".join(f"{one['label']}: {one['value']}" for one in details),
    }


def _timeline(record: Any, user: Any) -> list[dict[str, Any]]:
    lines = lines_of(record, user, 12)
    for line in lines:
        line.setdefault("body", ", ".join(change["label"] for change in line["changes"]))
    return lines


def install() -> None:
    add_panel(
        Panel(
            "history",
            gettext_lazy("History"),
            "backoffice/history.html",
            lambda record, user: {"lines": lines_of(record, user)},
            icon="history",
            order=900,
        )
    )
    add_timeline(_timeline)
