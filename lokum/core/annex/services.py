"""Keeping files and attaching them to records."""

from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from lokum.core.annex import store
from lokum.core.annex.content import DOCUMENTS, FileType, judge
from lokum.core.annex.models import Attachment, Comment, StoredFile
from lokum.core.audit.services import note
from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal

# What one record may carry; a whole house of photographs belongs to several records.
MOST_PER_RECORD = 500 * 1024 * 1024


def store_file(data: bytes, *, media_type: str) -> StoredFile:
    """File content once; the same bytes give the same row."""
    sha256 = store.put(data)
    stored, _made = StoredFile.objects.get_or_create(
        sha256=sha256, defaults={"size": len(data), "media_type": media_type}
    )
    return stored


def store_files(contents: Sequence[bytes], *, media_type: str) -> list[StoredFile]:
    """Many contents at once, in their order."""
    keys = store.put_many(contents)
    sizes = {key: len(data) for key, data in zip(keys, contents, strict=True)}
    StoredFile.objects.bulk_create(
        [StoredFile(sha256=key, size=size, media_type=media_type) for key, size in sorted(sizes.items())],
        ignore_conflicts=True,
    )
    found = {one.sha256: one for one in StoredFile.objects.filter(sha256__in=list(sizes))}
    return [found[key] for key in keys]


def read_file(stored: StoredFile) -> bytes:
    """The content of a stored file; a damaged or missing one is a Refusal that names it."""
    try:
        return store.get(stored.sha256)
    except FileNotFoundError:
        raise Missing("file.lost", _("The file %(name)s is missing from the store.") % {"name": stored.sha256[:12]})
    except store.Corrupted:
        raise Refusal("file.damaged", _("The file %(name)s is damaged.") % {"name": stored.sha256[:12]}, status=500)


def attach_file(
    obj: models.Model,
    upload: UploadedFile,
    *,
    actor: Actor,
    kind: str = "",
    description: str = "",
    allowed: tuple[FileType, ...] = DOCUMENTS,
    most: int | None = MOST_PER_RECORD,
) -> Attachment:
    """Attach an upload to a record. A file of the same name becomes its next version; both stay readable.

    most: bytes that the record may carry; None for what the system makes itself (volumes of papers).
    """
    name = (upload.name or "file").replace("\\", "/").rpartition("/")[2][-200:]
    data = upload.read()
    found = judge(data, name, allowed)
    label, pk = obj._meta.label_lower, obj.pk
    with transaction.atomic():
        present = Attachment.objects.select_for_update(of=("self",)).filter(
            object_label=label, object_id=pk, removed_at=None
        )
        used = Attachment.objects.filter(object_label=label, object_id=pk).aggregate(n=Sum("file__size"))["n"] or 0
        if most is not None and used + len(data) > most:
            raise Refusal("file.quota", _("This record carries as many files as it may. Remove some first."))
        former = present.filter(name=name, replaced_by=None).order_by("-revision").first()
        attachment = Attachment.objects.create(
            object_label=label,
            object_id=pk,
            file=store_file(data, media_type=found.media_type),
            name=name,
            kind=kind,
            description=description,
            revision=former.revision + 1 if former else 1,
            replaces=former,
            created_by_id=actor.user_id,
        )
        note(obj, "attached", actor=actor, name=name, sha256=attachment.file.sha256)
    return attachment


def remove_attachment(obj: models.Model, pk: int, *, actor: Actor) -> None:
    """Take an attachment off the record's list; its content and history stay."""
    with transaction.atomic():
        changed = Attachment.objects.filter(
            pk=pk, object_label=obj._meta.label_lower, object_id=obj.pk, removed_at=None
        ).update(removed_at=clock.now())
        if not changed:
            raise Missing("file.missing", _("There is no such attachment."))
        note(obj, "attachment_removed", actor=actor, attachment=pk)


def add_comment(obj: Any, text: str, *, actor: Actor) -> Comment:
    """A remark of staff at a record."""
    if not text.strip():
        raise Refusal("comment.empty", _("Write something first."), fields={"text": [_("Write something first.")]})
    return Comment.objects.create(
        object_label=obj._meta.label_lower,
        object_id=obj.pk,
        text=text.strip()[:10_000],
        author_id=actor.user_id,
        author_label=actor.label,
    )
