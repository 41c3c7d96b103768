"""Charges raised once: each belongs to the batch that made it, whether one charge or thousands."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import AmountField, PriceField, QuantityField
from lokum.core.base.models import Record
from lokum.core.organisation.models import Entity
from lokum.money.charges.models.components import Component
from lokum.money.charges.models.runs import ChargeRun
from lokum.money.ledger.models import Account
from lokum.property.occupancy.models import Agreement


class ChargeBatch(Record):
    """One act of raising charges: who, for whom, how much; cancelled as a whole or not at all."""

    class Origin(models.TextChoices):
        SINGLE = "single", _("one charge")
        FILTER = "filter", _("many by filter")
        SHEET = "sheet", _("from a sheet")

    class Delivery(models.TextChoices):
        NEXT_NOTICE = "next_notice", _("on the next notice")
        OWN_DOCUMENT = "own_document", _("as a document of its own")

    class State(models.TextChoices):
        ACTIVE = "active", _("raised")
        CANCELLED = "cancelled", _("cancelled")

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="+", verbose_name=_("entity"))
    origin = models.CharField(_("way"), max_length=10, choices=Origin.choices)
    delivery = models.CharField(_("delivery"), max_length=14, choices=Delivery.choices)
    period = models.DateField(_("from month"))
    due_on = models.DateField(_("due on"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200)
    chosen_by = models.JSONField(_("filter"), default=dict)
    charge_count = models.PositiveIntegerField(_("charges"), default=0)
    total_amount = AmountField(_("total"), default=0)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ACTIVE)
    run = models.OneToOneField(
        ChargeRun, on_delete=models.PROTECT, null=True, related_name="charge_batch", verbose_name=_("posting")
    )
    created_at = models.DateTimeField(_("raised at"))
    created_by_id = models.BigIntegerField(null=True)
    created_by_label = models.CharField(_("raised by"), max_length=150, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True)
    cancelled_by_id = models.BigIntegerField(null=True)
    cancel_reason = models.CharField(_("reason of the cancelling"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("batch of charges")
        verbose_name_plural = _("batches of charges")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(due_on__isnull=True) | Q(delivery="own_document"),
                name="charge_batch_due",
                violation_error_message=_("Only a document of its own has a due date of its own."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.reason} ({self.period:%Y-%m})"


class OneOffCharge(Record):
    """One charge of a batch: quantity x net price of a component, owed by one account."""

    scope_path = {"node": "batch__entity__node_id", "building": "account__building_key", "account": "account_id"}

    batch = models.ForeignKey(ChargeBatch, on_delete=models.PROTECT, related_name="charges", verbose_name=_("batch"))
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("account"))
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="+", verbose_name=_("agreement"))
    component = models.ForeignKey(Component, on_delete=models.PROTECT, related_name="+", verbose_name=_("component"))
    quantity = QuantityField(_("quantity"), default=1)
    price = PriceField(_("net price"))
    amount = AmountField(_("amount"))
    reason = models.CharField(_("reason"), max_length=200)

    class Meta:
        verbose_name = _("one-off charge")
        verbose_name_plural = _("one-off charges")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0) & Q(price__gt=0),
                name="one_off_positive",
                violation_error_message=_("Quantity and price are above zero."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.component} {self.amount}"
