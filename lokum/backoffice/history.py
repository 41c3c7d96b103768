"""The history of a record from the audit tables, as a tab and as the timeline beside the record."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import DateField, DateTimeField, DecimalField, JSONField
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.audit.models import AuditNote, AuditRow
from lokum.core.audit.verbs import detail_text, field_text, value_text, verb_text
from lokum.core.base import policy
from lokum.core.desk.columns import MASK, kind_of, shown_text
from lokum.core.desk.desk import registry
from lokum.core.desk.own_fields import own_fields, takes_own_fields
from lokum.core.desk.panels import Panel, add_panel, add_timeline

LIMIT = 200
HIDDEN = {"version", "fingerprint", "digest", "result_hash"}  # of no use to a reader
ICONS = {"insert": "plus", "update": "pencil", "delete": "trash", "view": "eye", "export": "download"}


def _changes(record: Any, row: AuditRow, hidden: set[str]) -> list[dict[str, str]]:
    """Fields that differ between before and after, in words."""
    before, after = row.before or {}, row.after or {}
    found = []
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if name in HIDDEN or old == new or _is_for_programs(type(record), name):
            continue
        if name == "own" and takes_own_fields(record):
            found += _own_changes(record, old or {}, new or {})
            continue
        if name in hidden:
            old, new = (MASK if old else "", MASK if new else "")
        words = _words_of(type(record), name)
        found.append({"label": capfirst(field_text(type(record), name)), "before": words(old), "after": words(new)})
    return found


def _is_for_programs(model: Any, name: str) -> bool:
    """Fields that hold computed structures; own fields are read one by one."""
    try:
        return name != "own" and isinstance(model._meta.get_field(name), JSONField)
    except FieldDoesNotExist:
        return False


def _own_changes(record: Any, before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, str]]:
    """Own fields one by one; a field taken out of use meanwhile keeps its code as name."""
    labels = {one.code: one.label for one in own_fields(record)}
    return [
        {"label": labels.get(code, code), "before": _word(before.get(code)), "after": _word(after.get(code))}
        for code in dict.fromkeys([*before, *after])
        if before.get(code) != after.get(code)
    ]


def _words_of(model: Any, name: str) -> Callable[[Any], str]:
    """How values of a field are read: choices by their label, days and moments as the reader writes them."""
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return _word
    if field.choices:
        labels = dict(field.flatchoices)
        return lambda value: str(labels.get(value, _word(value)))
    if isinstance(field, DateTimeField):
        return lambda value: shown_text(parse_datetime(str(value)), "moment") if value else ""
    if isinstance(field, DateField):
        return lambda value: shown_text(parse_date(str(value)), "date") if value else ""
    if isinstance(field, DecimalField):
        return lambda value: "" if value is None else shown_text(Decimal(str(value)), kind_of(field))
    return _word


def _word(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)


def _hidden(record: Any, user: Any) -> set[str]:
    desk = registry.of(record)
    if desk is None or policy.may(user, desk.right("unmask")):
        return set()
    return set(desk.masked)


def lines_of(record: Any, user: Any, limit: int = LIMIT) -> list[dict[str, Any]]:
    """Row changes and notes of one record, newest first."""
    hidden = _hidden(record, user)
    rows = AuditRow.objects.filter(table_name=record._meta.db_table, object_id=record.pk).order_by("-pk")[:limit]
    # A record may be known by two names: what services note on premises belongs to a supply point, too.
    names = {record._meta.label_lower, record._meta.concrete_model._meta.label_lower}
    notes = AuditNote.objects.filter(object_label__in=names, object_id=record.pk).order_by("-pk")[:limit]
    lines: list[dict[str, Any]] = [
        {
            "at": row.at,
            "who": row.actor_label,
            "title": verb_text(row.action),
            "icon": ICONS.get(row.action.lower(), "circle"),
            "changes": _changes(record, row, hidden) if row.action.lower() == "update" else [],
        }
        for row in rows
    ]
    lines += [
        {"at": note.at, "who": note.actor_label, "title": verb_text(note.verb), "icon": "note", "changes": [],
         "body": _details(note)}
        for note in notes
    ]  # fmt: skip
    return sorted(lines, key=lambda line: line["at"], reverse=True)[:limit]


def _details(note: AuditNote) -> str:
    """What a note says beside its verb; lists and tables within are of use to programs alone."""
    return ", ".join(
        f"{detail_text(key)}: {value_text(note.object_label, key, value)}"
        for key, value in note.details.items()
        if value not in ("", None) and not isinstance(value, list | dict)
    )


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
