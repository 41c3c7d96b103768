"""The log: sign-ins, refusals, changes, exports and views of protected data, found by who, what, which and when."""

from functools import cache, partial
from typing import Any

from django.apps import apps
from django.db.models import Model, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from lokum.core.audit.models import AuditMonth, AuditNote, AuditRow, AuditSeal
from lokum.core.audit.verbs import field_text, verb_text
from lokum.core.desk.desk import Filter, ModelDesk, no_desk, register
from lokum.core.desk.words import Words

no_desk(AuditSeal, "links of the chain; checked by verify_audit")
no_desk(AuditNote, "shown in the history of the record it is about")


class _Verbs(Words):
    def text(self, code: str) -> str:
        return verb_text(code)


class _Tables(Words):
    """Registers by their table, called as the menu calls them."""

    def text(self, code: str) -> str:
        model = _models().get(code)
        return capfirst(str(model._meta.verbose_name_plural)) if model is not None else code


@cache
def _models() -> dict[str, type[Model]]:
    return {model._meta.db_table: model for model in apps.get_models() if not model._meta.proxy}


def _what(line: AuditRow) -> str:
    """The fields a line touches, in words; ids and versions say nothing to a reader."""
    model = _models().get(line.table_name)
    names = sorted({*(line.before or {}), *(line.after or {})} - {"id", "version"})
    return ", ".join(field_text(model, name) for name in names[:12])


def _number(name: str, rows: QuerySet[AuditRow], values: list[str], user: Any) -> QuerySet[AuditRow]:
    """Lines of exactly this user or record; ValueError when it is no number."""
    return rows.filter(**{name: int(values[0])})


@register
class AuditRowDesk(ModelDesk):
    model = AuditRow
    purpose = _("Every change and every refused try: who, when, what before and what after. It fills by itself.")
    section = "settings"
    icon = "history"
    order = 90
    columns = ("at", "actor_label", "action", "table_name", "object_id", "address", "what", "request_id")
    default_columns = ("at", "actor_label", "action", "table_name", "object_id", "what", "address")
    search = ("actor_label", "action", "table_name", "address")
    filters = ("at", "action", "table_name", "request_id")
    words = {"action": _Verbs({}), "table_name": _Tables({})}
    extra_filters = (
        Filter("user", _("User (number)"), partial(_number, "actor_id")),
        Filter("object", _("Record (number)"), partial(_number, "object_id")),
    )
    ordering = ("-pk",)
    facts = ("at", "actor_label", "action")

    def name_of(self, record: Any) -> str:
        about = [_Tables({}).text(record.table_name)] if record.table_name else []
        number = [f"#{record.object_id}"] if record.object_id else []
        return " ".join([capfirst(verb_text(record.action)), *about, *number])

    cell = {"what": _what}
    labels = {"what": _("Fields"), "request_id": _("Request id")}
    editable = addable = deletable = importable = searchable_globally = False


@register
class AuditMonthDesk(ModelDesk):
    """Months that lie outside the database; `manage.py archive_audit` lays them there."""

    model = AuditMonth
    purpose = _(
        "Months of the history that were laid outside the database, with the proof that nothing changed. Each is "
        "archived by a command of the operating guide."
    )
    section = "settings"
    icon = "archive"
    order = 91
    columns = ("month", "row_count", "file_name", "file_hash", "hash", "archived_at", "actor_label")
    default_columns = ("month", "row_count", "file_name", "archived_at", "actor_label")
    search = ("file_name", "file_hash")
    filters = ("month", "archived_at")
    ordering = ("-month",)
    facts = ("month", "row_count", "archived_at")
    editable = addable = deletable = importable = searchable_globally = False
