"""What is still open, and which money covers which debt."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import AmountField
from lokum.money.ledger.models.accounts import Account
from lokum.money.ledger.models.posting import Entry


class OpenItem(models.Model):
    """What is still open of an entry: of a charge (side "debit") or of a payment (side "credit", free money)."""

    class Side(models.TextChoices):
        DEBIT = "debit", _("Debit")
        CREDIT = "credit", _("Credit")

    entry = models.OneToOneField(
        Entry, on_delete=models.PROTECT, primary_key=True, related_name="open_item", db_constraint=False
    )
    account = models.ForeignKey(
        Account,
        on_delete=models.PROTECT,
        related_name="open_items",
        db_constraint=False,
        db_index=False,
        verbose_name=_("account"),
    )
    side = models.CharField(max_length=6, choices=Side.choices)
    due_on = models.DateField(_("due on"))
    amount = AmountField(_("amount"))
    open_amount = AmountField(_("open"))

    class Meta:
        verbose_name = _("open item")
        verbose_name_plural = _("open items")
        constraints = [
            models.CheckConstraint(
                condition=Q(open_amount__gte=0) & Q(open_amount__lte=models.F("amount")),
                name="open_item_bounds",
            )
        ]
        indexes = [
            # Covering: ageing reads nothing but this.
            models.Index(
                fields=["account", "due_on"],
                include=["entry", "side", "amount", "open_amount"],
                name="open_item_open",
                condition=Q(open_amount__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.open_amount} / {self.amount}"


class Allocation(models.Model):
    """Money of a credit entry used for a debit entry, with the rule that decided it. Undone by `undone_at`."""

    scope_path = {"node": "account__entity__node_id", "building": "account__building_key", "account": "account_id"}

    account = models.ForeignKey(
        Account,
        on_delete=models.PROTECT,
        related_name="allocations",
        db_constraint=False,
        db_index=False,
        verbose_name=_("account"),
    )
    credit = models.ForeignKey(
        Entry,
        on_delete=models.PROTECT,
        related_name="allocations_made",
        db_constraint=False,
        db_index=False,
        verbose_name=_("credit"),
    )
    debit = models.ForeignKey(
        Entry,
        on_delete=models.PROTECT,
        related_name="allocations_received",
        db_constraint=False,
        db_index=False,
        verbose_name=_("debt"),
    )
    amount = AmountField(_("amount"))
    rule = models.CharField(_("rule"), max_length=30)
    value_on = models.DateField(_("value date"))
    made_at = models.DateTimeField(_("made at"))
    actor_id = models.BigIntegerField(null=True)
    undone_at = models.DateTimeField(_("undone at"), null=True)
    undone_reason = models.CharField(_("reason"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="allocation_positive")]
        indexes = [
            models.Index(fields=["credit"], name="allocation_credit_live", condition=Q(undone_at__isnull=True)),
            models.Index(fields=["debit"], name="allocation_debit_live", condition=Q(undone_at__isnull=True)),
            BrinIndex(fields=["credit", "debit"], name="allocation_sides_brin"),
            models.Index(  # what people and exceptions decided; the rules of mass runs would make it large
                fields=["rule", "id"],
                name="allocation_rule_rare",
                condition=~Q(rule__in=["legal", "oldest_first", "principal_first", "on_posting"]),
            ),
        ]

    def __str__(self) -> str:
        return str(self.amount)
