"""Reading what is attached to a record."""

from typing import Any

from django.db.models import Model, QuerySet

from lokum.core.annex.models import Attachment, Comment


def attachments_of(obj: Model) -> QuerySet[Attachment]:
    """Present attachments in their newest version, newest first."""
    return (
        Attachment.objects.filter(
            object_label=obj._meta.label_lower, object_id=obj.pk, removed_at=None, replaced_by=None
        )
        .select_related("file")
        .order_by("-created_at")
    )


def comments_of(obj: Any) -> QuerySet[Comment]:
    return Comment.objects.filter(object_label=obj._meta.label_lower, object_id=obj.pk)
