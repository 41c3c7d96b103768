"""State that belongs to lists and to repeated requests, not to any one register."""

from django.db import models


class SavedView(models.Model):
    """A named set of filters, columns and sorting of one list. `owner_id` is a user's id (users live above)."""

    desk = models.CharField(max_length=100)
    name = models.CharField(max_length=80)
    owner_id = models.BigIntegerField(null=True)
    shared = models.BooleanField(default=False)
    query = models.TextField(blank=True)
    columns = models.JSONField(default=list)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("position", "name")
        constraints = [
            models.UniqueConstraint(fields=["desk", "owner_id", "name"], name="saved_view_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return self.name


class IdempotencyKey(models.Model):
    """The first answer to a request that carried an idempotency key, written in the transaction of its effect."""

    scope = models.CharField(max_length=120)
    key = models.CharField(max_length=200)
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField()
    created_at = models.DateTimeField()
    kept_for_ever = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return self.key


class ImportBatch(models.Model):
    """One sheet brought in: what it changed, so that an unused batch can be undone."""

    desk = models.CharField(max_length=100)
    file_name = models.CharField(max_length=255)
    file_hash = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict)
    policy = models.CharField(max_length=10)  # "all" or "good" rows only
    state = models.CharField(max_length=10, default="checked")  # checked, done, undone
    created_at = models.DateTimeField()
    owner_id = models.BigIntegerField(null=True)
    row_count = models.PositiveIntegerField(default=0)
    created_count = models.PositiveIntegerField(default=0)
    updated_count = models.PositiveIntegerField(default=0)
    same_count = models.PositiveIntegerField(default=0)
    error_count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.file_name


class ImportRow(models.Model):
    """One row of an import batch: the values read, what is wrong with them and what they changed."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    values = models.JSONField(default=dict)
    errors = models.JSONField(default=dict)
    outcome = models.CharField(max_length=10, blank=True)  # created, updated, same, error
    object_id = models.BigIntegerField(null=True)
    before = models.JSONField(null=True)

    class Meta:
        ordering = ("batch_id", "number")
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="import_row_once")]

    def __str__(self) -> str:
        return str(self.number)
