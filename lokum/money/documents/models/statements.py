"""Statements of account and balance confirmations, with what the payer answered."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import AmountField
from lokum.core.papers.models import IssuedDocument
from lokum.money.documents.models.delivery import DeliveryBatch
from lokum.money.ledger.models import Account

ACCOUNT_SCOPE = {"node": "account__entity__node_id", "building": "account__building_key", "account": "account_id"}


class AccountStatement(models.Model):
    """One issued statement: opening, movements and closing of a range, as the account sheet shows them."""

    class Kind(models.TextChoices):
        STATEMENT = "statement", _("Statement of account")
        CONFIRMATION = "confirmation", _("Balance confirmation")

    class Reply(models.TextChoices):
        NONE = "none", _("no reply")
        AGREED = "agreed", _("agreed")
        DISPUTED = "disputed", _("disputed")

    scope_path = ACCOUNT_SCOPE

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="statements", verbose_name=_("account"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    start_on = models.DateField(_("from"))
    end_on = models.DateField(_("to"))
    opening_amount = AmountField(_("opening balance"))
    closing_amount = AmountField(_("closing balance"))
    entry_count = models.PositiveIntegerField(_("entries"))
    document = models.OneToOneField(
        IssuedDocument, on_delete=models.PROTECT, related_name="+", db_constraint=False, verbose_name=_("document")
    )
    batch = models.ForeignKey(
        DeliveryBatch, on_delete=models.PROTECT, null=True, related_name="statements", verbose_name=_("delivery batch")
    )
    reply = models.CharField(_("reply"), max_length=10, choices=Reply.choices, default=Reply.NONE)
    reply_on = models.DateField(_("replied on"), null=True)
    reply_amount = AmountField(_("amount named by the payer"), null=True)
    reply_note = models.CharField(_("what the payer wrote"), max_length=500, blank=True)
    reply_by = models.CharField(_("recorded by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("statement of account")
        verbose_name_plural = _("statements of account")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(fields=["batch", "account"], name="account_statement_once"),
            models.CheckConstraint(condition=Q(end_on__gte=F("start_on")), name="account_statement_range"),
        ]
        indexes = [models.Index(fields=["account", "-id"], name="account_statement_account")]

    def __str__(self) -> str:
        return str(self.document)
