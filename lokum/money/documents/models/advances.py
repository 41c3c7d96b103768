"""Advances: money received before the supply, its invoice, and what invoices of notices took off for it."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import AmountField
from lokum.money.charges.models import Component
from lokum.money.documents.models.invoices import Invoice
from lokum.money.documents.models.statements import ACCOUNT_SCOPE
from lokum.money.ledger.models import Account, Entry
from lokum.money.payments.models import Payment


class Advance(models.Model):
    """Free money of a payment that stands for a supply to come, as its advance invoice says. Append-only.

    Poland: act of 11 March 2004 on value added tax, art. 19a sec. 8, 106b sec. 1 point 4, 106f.
    """

    scope_path = ACCOUNT_SCOPE

    invoice = models.OneToOneField(
        Invoice, on_delete=models.PROTECT, related_name="advance", verbose_name=_("advance invoice")
    )
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="advances", verbose_name=_("account"))
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="advances", db_constraint=False, verbose_name=_("payment")
    )
    component = models.ForeignKey(Component, on_delete=models.PROTECT, related_name="+", verbose_name=_("component"))
    received_on = models.DateField(_("received on"))
    subject = models.CharField(_("supply"), max_length=200)
    rate = models.CharField(_("rate of VAT"), max_length=16)  # the per cent: "23"
    order_amount = AmountField(_("gross value of the order"))
    net_amount = AmountField(_("net"))
    tax_amount = AmountField(_("tax"))
    total_amount = AmountField(_("total"))
    entry = models.OneToOneField(
        Entry, on_delete=models.PROTECT, related_name="+", db_constraint=False, verbose_name=_("entry")
    )

    class Meta:
        verbose_name = _("advance")
        verbose_name_plural = _("advances")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(total_amount=F("net_amount") + F("tax_amount"), tax_amount__gt=0), name="advance_taxed"
            ),
            models.CheckConstraint(condition=Q(order_amount__gte=F("total_amount")), name="advance_of_order"),
        ]

    def __str__(self) -> str:
        return self.invoice.number

    @property
    def supply(self) -> str:
        """What the money is for: typed words as they are, the name of the component in the language of the reader."""
        one = self.component
        names = (one.name, one.name_pl, one.name_zh_hant, one.name_zh_hans)
        return one.local_name if self.subject in names else self.subject


class AdvanceUse(models.Model):
    """What an invoice of a notice took off for an advance, or its correction to zero gave back (below zero), or what
    the correction of an advance invoice took from it. What uses take never exceeds the advance. Append-only."""

    scope_path = {
        "node": "advance__account__entity__node_id",
        "building": "advance__account__building_key",
        "account": "advance__account_id",
    }

    advance = models.ForeignKey(Advance, on_delete=models.PROTECT, related_name="uses", verbose_name=_("advance"))
    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, related_name="advances_used", verbose_name=_("tax invoice")
    )
    net_amount = AmountField(_("net"))
    tax_amount = AmountField(_("tax"))
    total_amount = AmountField(_("total"))
    entry = models.ForeignKey(
        Entry, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False,
        verbose_name=_("entry"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("use of an advance")
        verbose_name_plural = _("uses of advances")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["advance", "invoice"], name="advance_used_once"),
            models.CheckConstraint(
                condition=Q(total_amount=F("net_amount") + F("tax_amount")) & ~Q(total_amount=0),
                name="advance_use_net_plus_tax",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice} {self.total_amount}"
