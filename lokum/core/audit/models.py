"""What happened: row changes written by the database itself, notes of intent written by services."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditRow(models.Model):
    """One change of one row, or one event (sign-in, refusal, export, view of protected data). Append-only.

    Written by the generic row trigger `lokum_audit()` or by `audit.services.note_event`. `digest` is a salted
    hash of the values, so that values can be erased later while the chain (`AuditSeal`) still verifies. The table is
    partitioned by the month of `at` (see `partitions`), ids are unique over all months.
    """

    # Who does not see the whole operator sees the lines of their own acts.
    scope_path = {"user": "actor_id"}

    at = models.DateTimeField(_("at"))
    actor_id = models.BigIntegerField(_("user"), null=True)
    actor_label = models.CharField(_("who"), max_length=150, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    address = models.CharField(_("address"), max_length=64, blank=True)
    action = models.CharField(_("action"), max_length=30)
    table_name = models.CharField(_("register"), max_length=63, blank=True)
    object_id = models.BigIntegerField(_("record"), null=True)
    before = models.JSONField(_("before"), null=True)
    after = models.JSONField(_("after"), null=True)
    salt = models.CharField(max_length=32, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    transaction_id = models.BigIntegerField(null=True)  # of the writer; tells which lines can still be preceded

    class Meta:
        verbose_name = _("history line")
        verbose_name_plural = _("history")
        ordering = ("-pk",)
        indexes = [
            models.Index(fields=["table_name", "object_id", "id"], name="audit_row_object"),
            models.Index(fields=["actor_id", "id"], name="audit_row_actor"),
            BrinIndex(fields=["at"], name="audit_row_at"),
            BrinIndex(fields=["transaction_id"], name="audit_row_transaction"),
        ]

    def __str__(self) -> str:
        return f"{self.table_name} {self.object_id} {self.action}"


class AuditSeal(models.Model):
    """A link of the chain: the lines of finished transactions, hashed together with the link before.

    `leaves` holds 24 bytes per line: its id and the first 16 bytes of the hash of its contents, so that a check
    can name the altered or missing line, not just the broken link. `horizon` is the first transaction that was
    still open; the next link begins there.
    """

    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField(unique=True)
    row_count = models.PositiveIntegerField()
    leaves = models.BinaryField(default=b"")
    horizon = models.BigIntegerField(default=0)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.hash


class AuditMonth(models.Model):
    """A month of the history that lies outside the database, and its head: what keeps the chain verifiable without it.

    `hash` is the SHA-256 over the leaves (id and line hash) of the month's lines in the order of their ids, as the
    seals hold them; `spans` says which ids they are ([[first, last], ...]). The archive file gives the same hash.
    """

    scope_open = True

    month = models.DateField(_("month"), unique=True)
    row_count = models.PositiveIntegerField(_("lines"))
    spans = models.JSONField()
    hash = models.CharField(_("head of the month"), max_length=64)
    file_name = models.CharField(_("file"), max_length=100)
    file_hash = models.CharField(_("hash of the file"), max_length=64)
    archived_at = models.DateTimeField(_("archived at"))
    actor_label = models.CharField(_("who"), max_length=150)

    class Meta:
        verbose_name = _("archived month of the history")
        verbose_name_plural = _("archived months of the history")
        ordering = ("-month",)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class AuditNote(models.Model):
    """A note of intent: what somebody did, in words ("issued", "approved"), about one object."""

    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=150, blank=True)
    object_label = models.CharField(max_length=100)  # "charges.chargerun"
    object_id = models.BigIntegerField()
    verb = models.CharField(max_length=40)
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ("-pk",)
        indexes = [models.Index(fields=["object_label", "object_id", "id"], name="audit_note_object")]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_label} {self.object_id}"
