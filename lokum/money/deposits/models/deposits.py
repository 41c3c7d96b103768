"""A deposit and its moves. The sums and the state of a deposit are kept by the database from its moves."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import AmountField
from lokum.core.base.models import Record
from lokum.money.deposits.models.kinds import DepositKind
from lokum.money.ledger.models import Account, Entry


class Deposit(Record):
    """What a payer leaves as a security. Not a part of what the payer owes or has paid: a liability beside it.

    Until money is there it is only asked for (`called_amount` - `taken_amount`) and stands nowhere in the books.
    """

    class State(models.TextChoices):
        DUE = "due", _("due")
        HELD = "held", _("held")
        PARTLY_USED = "partly_used", _("partly used")
        USED = "used", _("used up")
        RETURNED = "returned", _("returned")
        FORFEITED = "forfeited", _("forfeited")
        PASSED_ON = "passed_on", _("passed on")
        WITHDRAWN = "withdrawn", _("withdrawn")

    scope_path = {"node": "account__entity__node_id", "building": "account__building_key", "account": "account_id"}

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="deposits", verbose_name=_("account"))
    kind = models.ForeignKey(DepositKind, on_delete=models.PROTECT, related_name="deposits", verbose_name=_("kind"))
    number = models.CharField(_("number"), max_length=30, unique=True)
    called_on = models.DateField(_("called on"))
    due_on = models.DateField(_("due on"))
    agreed_amount = AmountField(_("agreed"))
    rent_months = models.DecimalField(
        _("monthly rents"), max_digits=14, decimal_places=10, null=True, help_text=_("The agreed amount in rents.")
    )
    vacated_on = models.DateField(_("left on"), null=True)
    return_by = models.DateField(_("to be returned by"), null=True)
    note = models.CharField(_("note"), max_length=250, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.DUE, editable=False)
    called_amount = AmountField(_("called"), default=0, editable=False)
    taken_amount = AmountField(_("received"), default=0, editable=False)
    added_amount = AmountField(_("interest and valorisation"), default=0, editable=False)
    used_amount = AmountField(_("used for debts"), default=0, editable=False)
    returned_amount = AmountField(_("returned"), default=0, editable=False)
    forfeited_amount = AmountField(_("forfeited"), default=0, editable=False)
    passed_amount = AmountField(_("passed on"), default=0, editable=False)
    held_amount = AmountField(_("held"), default=0, editable=False)

    class Meta:
        verbose_name = _("deposit")
        verbose_name_plural = _("deposits")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(condition=Q(held_amount__gte=0), name="deposit_held"),
            models.CheckConstraint(condition=Q(taken_amount__lte=F("called_amount")), name="deposit_taken"),
        ]
        indexes = [
            models.Index(fields=["account"], name="deposit_waiting", condition=Q(called_amount__gt=F("taken_amount")))
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def open_amount(self) -> Decimal:
        """What was called and is not paid."""
        return self.called_amount - self.taken_amount


class DepositMove(models.Model):
    """One thing that happened to a deposit; append-only. `undoes`: it takes another move back, once."""

    class Kind(models.TextChoices):
        CALL = "call", _("Called")
        WITHDRAW = "withdraw", _("Call withdrawn")
        TAKE = "take", _("Received")
        OPENING = "opening", _("Taken over")
        INTEREST = "interest", _("Interest")
        VALORISATION = "valorisation", _("Valorisation")
        USE = "use", _("Used for debts")
        RETURN = "return", _("Returned")
        FORFEIT = "forfeit", _("Forfeited")
        TRANSFER_OUT = "transfer_out", _("Passed on to another payer")
        TRANSFER_IN = "transfer_in", _("Passed on from another payer")

    scope_path = {
        "node": "deposit__account__entity__node_id",
        "building": "deposit__account__building_key",
        "account": "deposit__account_id",
    }

    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="moves", verbose_name=_("deposit"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    amount = AmountField(_("amount"))
    on = models.DateField(_("date"))
    due_on = models.DateField(_("due on"), null=True)  # of a call
    through_on = models.DateField(_("counted to"), null=True)  # of interest
    entry = models.OneToOneField(
        Entry, on_delete=models.PROTECT, null=True, related_name="deposit_move", db_constraint=False,
        verbose_name=_("entry"),
    )  # fmt: skip
    undoes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="undone_by", verbose_name=_("takes back")
    )
    rent_amount = AmountField(_("monthly rent of the day"), null=True)
    payee_name = models.CharField(_("paid out to"), max_length=200, blank=True)
    payee_number = models.CharField(_("account number of the payee"), max_length=40, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    proposed_by = models.CharField(_("proposed by"), max_length=150, blank=True)
    approved_by = models.CharField(_("approved by"), max_length=150, blank=True)
    made_at = models.DateTimeField(_("made at"))
    made_by = models.CharField(_("made by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("move of a deposit")
        verbose_name_plural = _("moves of deposits")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="deposit_move_positive"),
            models.CheckConstraint(
                condition=Q(kind__in=["call", "withdraw"], entry__isnull=True)
                | (~Q(kind__in=["call", "withdraw"]) & Q(entry__isnull=False)),
                name="deposit_move_posted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deposit}: {self.get_kind_display()}"

    @property
    def effect(self) -> Decimal:
        """What it does to the amount held."""
        sign = EFFECT[self.kind]
        return self.amount * (-sign if self.undoes_id else sign)


# What each kind of move does to the amount held.
EFFECT = {
    "call": 0,
    "withdraw": 0,
    "take": 1,
    "opening": 1,
    "interest": 1,
    "valorisation": 1,
    "use": -1,
    "return": -1,
    "forfeit": -1,
    "transfer_out": -1,
    "transfer_in": 1,
}
