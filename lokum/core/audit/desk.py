"""The log: sign-ins, refusals, changes, exports and views of protected data, found by who, what, which and when."""

from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from lokum.core.audit.models import AuditNote, AuditRow, AuditSeal
from lokum.core.desk.desk import ModelDesk, no_desk, register
from lokum.core.desk.filters import Filter

no_desk(AuditSeal, "links of the chain; checked by verify_audit")
no_desk(AuditNote, "shown in the history of the record it is about")


def _what(line: AuditRow) -> str:
    """Names of the fields a line touches."""
    return ", ".join(sorted({*(line.before or {}), *(line.after or {})})[:12])


def _number(name: str, rows: QuerySet[AuditRow], values: list[str], user: Any) -> QuerySet[AuditRow]:
    """Lines of exactly this user or record; ValueError when it is no number."""
    return rows.filter(**{name: int(values[0])})


@register
class AuditRowDesk(ModelDesk):
    model = AuditRow
    section = "settings"
    icon = "history"
    order = 90
    columns = ("at", "actor_label", "action", "table_name", "object_id", "address", "what", "request_id")
    default_columns = ("at", "actor_label", "action", "table_name", "object_id", "what", "address")
    search = ("actor_label", "action", "table_name", "address")
    filters = ("at", "action", "table_name", "request_id")
    extra_filters = (
        Filter("user", _("User (number)"), partial(_number, "actor_id")),
        Filter("object", _("Record (number)"), partial(_number, "object_id")),
    )
    ordering = ("-pk",)
    facts = ("at", "actor_label", "action")
    cell = {"what": _what}
    labels = {"what": _("Fields")}
    editable = addable = deletable = importable = searchable_globally = False
