"""Batches of documents on their way to payers: printed in the order of the route, or shown in the portal."""

import datetime as dt

from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lokum.core.organisation.models import Entity
from lokum.core.papers.models import IssuedDocument
from lokum.money.ledger.models import Account


class DeliveryBatch(models.Model):
    """Documents of one kind that go out together. `key` names the order: the same one is never made twice."""

    class State(models.TextChoices):
        OPEN = "open", _("documents are being issued")
        READY = "ready", _("ready to be produced")
        DONE = "done", _("produced")

    class Kind(models.TextChoices):
        NOTICE = "notice", _("Notices")
        STATEMENT = "statement", _("Statements of account")
        CONFIRMATION = "confirmation", _("Balance confirmations")
        FEE_CHANGE = "fee_change", _("Changes of fees")

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(
        Entity, on_delete=models.PROTECT, related_name="delivery_batches", verbose_name=_("entity")
    )
    kind = models.CharField(_("kind"), max_length=14, choices=Kind.choices)
    key = models.CharField(max_length=120)
    title = models.CharField(_("title"), max_length=200)  # as it read when the batch was made; see `name`
    arguments = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    made_at = models.DateTimeField(_("made at"))
    made_by = models.CharField(_("made by"), max_length=150, blank=True)
    produced_at = models.DateTimeField(_("produced at"), null=True)

    class Meta:
        verbose_name = _("delivery batch")
        verbose_name_plural = _("delivery batches")
        ordering = ("-pk",)
        constraints = [models.UniqueConstraint(fields=["entity", "key"], name="delivery_batch_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The title in the language of the reader, from kind and arguments; what older batches had stays as it was."""
        told = {key: _day(self.arguments[key]) for key in ("start", "end", "effective_on") if self.arguments.get(key)}
        if self.kind == self.Kind.FEE_CHANGE and "effective_on" in told:
            return gettext("Change of fees from %(effective_on)s") % told
        if self.kind == self.Kind.NOTICE and self.arguments.get("month"):
            month = date_format(dt.date.fromisoformat(self.arguments["month"]), "YEAR_MONTH_FORMAT")
            return gettext("Notices %(month)s") % {"month": month}
        if "start" in told and "end" in told:
            return f"{self.get_kind_display()} {told['start']} – {told['end']}"
        return self.title


def _day(text: str) -> str:
    return date_format(dt.date.fromisoformat(text), "SHORT_DATE_FORMAT")


class DeliveryItem(models.Model):
    """One document of a batch: whose it is, how it goes, its place on the route, and the volume it was printed in."""

    class Way(models.TextChoices):
        PAPER = "paper", _("on paper")
        ELECTRONIC = "electronic", _("electronic copy in the portal")

    scope_path = {"node": "batch__entity__node_id", "building": "account__building_key", "account": "account_id"}

    batch = models.ForeignKey(
        DeliveryBatch, on_delete=models.PROTECT, related_name="items", verbose_name=_("delivery batch")
    )
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("account"))
    document = models.ForeignKey(
        IssuedDocument, on_delete=models.PROTECT, related_name="+", db_constraint=False, verbose_name=_("document")
    )
    way = models.CharField(_("way"), max_length=10, choices=Way.choices)
    place = models.PositiveIntegerField(_("place on the route"), null=True)
    volume = models.PositiveIntegerField(_("volume"), null=True)
    done_at = models.DateTimeField(_("produced at"), null=True)

    class Meta:
        verbose_name = _("document to deliver")
        verbose_name_plural = _("documents to deliver")
        ordering = ("batch_id", "place")
        constraints = [models.UniqueConstraint(fields=["batch", "document"], name="delivery_item_document_once")]

    def __str__(self) -> str:
        return f"{self.place} {self.document}"
