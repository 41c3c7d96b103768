"""Which debt a payment covers, per entity."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lokum.core.base.models import Record
from lokum.core.organisation.models import Entity


class AllocationRule(Record):
    """How money is used for debts of an entity; without a row: the legal order, designation by document number."""

    class Order(models.TextChoices):
        LEGAL = "legal", _("Legal order: longest due first, interest of each debt before its principal")
        PRINCIPAL_FIRST = "principal_first", _("Principal first, then interest")
        OLDEST_FIRST = "oldest_first", _("Documents by their own due dates")

    class Designation(models.TextChoices):
        NONE = "none", _("not read")
        NUMBER = "number", _("document number in the transfer title")
        MONTH = "month", _("document number or month in the transfer title")

    scope_path = {"node": "entity__node_id"}

    entity = models.OneToOneField(
        Entity, on_delete=models.PROTECT, related_name="allocation_rule", verbose_name=_("entity")
    )
    order = models.CharField(_("order"), max_length=15, choices=Order.choices, default=Order.LEGAL)
    designation = models.CharField(
        _("the payer's designation"), max_length=8, choices=Designation.choices, default=Designation.NUMBER
    )
    notes_interest = models.BooleanField(
        _("interest to the day of payment is noted with the payment"),
        default=False,
        help_text=_(
            "With the legal order: interest of a debt that a payment reaches becomes a note at once and is covered "
            "before the principal. Otherwise it stays accrued until the month is closed."
        ),
    )

    class Meta:
        verbose_name = _("allocation rule")
        verbose_name_plural = _("allocation rules")
        ordering = ("entity_id",)

    def __str__(self) -> str:
        return f"{self.entity}: {self.get_order_display()}"
