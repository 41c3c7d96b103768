"""Workbooks that bring a whole estate in."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lokum.core.annex.models import StoredFile
from lokum.core.organisation.models import Entity


class EstateImport(models.Model):
    """One workbook with a whole estate: taken in, checked in a dry run, brought in."""

    class State(models.TextChoices):
        RECEIVED = "received", _("received")
        CHECKED = "checked", _("checked")
        DONE = "done", _("brought in")
        UNDONE = "undone", _("undone")

    class Policy(models.TextChoices):
        ALL = "all", _("one bad row stops all rows")
        GOOD = "good", _("bad rows are left out, the others are brought in")

    scope_path = {"node": "entity__node_id", "user": "owner_id"}

    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name=_("file"))
    file_name = models.CharField(_("file name"), max_length=255)
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="+", verbose_name=_("entity"))
    valid_from = models.DateField(_("new values hold from"))
    source = models.CharField(_("source document"), max_length=200, blank=True)
    policy = models.CharField(_("bad rows"), max_length=5, choices=Policy.choices, default=Policy.ALL)
    with_agreements = models.BooleanField(_("agreements under new titles"), default=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.RECEIVED)
    row_count = models.PositiveIntegerField(_("rows"), default=0)
    problem_count = models.PositiveIntegerField(_("problems"), default=0)
    problems = models.JSONField(default=list)  # the first of them: sheet, row, column, text
    counts = models.JSONField(default=dict)  # sheet -> created, updated, same, values
    kept = models.BooleanField(default=False, editable=False)  # its changes are written down, so that it can be undone
    created_at = models.DateTimeField(_("taken in at"))
    owner_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("estate workbook")
        verbose_name_plural = _("estate workbooks")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.file_name


class EstateImportRow(models.Model):
    """One record a workbook made or changed, and how it was before: what an undo starts from.

    `register`: which table (`workbook.keeping.REGISTERS`); `row`: as the spreadsheet counts; `version`: of the record
    after the import; `before`: the changed columns, or what else an undo must know (see `workbook.keeping`).
    """

    scope_path = {"node": "workbook__entity__node_id", "user": "workbook__owner_id"}

    workbook = models.ForeignKey(EstateImport, on_delete=models.CASCADE, related_name="+")
    register = models.CharField(max_length=12)
    row = models.PositiveIntegerField()
    object_id = models.BigIntegerField()
    created = models.BooleanField()
    version = models.PositiveIntegerField(default=1)
    before = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workbook", "register", "object_id"], name="estate_import_row_once")
        ]

    def __str__(self) -> str:
        return f"{self.register} {self.object_id}"
