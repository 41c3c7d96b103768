"""Change of owner as one guided step: what was agreed, what was done, and how it can be taken back."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import AmountField, QuantityField
from lokum.core.base.models import Record
from lokum.core.flow.models import ApprovalRequest
from lokum.money.ledger.models import Account, Batch
from lokum.property.estates.models import Premises
from lokum.property.occupancy.models import PREMISES_SCOPE, Agreement, Title, TitleKind
from lokum.property.parties.models import Party
from lokum.property.reshaping.models import Reshaping


class OwnerChange(Record):
    """Premises pass from one holder to others on a day; prepared step by step, then carried out as a whole.

    former: {"title_until": day or null, "agreements": [[id, day or null], ...], "deposits": {"requests":
    [id], "left": [[id, day or null, day or null]]}}: the ends as they stood before, so that the change can be undone
    while nothing was posted to the new account, and what was asked for the deposits.
    """

    class State(models.TextChoices):
        PREPARED = "prepared", _("in preparation")
        DONE = "done", _("carried out")
        UNDONE = "undone", _("undone")
        DISCARDED = "discarded", _("discarded")

    class Arrears(models.TextChoices):
        STAYS = "stays", _("stay with the former owner")
        TAKEN_OVER = "taken_over", _("are taken over in writing by the new payer")

    class Deposits(models.TextChoices):
        STAYS = "stays", _("stay where they are; decided later")
        RETURNED = "returned", _("are returned to the former owner")
        PASSED_ON = "passed_on", _("pass to the new payer by written agreement")

    scope_path = PREMISES_SCOPE

    premises = models.ForeignKey(
        Premises, on_delete=models.PROTECT, related_name="owner_changes", verbose_name=_("premises")
    )
    title = models.ForeignKey(
        Title, on_delete=models.PROTECT, related_name="owner_changes", verbose_name=_("title that ends")
    )
    transferred_on = models.DateField(_("day of transfer"), help_text=_("The first day of the new owner."))
    kind = models.CharField(_("kind of the new title"), max_length=16, choices=TitleKind.choices)
    member = models.BooleanField(_("held by a member"), default=False)
    document = models.CharField(_("deed or other document"), max_length=200, blank=True)
    payer = models.ForeignKey(
        Party, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("new payer")
    )
    due_day = models.PositiveSmallIntegerField(_("own due day"), null=True, blank=True)
    arrears = models.CharField(_("arrears"), max_length=10, choices=Arrears.choices, default=Arrears.STAYS)
    takeover_document = models.CharField(_("written takeover"), max_length=200, blank=True)
    deposits = models.CharField(_("deposits"), max_length=10, choices=Deposits.choices, default=Deposits.STAYS)
    deposit_document = models.CharField(_("agreement on deposits"), max_length=200, blank=True)
    handed_over = models.CharField(_("other things handed over"), max_length=250, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PREPARED)
    new_title = models.ForeignKey(
        Title, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("new title")
    )
    new_agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("new agreement")
    )
    former = models.JSONField(default=dict)
    arrears_amount = AmountField(_("arrears taken over"), null=True)
    arrears_request = models.ForeignKey(
        ApprovalRequest, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("approval")
    )
    prepared_at = models.DateTimeField(_("prepared at"))
    done_at = models.DateTimeField(_("carried out at"), null=True)
    done_by_id = models.BigIntegerField(null=True)
    undone_at = models.DateTimeField(_("undone at"), null=True)

    class Meta:
        verbose_name = _("change of owner")
        verbose_name_plural = _("changes of owner")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(fields=["title"], condition=Q(state="prepared"), name="owner_change_open_once"),
            models.CheckConstraint(
                condition=Q(due_day__isnull=True) | Q(due_day__range=(1, 28)), name="owner_change_due_day"
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(new_title__isnull=False, done_at__isnull=False),
                name="owner_change_done_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.premises} {self.transferred_on:%Y-%m-%d}"


class NewHolder(models.Model):
    """One of the new owners, with an exact fraction."""

    scope_path = {"building": "change__premises__building_id", "node": "change__premises__building__estate__node_id"}

    change = models.ForeignKey(OwnerChange, on_delete=models.CASCADE, related_name="holders")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+", verbose_name=_("party"))
    numerator = models.PositiveBigIntegerField(_("numerator"), default=1)
    denominator = models.PositiveBigIntegerField(_("denominator"), default=1)

    class Meta:
        verbose_name = _("new owner")
        verbose_name_plural = _("new owners")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["change", "party"], name="new_holder_once"),
            models.CheckConstraint(
                condition=Q(denominator__gt=0) & Q(numerator__gt=0) & Q(numerator__lte=F("denominator")),
                name="new_holder_fraction",
            ),
        ]

    def __str__(self) -> str:
        share = "" if self.numerator == self.denominator else f" {self.numerator}/{self.denominator}"
        return f"{self.party}{share}"


class BorderReading(models.Model):
    """What a meter showed on the day of transfer, as both sides signed it."""

    scope_path = {"building": "change__premises__building_id", "node": "change__premises__building__estate__node_id"}

    change = models.ForeignKey(OwnerChange, on_delete=models.CASCADE, related_name="readings")
    meter = models.CharField(_("meter"), max_length=60)
    value = QuantityField(_("reading"))
    unit = models.CharField(_("unit"), max_length=10, blank=True)
    read_on = models.DateField(_("read on"))

    class Meta:
        verbose_name = _("border reading")
        verbose_name_plural = _("border readings")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["change", "meter"], name="border_reading_once"),
            models.CheckConstraint(condition=Q(value__gte=0), name="border_reading_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.meter}: {self.value.normalize():f} {self.unit}".strip()


class HandedKey(models.Model):
    """Keys that pass to the new owner on the day, as both sides signed it."""

    scope_path = {"building": "change__premises__building_id", "node": "change__premises__building__estate__node_id"}

    change = models.ForeignKey(OwnerChange, on_delete=models.CASCADE, related_name="keys")
    what = models.CharField(_("keys to"), max_length=80)
    count = models.PositiveSmallIntegerField(_("pieces"), default=1)

    class Meta:
        verbose_name = _("keys handed over")
        verbose_name_plural = _("keys handed over (changes of owner)")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["change", "what"], name="handed_key_once"),
            models.CheckConstraint(condition=Q(count__gt=0), name="handed_key_count"),
        ]

    def __str__(self) -> str:
        return f"{self.count} × {self.what}"


class BalanceMove(Record):
    """What was open on the account of former premises and was moved to an account of those they became.

    Without one, balances stay where they are (ADR 0025). Undone by the mirror of its postings.
    """

    class State(models.TextChoices):
        DONE = "done", _("carried out")
        UNDONE = "undone", _("undone")

    scope_path = {"node": "source__entity__node_id", "building": "source__building_key", "account": "source_id"}

    act = models.ForeignKey(
        Reshaping, on_delete=models.PROTECT, related_name="balance_moves", verbose_name=_("split or merge")
    )
    source = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("former account"))
    target = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("new account"))
    debit_amount = AmountField(_("debts moved"))
    credit_amount = AmountField(_("free money moved"))
    item_count = models.PositiveIntegerField(_("open items"))
    reason = models.CharField(_("reason"), max_length=250)
    batch = models.OneToOneField(
        Batch, on_delete=models.PROTECT, related_name="+", db_constraint=False, verbose_name=_("batch")
    )
    state = models.CharField(_("state"), max_length=6, choices=State.choices, default=State.DONE)
    proposed_by = models.CharField(_("proposed by"), max_length=150, blank=True)
    made_by = models.CharField(_("approved by"), max_length=150, blank=True)
    made_at = models.DateTimeField(_("made at"))
    undone_at = models.DateTimeField(_("undone at"), null=True)
    undone_reason = models.CharField(_("undone because"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("balance moved")
        verbose_name_plural = _("balances moved")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.source} → {self.target}"
