"""Own virtual account numbers of payers, and the payments that find their payer by them."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Right
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import AmountField
from lokum.core.base.models import Record
from lokum.core.organisation.models import Entity, EntityBankAccount
from lokum.money.ledger.models import Account, Entry


class VirtualAccountPool(Record):
    """A range of virtual account numbers given by a bank: sort code + client mask + payer identifier."""

    scope_path = {"node": "bank_account__entity__node_id"}

    bank_account = models.ForeignKey(
        EntityBankAccount, on_delete=models.PROTECT, related_name="pools", verbose_name=_("bank account")
    )
    sort_code = models.CharField(_("sort code"), max_length=8)
    mask = models.CharField(_("client mask"), max_length=8)
    next_identifier = models.PositiveBigIntegerField(_("next number of a payer"), default=1, editable=False)
    warn_below = models.PositiveIntegerField(_("warn when fewer numbers are left"), default=1000)

    class Meta:
        verbose_name = _("pool of virtual accounts")
        verbose_name_plural = _("pools of virtual accounts")
        constraints = [models.UniqueConstraint(fields=["sort_code", "mask"], name="virtual_pool_once")]

    def __str__(self) -> str:
        return f"{self.sort_code} {self.mask}"


class VirtualAccount(models.Model):
    """A number issued once and for ever to one payer account; after a change of owner it stays with the former one."""

    scope_path = {
        "building": "account__building_key",
        "node": "account__entity__node_id",
        "account": "account_id",
    }

    number = models.CharField(_("account number"), max_length=34, unique=True)
    pool = models.ForeignKey(
        VirtualAccountPool, on_delete=models.PROTECT, related_name="numbers", verbose_name=_("pool")
    )
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="virtual_accounts", verbose_name=_("account")
    )
    issued_on = models.DateField(_("issued on"))
    retired_on = models.DateField(_("retired on"), null=True, blank=True)

    class Meta:
        verbose_name = _("virtual account")
        verbose_name_plural = _("virtual accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "pool"],
                condition=Q(retired_on__isnull=True),
                name="virtual_account_current",
            )
        ]
        # One bank reports only the last twelve digits.
        indexes = [models.Index(Right("number", 12), name="virtual_account_tail")]

    def __str__(self) -> str:
        return self.number


class Payment(models.Model):
    """Money received, once per channel and the channel's own id. `account` NULL = not cleared yet."""

    class Channel(models.TextChoices):
        BANK = "bank", _("Bank transfer")
        CASH = "cash", _("Cash desk")
        ONLINE = "online", _("Online")

    scope_path = {"building": "account__building_key", "node": "entity__node_id", "account": "account_id"}

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="payments", db_constraint=False)
    # Looked up by the index `payment_account`.
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, related_name="payments", db_constraint=False, db_index=False
    )
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="payment", db_constraint=False)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    channel_reference = models.CharField(_("reference"), max_length=100)
    amount = AmountField(_("amount"))
    booked_on = models.DateField(_("booked on"))
    value_on = models.DateField(_("value date"))
    payer_name = models.CharField(_("sender"), max_length=200, blank=True)
    title = models.CharField(_("payment reference"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ("-pk",)
        constraints = [models.UniqueConstraint(fields=["channel", "channel_reference"], name="payment_once")]
        indexes = [
            models.Index(fields=["account", "-id"], name="payment_account"),
            BrinIndex(fields=["booked_on"], name="payment_booked_brin"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.booked_on}"
