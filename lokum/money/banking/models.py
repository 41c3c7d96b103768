"""Bank files as they came, their statements and entries, and the queue of money that waits for a decision."""

from django.contrib.postgres.indexes import BrinIndex
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lokum.core.annex.models import StoredFile
from lokum.core.base.fields import AmountField
from lokum.core.base.models import Record
from lokum.core.organisation.models import Entity, EntityBankAccount
from lokum.money.ledger.models import Account, Batch, Entry, LedgerAccount
from lokum.money.payments.models import Payment


class BankBook(models.Model):
    """Which ledger account follows a bank account of an entity (ADR 0034).

    The account after it (`replaces`) is followed by the same one. Bank accounts kept before stay on the one account of
    the bank in the chart until they are set apart.
    """

    follows = True  # made with the bank account, so it is no use of it
    scope_path = {"node": "bank_account__entity__node_id"}

    bank_account = models.OneToOneField(
        EntityBankAccount, on_delete=models.CASCADE, related_name="book", verbose_name=_("bank account")
    )
    ledger_account = models.ForeignKey(
        LedgerAccount, on_delete=models.PROTECT, related_name="bank_books", verbose_name=_("ledger account")
    )
    apart_since = models.DateField(_("set apart on"), null=True)

    class Meta:
        verbose_name = _("bank account in the books")
        verbose_name_plural = _("bank accounts in the books")
        ordering = ("bank_account_id",)

    def __str__(self) -> str:
        return str(self.bank_account)

    @property
    def shared(self) -> bool:
        """It stands on the account of the bank that the chart has for all of them."""
        return bool(self.ledger_account.purpose == LedgerAccount.Purpose.BANK)


class BankFile(models.Model):
    """A bank file, kept raw before it is read; the same bytes are one file."""

    class State(models.TextChoices):
        READ = "read", _("read")
        POSTED = "posted", _("posted")
        REFUSED = "refused", _("refused")

    scope_open = True

    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="bank_file")
    name = models.CharField(_("file name"), max_length=200)
    format = models.CharField(_("format"), max_length=20, blank=True)
    encoding = models.CharField(_("encoding"), max_length=20, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.READ)
    refusal = models.TextField(_("why refused"), blank=True)
    refusal_code = models.CharField(_("code of the refusal"), max_length=60, blank=True)
    received_at = models.DateTimeField(_("received at"))
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(_("brought by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("bank file")
        verbose_name_plural = _("bank files")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.name


class BankStatement(models.Model):
    """One statement of one bank account."""

    class State(models.TextChoices):
        READ = "read", _("waiting for posting")
        UNPROVEN = "unproven", _("balances do not agree")
        POSTED = "posted", _("posted")
        REPEATED = "repeated", _("known already")

    scope_path = {"node": "bank_account__entity__node_id"}

    file = models.ForeignKey(BankFile, on_delete=models.PROTECT, related_name="statements", verbose_name=_("file"))
    bank_account = models.ForeignKey(
        EntityBankAccount, on_delete=models.PROTECT, related_name="statements", verbose_name=_("bank account")
    )
    number = models.CharField(_("number"), max_length=40, blank=True)
    from_on = models.DateField(_("from"), null=True)
    to_on = models.DateField(_("to"), null=True)
    opening_amount = AmountField(_("opening balance"), null=True)
    closing_amount = AmountField(_("closing balance"), null=True)
    difference_amount = AmountField(_("difference"), default=0)
    entry_count = models.PositiveIntegerField(_("entries"), default=0)
    new_count = models.PositiveIntegerField(_("new"), default=0)
    posted_count = models.PositiveIntegerField(_("posted automatically"), default=0)
    queued_count = models.PositiveIntegerField(_("to be cleared"), default=0)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.READ)
    warnings = models.JSONField(default=list)
    # The same for the same statement in two formats, even when the bank words its entries differently in them.
    fingerprint = models.CharField(max_length=64, blank=True, db_index=True)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("bank statement")
        verbose_name_plural = _("bank statements")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.number


class BankEntry(models.Model):
    """One entry of a statement. `identity` is the same for the same entry in any format and any repeated file."""

    class State(models.TextChoices):
        NEW = "new", _("new")
        POSTED = "posted", _("posted")
        QUEUED = "queued", _("to be cleared")
        OUTGOING = "outgoing", _("outgoing")

    scope_path = {"node": "bank_account__entity__node_id"}

    statement = models.ForeignKey(
        BankStatement, on_delete=models.PROTECT, related_name="entries", verbose_name=_("statement")
    )
    # Entries are looked up by statement, payment and identity; every further index costs each import.
    bank_account = models.ForeignKey(
        EntityBankAccount, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    identity = models.CharField(max_length=64)
    position = models.PositiveIntegerField(_("row"))
    booked_on = models.DateField(_("booked on"))
    value_on = models.DateField(_("value date"))
    amount = AmountField(_("amount"))
    reversal = models.BooleanField(_("reversal"), default=False)
    counter_account = models.CharField(_("sender's account"), max_length=34, blank=True)
    counter_name = models.CharField(_("sender"), max_length=200, blank=True)
    title = models.CharField(_("payment reference"), max_length=300, blank=True)
    bank_reference = models.CharField(_("bank reference"), max_length=80, blank=True)
    virtual_account = models.CharField(_("virtual account"), max_length=34, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.NEW)
    payment = models.OneToOneField(
        Payment, on_delete=models.PROTECT, null=True, related_name="bank_entry", db_constraint=False
    )
    raw = models.TextField(blank=True)
    warnings = models.JSONField(default=list)

    class Meta:
        verbose_name = _("bank entry")
        verbose_name_plural = _("bank entries")
        ordering = ("statement_id", "position")
        constraints = [models.UniqueConstraint(fields=["identity"], name="bank_entry_once")]
        indexes = [
            BrinIndex(fields=["booked_on"], name="bank_entry_booked_brin"),
            models.Index(fields=["state", "id"], name="bank_entry_unposted", condition=~Q(state="posted")),
        ]

    def __str__(self) -> str:
        return f"{self.booked_on} {self.amount}"


class ClearingItem(models.Model):
    """Money that waits for a decision: unclear, returned or double. It leaves only by a posting."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        PARKED = "parked", _("parked")
        DONE = "done", _("done")

    class Reason(models.TextChoices):
        NO_NUMBER = "no_number", _("no virtual account")
        UNKNOWN_NUMBER = "unknown_number", _("unknown virtual account")
        RETIRED_NUMBER = "retired_number", _("number of a former payer")
        OTHER_ENTITY = "other_entity", _("number of another entity")
        RETURNED = "returned", _("returned transfer")
        DOUBLE = "double", _("possibly paid twice")
        UNDONE = "undone", _("booking undone")

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(
        Entity, on_delete=models.PROTECT, related_name="clearing_items", verbose_name=_("entity")
    )
    bank_entry = models.OneToOneField(BankEntry, on_delete=models.PROTECT, related_name="clearing_item")
    reason = models.CharField(_("reason"), max_length=16, choices=Reason.choices)
    amount = AmountField(_("amount"))
    left_amount = AmountField(_("left"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    note = models.CharField(_("note"), max_length=250, blank=True)
    deadline_on = models.DateField(_("deadline"), null=True, blank=True)
    opened_on = models.DateField(_("since"))

    class Meta:
        verbose_name = _("money to be cleared")
        verbose_name_plural = _("money to be cleared")
        ordering = ("opened_on", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(left_amount__gte=0) & Q(left_amount__lte=models.F("amount")),
                name="clearing_bounds",
            )
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.get_reason_display()}"


MOVES = (
    ("assign", _("assigned")),
    ("return", _("sent back")),
    ("allowance", _("from a payer body")),
    ("transfer", _("from an own account")),
)


class ClearingMove(models.Model):
    """One step by which money left the queue: to an account, back to the sender, or to a claim on a payer body."""

    item = models.ForeignKey(ClearingItem, on_delete=models.PROTECT, related_name="moves")
    kind = models.CharField(_("kind"), max_length=10, choices=MOVES)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    amount = AmountField(_("amount"))
    # A returned transfer takes money out of two items by one entry: that of the line, and that of the payment.
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    moved_at = models.DateTimeField(_("at"))
    actor_id = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"


class OutgoingRule(Record):
    """To which account of the books outgoing bank lines go by themselves: bank fees, suppliers paid regularly."""

    class Way(models.TextChoices):
        FEE = "fee", _("bank fee")
        SUPPLIER = "supplier", _("to a supplier")
        OTHER = "other", _("to another account")

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(
        Entity, on_delete=models.PROTECT, related_name="outgoing_rules", verbose_name=_("entity")
    )
    name = models.CharField(_("name"), max_length=100)
    words = models.CharField(
        _("words"), max_length=100, blank=True, help_text=_("As they stand in the reference or in the name.")
    )
    counter_account = models.CharField(
        _("recipient's account"), max_length=34, blank=True, help_text=_("Digits without blanks and country letters.")
    )
    up_to_amount = AmountField(_("up to"), null=True, blank=True)
    way = models.CharField(_("kind"), max_length=10, choices=Way.choices)
    ledger_account = models.ForeignKey(
        LedgerAccount, on_delete=models.PROTECT, related_name="outgoing_rules", verbose_name=_("ledger account")
    )
    position = models.PositiveSmallIntegerField(pgettext_lazy("place in a list", "position"), default=100)
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("rule of outgoing entries")
        verbose_name_plural = _("rules of outgoing entries")
        ordering = ("entity_id", "position", "pk")
        constraints = [
            models.UniqueConstraint(fields=["entity", "name"], name="outgoing_rule_name"),
            models.CheckConstraint(
                condition=~Q(words="") | ~Q(counter_account=""),
                name="outgoing_rule_meets_something",
                violation_error_message=_("Name words or the recipient's account; else the rule meets everything."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        account = getattr(self, "ledger_account", None)
        if account is not None and self.entity_id and account.entity_id != self.entity_id:
            raise ValidationError({"ledger_account": _("This account belongs to another entity.")})
        if account is not None and account.purpose:
            text = _("This account follows its own records; choose an account of costs, suppliers or funds.")
            raise ValidationError({"ledger_account": text})


class OutgoingBooking(models.Model):
    """How an outgoing bank line was booked; one at a time, and one line for each posted entry (ADR 0033)."""

    class Way(models.TextChoices):
        FEE = "fee", _("bank fee")
        SUPPLIER = "supplier", _("to a supplier")
        OTHER = "other", _("to another account")
        TRANSFER = "transfer", _("between own accounts")
        REFUND = "refund", _("refund booked before")

    scope_path = {"node": "bank_entry__bank_account__entity__node_id"}

    bank_entry = models.ForeignKey(
        BankEntry, on_delete=models.PROTECT, related_name="bookings", verbose_name=_("bank entry")
    )
    way = models.CharField(_("kind"), max_length=10, choices=Way.choices)
    ledger_account = models.ForeignKey(
        LedgerAccount, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("ledger account")
    )
    rule = models.ForeignKey(
        OutgoingRule, on_delete=models.SET_NULL, null=True, related_name="bookings", verbose_name=_("by the rule")
    )
    item = models.ForeignKey(
        ClearingItem, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("money in the queue")
    )
    entry = models.ForeignKey(
        Entry, on_delete=models.PROTECT, related_name="+", db_constraint=False, verbose_name=_("entry")
    )
    # The payout posted before that this line carries out; its own entry takes the money out of transit.
    carries = models.ForeignKey(
        Entry, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False, verbose_name=_("carries out")
    )
    note = models.CharField(_("note"), max_length=250, blank=True)
    booked_at = models.DateTimeField(_("at"))
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(_("booked by"), max_length=150, blank=True)
    undone_at = models.DateTimeField(_("undone at"), null=True)
    undone_by = models.CharField(_("undone by"), max_length=150, blank=True)
    undo_reason = models.CharField(_("why undone"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("booking of an outgoing entry")
        verbose_name_plural = _("bookings of outgoing entries")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["bank_entry"], condition=Q(undone_at__isnull=True), name="outgoing_booked_once"
            ),
            models.UniqueConstraint(fields=["entry"], condition=Q(undone_at__isnull=True), name="outgoing_entry_once"),
            models.UniqueConstraint(
                fields=["carries"], condition=Q(undone_at__isnull=True), name="outgoing_carried_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_way_display()} {self.bank_entry}"


class Refund(models.Model):
    """Money given back: of what a payer has paid too much, or of what waits in the clearing queue.

    Posted when a second person approved it, then in transit until an outgoing bank line carries it out.
    """

    class State(models.TextChoices):
        TO_SEND = "to_send", _("to be sent")
        ORDERED = "ordered", _("ordered at the bank")
        PAID = "paid", _("paid by the bank")
        UNDONE = "undone", _("undone")

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="refunds", verbose_name=_("entity"))
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, related_name="refunds", verbose_name=_("account")
    )
    item = models.ForeignKey(
        ClearingItem, on_delete=models.PROTECT, null=True, related_name="refunds", verbose_name=_("money in the queue")
    )
    number = models.CharField(_("reference of the transfer"), max_length=20, unique=True)
    amount = AmountField(_("amount"))
    payee_name = models.CharField(_("recipient"), max_length=200)
    payee_number = models.CharField(_("recipient's account"), max_length=40)
    reason = models.CharField(_("reason"), max_length=500)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.TO_SEND)
    entry = models.OneToOneField(
        Entry, on_delete=models.PROTECT, related_name="refund", db_constraint=False, verbose_name=_("entry")
    )
    proposed_by = models.CharField(_("proposed by"), max_length=150, blank=True)
    approved_by = models.CharField(_("approved by"), max_length=150, blank=True)
    approved_at = models.DateTimeField(_("approved at"))
    ordered_on = models.DateField(_("ordered on"), null=True)
    undone_at = models.DateTimeField(_("undone at"), null=True)
    undone_by = models.CharField(_("undone by"), max_length=150, blank=True)
    undo_reason = models.CharField(_("why undone"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_positive"),
            models.CheckConstraint(
                condition=Q(account__isnull=True, item__isnull=False) | Q(account__isnull=False, item__isnull=True),
                name="refund_of_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return self.number
