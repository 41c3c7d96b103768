"""The log: sign-ins, refusals, changes, exports and views of protected data, found by who, what, which and when."""

from django.utils.translation import gettext_lazy as _

from lokum.core.audit.models import AuditNote, AuditRow, AuditSeal
from lokum.core.desk.desk import ModelDesk, no_desk, register

no_desk(AuditSeal, "links of the chain; checked by verify_audit")
no_desk(AuditNote, "shown in the history of the record it is about")


def _what(line: AuditRow) -> str:
    """Names of the fields a line touches."""
    return ", ".join(sorted({*(line.before or {}), *(line.after or {})})[:12])


@register
class AuditRowDesk(ModelDesk):
    model = AuditRow
    section = "settings"
    icon = "history"
    order = 90
    columns = ("at", "actor_label", "action", "table_name", "object_id", "address", "what", "request_id")
    default_columns = ("at", "actor_label", "action", "table_name", "object_id", "what", "address")
    search = ("actor_label", "action", "table_name", "address")
    filters = ("at", "actor_id", "action", "table_name", "object_id", "request_id")
    ordering = ("-pk",)
    facts = ("at", "actor_label", "action")
    cell = {"what": _what}
    labels = {"what": _("Fields")}
    editable = addable = deletable = importable = searchable_globally = False
