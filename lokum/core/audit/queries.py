"""Reading history."""

from django.db.models import Model, QuerySet

from lokum.core.audit.models import AuditRow


def history_of(record: Model) -> QuerySet[AuditRow]:
    """Lines about one record, newest first."""
    return AuditRow.objects.filter(table_name=record._meta.db_table, object_id=record.pk).order_by("-pk")
