"""Double entry, append-only: what is posted is never changed, only corrected by a linked entry.

Mass tables (Entry, Line) carry no row-level foreign keys: references are checked once per statement by triggers
over transition tables, which keep the same guarantee at a fraction of the cost (see docs/adr on posting).
"""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import AmountField
from lokum.core.base.models import Record
from lokum.core.organisation.models import Entity
from lokum.property.occupancy.models import Agreement
from lokum.property.parties.models import Party


class LedgerAccount(Record):
    """An account of an entity's chart of accounts (general ledger)."""

    class Kind(models.TextChoices):
        ASSET = "asset", _("Asset")
        LIABILITY = "liability", _("Liability")
        EQUITY = "equity", _("Equity")
        INCOME = "income", _("Income")
        EXPENSE = "expense", _("Expense")

    class Purpose(models.TextChoices):
        """What the product itself posts to; one account per entity and purpose."""

        RECEIVABLE = "receivable", _("Payers' receivables")
        BANK = "bank", _("Bank")
        CLEARING = "clearing", _("Money to be cleared")
        INCOME = "income", _("Income of charges")
        OPENING = "opening", _("Opening items")
        VAT = "vat", _("Tax due")

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(
        Entity, on_delete=models.PROTECT, related_name="ledger_accounts", verbose_name=_("entity")
    )
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=150)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose.choices, blank=True)

    class Meta:
        verbose_name = _("ledger account")
        verbose_name_plural = _("chart of accounts")
        ordering = ("entity_id", "code")
        constraints = [
            models.UniqueConstraint(fields=["entity", "code"], name="ledger_account_code"),
            models.UniqueConstraint(
                fields=["entity", "purpose"],
                condition=~Q(purpose__in=["", "income"]),
                name="ledger_account_purpose",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


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


class Period(models.Model):
    """A month of an entity's books; nothing is posted into a closed one (the database refuses it)."""

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="periods", verbose_name=_("entity"))
    starts_on = models.DateField(_("month"))
    closed_at = models.DateTimeField(_("closed at"), null=True)

    class Meta:
        verbose_name = _("period")
        verbose_name_plural = _("periods")
        constraints = [models.UniqueConstraint(fields=["entity", "starts_on"], name="period_once")]

    def __str__(self) -> str:
        return f"{self.starts_on:%Y-%m}"


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
        return f"{self.kind} {self.chain_number}"


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
        CLEARING = "clearing", _("Money to be cleared")
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
            BrinIndex(fields=["booked_on"], name="entry_booked_brin"),
        ]

    def __str__(self) -> str:
        return self.document_number or f"{self.kind} {self.pk}"


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


class AccountBalance(models.Model):
    """Present sum of a payer's account, kept with every posting; the proof compares it with the lines."""

    account = models.OneToOneField(Account, on_delete=models.PROTECT, primary_key=True, related_name="balance")
    amount = AmountField(default=0)

    def __str__(self) -> str:
        return str(self.amount)


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
            models.Index(fields=["account", "due_on"], name="open_item_account", condition=Q(open_amount__gt=0)),
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

    def __str__(self) -> str:
        return str(self.amount)
