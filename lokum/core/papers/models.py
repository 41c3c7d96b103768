"""Number series and the register of issued documents."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lokum.core.annex.models import StoredFile
from lokum.core.base.models import Record
from lokum.core.organisation.models import Entity


class NumberSeries(Record):
    """How numbers of one kind of document of one entity are built.

    pattern: text with {year} {month} {serial} and {serial:06}; `restarts` says when the serial starts anew.
    """

    class Restarts(models.TextChoices):
        NEVER = "never", _("never")
        YEAR = "year", _("every year")
        MONTH = "month", _("every month")

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="number_series", verbose_name=_("entity"))
    kind = models.CharField(_("kind of document"), max_length=30)
    pattern = models.CharField(_("pattern"), max_length=80)
    restarts = models.CharField(_("starts anew"), max_length=10, choices=Restarts.choices, default=Restarts.MONTH)
    gapless = models.BooleanField(_("without gaps"), default=True)

    class Meta:
        verbose_name = _("number series")
        verbose_name_plural = pgettext_lazy("plural", "number series")
        constraints = [models.UniqueConstraint(fields=["entity", "kind"], name="number_series_once")]

    def __str__(self) -> str:
        return f"{self.entity} {self.kind}"


class SeriesCounter(models.Model):
    """Last serial of a series in a period; locked while a block of numbers is taken."""

    series = models.ForeignKey(NumberSeries, on_delete=models.PROTECT, related_name="counters")
    period = models.CharField(max_length=7)  # "", "2026" or "2026-11"
    last = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "period"], name="series_counter_once")]

    def __str__(self) -> str:
        return f"{self.series} {self.period}: {self.last}"


class VoidNumber(models.Model):
    """A number that was taken and cancelled: it stays visible."""

    scope_path = {"node": "series__entity__node_id"}

    series = models.ForeignKey(
        NumberSeries, on_delete=models.PROTECT, related_name="void_numbers", verbose_name=_("series")
    )
    period = models.CharField(_("period"), max_length=7, blank=True)
    serial = models.PositiveBigIntegerField(_("running number"))
    number = models.CharField(_("number"), max_length=80)
    reason = models.CharField(_("reason"), max_length=250)
    voided_at = models.DateTimeField(_("voided at"))
    actor_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("void number")
        verbose_name_plural = _("void numbers")
        ordering = ("-pk",)
        constraints = [models.UniqueConstraint(fields=["series", "period", "serial"], name="void_number_once")]

    def __str__(self) -> str:
        return self.number


class IssuedDocument(models.Model):
    """A document as issued: number, canonical data and template version are fixed for ever (append-only).

    account_key, party_key and premises_key are ids of registers that live above this layer.
    `content_hash` = SHA-256 of the canonical JSON; the PDF follows on demand (`DocumentFile`).
    """

    scope_path = {
        "node": "entity__node_id",
        "building": "building_key",
        "premises": "premises_key",
        "account": "account_key",
        "party": "party_key",
    }

    entity = models.ForeignKey(
        Entity,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("entity"),
    )
    kind = models.CharField(_("kind"), max_length=30)
    number = models.CharField(_("number"), max_length=80)
    series = models.ForeignKey(
        NumberSeries, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    series_period = models.CharField(max_length=7, blank=True)
    serial = models.PositiveBigIntegerField(null=True)
    issued_on = models.DateField(_("date"))
    account_key = models.BigIntegerField(null=True)
    party_key = models.BigIntegerField(null=True)
    premises_key = models.BigIntegerField(null=True)
    building_key = models.BigIntegerField(null=True)
    language = models.CharField(_("language"), max_length=10, default="pl")
    template = models.CharField(_("template"), max_length=40)  # "notice/1"
    data = models.JSONField(_("data"))
    content_hash = models.CharField(_("hash of the content"), max_length=64)
    replaces = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    in_portal = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ("-pk",)
        # The number leads, so that the index also finds papers by the beginning of their number.
        constraints = [models.UniqueConstraint(fields=["number", "kind", "entity"], name="issued_document_number")]
        indexes = [
            models.Index(fields=["account_key", "-id"], name="issued_document_account"),
            models.Index(fields=["series", "series_period", "serial"], name="issued_document_serial"),
            models.Index(fields=["replaces"], name="issued_document_replaces", condition=Q(replaces__isnull=False)),
            BrinIndex(fields=["issued_on"], name="issued_document_date"),
        ]

    def __str__(self) -> str:
        return self.number


class DocumentFile(models.Model):
    """The rendered PDF of a document, kept unchanged from the moment it was first needed."""

    document = models.OneToOneField(IssuedDocument, on_delete=models.PROTECT, primary_key=True, related_name="file")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    rendered_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.document_id)


class DocumentTemplate(models.Model):
    """The words of a kind of letter of one entity in one language. Changing them makes a new version; the highest
    version is in force, and a document keeps the words it was issued with.

    subject and body: text with variables in braces from the fixed list of the kind; paragraphs are parted by an
    empty line.
    """

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(
        Entity, on_delete=models.PROTECT, related_name="document_templates", verbose_name=_("entity")
    )
    kind = models.CharField(_("kind of document"), max_length=30)
    language = models.CharField(_("language"), max_length=10)
    number = models.PositiveIntegerField(_("version"))
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"), max_length=8000)
    made_at = models.DateTimeField(_("made at"))
    made_by_id = models.BigIntegerField(null=True)
    made_by = models.CharField(_("made by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("document template")
        verbose_name_plural = _("document templates")
        ordering = ("entity_id", "kind", "language", "-number")
        constraints = [
            models.UniqueConstraint(fields=["entity", "kind", "language", "number"], name="document_template_version")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.language} {self.number}"
