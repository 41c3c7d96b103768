"""Payers' accounts and their present balances."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import AmountField
from lokum.core.base.models import Record
from lokum.core.organisation.models import Entity
from lokum.property.occupancy.models import Agreement
from lokum.property.parties.models import Party


class Account(Record):
    """The account of one payer with one entity (account sheet, balance, own bank account number)."""

    scope_path = {"building": "building_key", "node": "entity__node_id", "account": "pk"}

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="accounts", verbose_name=_("entity"))
    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="accounts", verbose_name=_("agreement")
    )
    payer = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="accounts", verbose_name=_("payer"))
    code = models.CharField(_("account number"), max_length=40)
    currency = models.CharField(_("currency"), max_length=3)
    building_key = models.BigIntegerField(
        null=True, editable=False
    )  # building of the agreement's premises, for row policies
    opened_on = models.DateField(_("opened on"))
    closed_on = models.DateField(_("closed on"), null=True, blank=True)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ("entity_id", "code")
        constraints = [
            models.UniqueConstraint(fields=["entity", "code"], name="account_code"),
            models.UniqueConstraint(fields=["agreement", "payer"], name="account_of_agreement"),
        ]
        indexes = [models.Index(fields=["building_key"], name="account_building")]

    def __str__(self) -> str:
        return self.code


class AccountBalance(models.Model):
    """Present sum of a payer's account, kept with every posting; the proof compares it with the lines."""

    account = models.OneToOneField(Account, on_delete=models.PROTECT, primary_key=True, related_name="balance")
    amount = AmountField(default=0)

    def __str__(self) -> str:
        return str(self.amount)
