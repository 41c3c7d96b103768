"""Letters about a change of fees, with the reason and the legal notice time."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import AmountField
from lokum.core.organisation.models import Entity
from lokum.core.papers.models import IssuedDocument
from lokum.money.documents.models.delivery import DeliveryBatch
from lokum.money.ledger.models import Account


class FeeChange(models.Model):
    """One change of fees of an entity from a month on: why, which kind of costs, and whether notice was in time."""

    class Costs(models.TextChoices):
        INDEPENDENT = "independent", _("costs the entity cannot influence")
        DEPENDENT = "dependent", _("costs the entity can influence")
        RENT = "rent", _("rent")

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="fee_changes", verbose_name=_("entity"))
    effective_on = models.DateField(_("new fees from"))
    costs = models.CharField(_("kind of costs"), max_length=12, choices=Costs.choices)
    reason = models.CharField(_("reason"), max_length=500)
    issued_on = models.DateField(_("date of the letters"))
    latest_on = models.DateField(_("latest day of notice by law"), null=True)
    late_reason = models.CharField(_("why notice is late"), max_length=500, blank=True)
    letter_count = models.PositiveIntegerField(_("letters"), default=0)
    batch = models.OneToOneField(
        DeliveryBatch, on_delete=models.PROTECT, related_name="fee_change", verbose_name=_("delivery batch")
    )
    made_at = models.DateTimeField(_("made at"))
    made_by = models.CharField(_("made by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("change of fees")
        verbose_name_plural = _("changes of fees")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.effective_on:%Y-%m} {self.reason[:60]}"


class FeeChangeLetter(models.Model):
    """The letter of one payer: old and new amount of a month."""

    scope_path = {"node": "account__entity__node_id", "building": "account__building_key", "account": "account_id"}

    change = models.ForeignKey(
        FeeChange, on_delete=models.PROTECT, related_name="letters", verbose_name=_("change of fees")
    )
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("account"))
    document = models.OneToOneField(
        IssuedDocument, on_delete=models.PROTECT, related_name="+", db_constraint=False, verbose_name=_("document")
    )
    old_amount = AmountField(_("fees so far"))
    new_amount = AmountField(_("new fees"))

    class Meta:
        verbose_name = _("letter about fees")
        verbose_name_plural = _("letters about fees")
        ordering = ("change_id", "pk")
        constraints = [models.UniqueConstraint(fields=["change", "account"], name="fee_change_letter_once")]

    def __str__(self) -> str:
        return str(self.document)
