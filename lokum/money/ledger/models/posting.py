"""Double entry, append-only: what is posted is never changed, only corrected by a linked entry.

Mass tables (Entry, Line) carry no row-level foreign keys: references are checked once per statement by triggers
over transition tables, which keep the same guarantee at a fraction of the cost (see docs/adr on posting).
"""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import AmountField
from lokum.core.organisation.models import Entity
from lokum.money.ledger.models.accounts import Account
from lokum.money.ledger.models.chart import LedgerAccount
from lokum.money.ledger.models.sub_accounts import SubAccount
from lokum.money.ledger.words import BATCH_KINDS


class ChainHead(models.Model):
    """The last link of an entity's chain of batches. Locked for the short moment in which a batch is sealed."""

    entity = models.OneToOneField(Entity, on_delete=models.PROTECT, primary_key=True, related_name="chain_head")
    last_number = models.PositiveBigIntegerField(default=0)
    last_hash = models.CharField(max_length=64, default="")

    def __str__(self) -> str:
        return f"{self.entity_id} {self.last_number}"


class Batch(models.Model):
    """One posting act: a charge run, a bank statement, a single correction. Chained by hash per entity.

    `source` names the act ("charge-run:12"): the same source is never posted twice. A batch is opened empty,
    filled in the same transaction and sealed by `ledger_close()`; the database fills number, totals and hash
    itself, and a transaction that leaves a batch unsealed cannot commit.
    """

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="batches", verbose_name=_("entity"))
    kind = models.CharField(_("kind"), max_length=20)
    source = models.CharField(_("source"), max_length=120)
    chain_number = models.PositiveBigIntegerField(_("number"), null=True)
    booked_on = models.DateField(_("booked on"))
    posted_at = models.DateTimeField(_("posted at"))
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(_("posted by"), max_length=150, blank=True)
    entry_count = models.PositiveIntegerField(_("entries"), default=0)
    line_count = models.PositiveIntegerField(_("lines"), default=0)
    turnover_amount = AmountField(_("turnover"), default=0)  # sum of debits = sum of credits
    previous_hash = models.CharField(_("hash before"), max_length=64, blank=True)
    hash = models.CharField(_("hash"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("posting batch")
        verbose_name_plural = _("posting batches")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(fields=["entity", "source"], name="batch_source_once"),
            models.UniqueConstraint(fields=["entity", "chain_number"], name="batch_chain"),
        ]

    def __str__(self) -> str:
        return f"{BATCH_KINDS.text(self.kind)} {self.chain_number}"


class BatchTurnover(models.Model):
    """What a batch moved on one ledger account on one day; written by the seal, never by anybody else.

    A trial balance over ten years reads these few rows instead of millions of lines; rule T2 compares the two.
    """

    scope_path = {"node": "entity__node_id"}

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="turnovers", db_constraint=False)
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    ledger_account = models.ForeignKey(
        LedgerAccount, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    booked_on = models.DateField()
    debit_amount = AmountField()
    credit_amount = AmountField()

    class Meta:
        indexes = [
            models.Index(
                fields=["ledger_account", "booked_on"],
                include=["debit_amount", "credit_amount"],
                name="batch_turnover_by_account",
            )
        ]

    def __str__(self) -> str:
        return f"{self.ledger_account_id} {self.booked_on} {self.debit_amount} {self.credit_amount}"


class Entry(models.Model):
    """One business event in the books, with the row it makes on a payer's account sheet.

    `amount` is its effect on the payer's account: charges and positive corrections > 0, payments < 0;
    NULL account = no payer touched. Posted once per (source_kind, source_id).
    """

    class Kind(models.TextChoices):
        CHARGE = "charge", _("Charge")
        CORRECTION = "correction", _("Correction")
        PAYMENT = "payment", _("Payment")
        REFUND = "refund", _("Refund")
        OPENING = "opening", _("Opening item")
        INTEREST = "interest", _("Interest")
        CLEARING = "clearing", _("Money to be cleared")
        TRANSFER = "transfer", _("Transfer")
        DEPOSIT = "deposit", _("Deposit")
        ALLOWANCE = "allowance", _("Allowance")
        ADVANCE_TAX = "advance_tax", _("Tax on an advance")
        COLLECTIVE = "collective", _("Collective posting")

    scope_path = {"node": "entity__node_id", "building": "account__building_key", "account": "account_id"}

    batch = models.ForeignKey(
        Batch, on_delete=models.PROTECT, related_name="entries", db_constraint=False, verbose_name=_("batch")
    )
    entity = models.ForeignKey(
        Entity,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("entity"),
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    account = models.ForeignKey(
        Account,
        on_delete=models.PROTECT,
        null=True,
        related_name="entries",
        db_constraint=False,
        db_index=False,
        verbose_name=_("account"),
    )
    sub_account = models.ForeignKey(
        SubAccount,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("sub-account"),
    )  # NULL: the main one
    amount = AmountField(_("amount"))
    document_number = models.CharField(_("document"), max_length=80, blank=True)
    description = models.CharField(_("description"), max_length=250, blank=True)
    booked_on = models.DateField(_("booked on"))
    effective_on = models.DateField(_("effective on"))
    due_on = models.DateField(_("due on"), null=True)
    corrects = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="corrections",
        db_constraint=False,
        db_index=False,
        verbose_name=_("corrects"),
    )
    source_kind = models.CharField(_("source"), max_length=20)
    source_id = models.BigIntegerField(_("number of the source"))

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("journal")
        ordering = ("-pk",)
        constraints = [models.UniqueConstraint(fields=["source_kind", "source_id", "kind"], name="entry_source_once")]
        indexes = [
            models.Index(
                fields=["account", "booked_on", "id"],
                include=["amount", "kind"],
                name="entry_sheet",
                condition=Q(account__isnull=False),
            ),
            models.Index(fields=["corrects"], name="entry_corrects", condition=Q(corrects__isnull=False)),
            BrinIndex(fields=["booked_on", "id"], name="entry_days_brin"),
        ]

    def __str__(self) -> str:
        return self.document_number or f"{self.get_kind_display()} {self.pk}"


class Line(models.Model):
    """Debit or credit of one general-ledger account. Lines of an entry sum to zero."""

    scope_path = {"node": "entity__node_id", "building": "account__building_key", "account": "account_id"}

    entry = models.ForeignKey(
        Entry, on_delete=models.PROTECT, related_name="lines", db_constraint=False, verbose_name=_("entry")
    )
    batch = models.ForeignKey(
        Batch, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False, verbose_name=_("batch")
    )
    entity = models.ForeignKey(
        Entity,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("entity"),
    )
    ledger_account = models.ForeignKey(
        LedgerAccount,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("ledger account"),
    )
    account = models.ForeignKey(
        Account,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("account"),
    )
    component_key = models.BigIntegerField(_("component"), null=True)  # component of the charge (a register above)
    booked_on = models.DateField(_("booked on"))
    debit_amount = AmountField(_("debit"), default=0)
    credit_amount = AmountField(_("credit"), default=0)

    class Meta:
        verbose_name = _("ledger line")
        verbose_name_plural = _("ledger lines")
        constraints = [
            models.CheckConstraint(
                condition=(Q(debit_amount=0) & Q(credit_amount__gt=0)) | (Q(debit_amount__gt=0) & Q(credit_amount=0)),
                name="line_debit_or_credit",
            )
        ]
        indexes = [BrinIndex(fields=["booked_on"], name="line_booked_brin")]

    def __str__(self) -> str:
        return f"{self.ledger_account_id} {self.debit_amount} {self.credit_amount}"
