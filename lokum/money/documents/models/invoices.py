"""Tax invoices of notices and of advances, and corrections that refer to them; written once and never changed."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import AmountField
from lokum.core.papers.models import IssuedDocument
from lokum.money.charges.models import Notice
from lokum.money.documents.models.statements import ACCOUNT_SCOPE
from lokum.money.ledger.models import Account


class Invoice(models.Model):
    """A tax invoice of one notice, a correction of it, or its taking back when the notice was reversed.

    Advance invoices (models.advances) and their corrections have no notice. An invoice that settles advances says what
    is left after them.
    """

    class Kind(models.TextChoices):
        INVOICE = "invoice", _("Tax invoice")
        CORRECTION = "correction", _("Correction of an invoice")
        REVERSAL = "reversal", _("Correction to zero")
        ADVANCE = "advance", _("Advance invoice")
        RETURN = "return", _("Correction of an advance invoice")

    scope_path = ACCOUNT_SCOPE

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="invoices", verbose_name=_("account"))
    notice = models.ForeignKey(
        Notice,
        on_delete=models.PROTECT,
        null=True,
        related_name="invoices",
        db_constraint=False,
        verbose_name=_("notice"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    document = models.OneToOneField(
        IssuedDocument, on_delete=models.PROTECT, related_name="+", db_constraint=False, verbose_name=_("document")
    )
    number = models.CharField(_("number"), max_length=80)
    issued_on = models.DateField(_("issued on"))
    corrects = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="corrections", verbose_name=_("corrects")
    )
    buyer_name = models.CharField(_("buyer"), max_length=250)
    buyer_tax_number = models.CharField(_("tax number of the buyer"), max_length=20, blank=True)
    requested_on = models.DateField(_("requested on"), null=True)
    exempt_reason = models.CharField(_("reason of exemption"), max_length=200, blank=True)
    net_amount = AmountField(_("net"))
    tax_amount = AmountField(_("tax"))
    total_amount = AmountField(_("total"))
    made_at = models.DateTimeField(_("made at"))
    made_by = models.CharField(_("made by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("tax invoice")
        verbose_name_plural = _("tax invoices")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(fields=["notice"], condition=~Q(kind="reversal"), name="invoice_of_notice_once"),
            models.UniqueConstraint(fields=["notice"], condition=Q(kind="reversal"), name="invoice_taken_back_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["invoice", "advance"], corrects__isnull=True)
                | (~Q(kind__in=["invoice", "advance"]) & Q(corrects__isnull=False)),
                name="invoice_correction_refers",
            ),
            models.CheckConstraint(
                condition=Q(total_amount=F("net_amount") + F("tax_amount")), name="invoice_net_plus_tax"
            ),
            models.CheckConstraint(
                condition=~Q(buyer_tax_number="") | Q(requested_on__isnull=False) | ~Q(kind__in=["invoice", "advance"]),
                name="invoice_buyer",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["advance", "return"], notice__isnull=True)
                | (~Q(kind__in=["advance", "return"]) & Q(notice__isnull=False)),
                name="invoice_of_notice_or_advance",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class InvoiceRate(models.Model):
    """Net and tax of an invoice at one rate; what is exempt or outside the tax stands apart."""

    scope_path = {
        "node": "invoice__account__entity__node_id",
        "building": "invoice__account__building_key",
        "account": "invoice__account_id",
    }

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="rates", verbose_name=_("tax invoice"))
    rate = models.CharField(_("rate of VAT"), max_length=16)  # "exempt", "outside" or the per cent: "23"
    net_amount = AmountField(_("net"))
    tax_amount = AmountField(_("tax"))

    class Meta:
        verbose_name = _("rate of an invoice")
        verbose_name_plural = _("rates of an invoice")
        ordering = ("invoice_id", "rate")
        constraints = [
            models.UniqueConstraint(fields=["invoice", "rate"], name="invoice_rate_once"),
            models.CheckConstraint(
                condition=Q(tax_amount=0) | ~Q(rate__in=["exempt", "outside", "0"]), name="invoice_rate_without_tax"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rate} {self.net_amount}"
