"""Files: content-addressed once, attached to any record."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class StoredFile(models.Model):
    """One content, kept once under its SHA-256 in the file store."""

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=100)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.sha256


class Attachment(models.Model):
    """A file at a record, served only to those who may see the record. A new version points to the one before."""

    object_label = models.CharField(max_length=100)  # "estates.premises"
    object_id = models.BigIntegerField()
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="attachments")
    name = models.CharField(_("file name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=40, blank=True)
    description = models.CharField(_("description"), max_length=250, blank=True)
    revision = models.PositiveIntegerField(_("version"), default=1)
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by")
    removed_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("added at"), auto_now_add=True)
    created_by_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        indexes = [models.Index(fields=["object_label", "object_id"], name="attachment_object")]

    def __str__(self) -> str:
        return self.name


class Comment(models.Model):
    """A remark at a record, by staff for staff."""

    object_label = models.CharField(max_length=100)
    object_id = models.BigIntegerField()
    text = models.TextField(_("comment"))
    author_id = models.BigIntegerField(null=True)
    author_label = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-pk",)
        indexes = [models.Index(fields=["object_label", "object_id"], name="comment_object")]

    def __str__(self) -> str:
        return self.text[:60]
