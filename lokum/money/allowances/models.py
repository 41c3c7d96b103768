"""Shares of a payer's charges that somebody else pays: who, by which decision, for which months, how much (LED-22).

Poland: act of 21 June 2001 on housing allowances. Granted for whole months (art. 7 ust. 5), paid to the manager of the
house by the tenth of the month (art. 8), withheld while the payer is in arrears (art. 7 ust. 11).
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import AmountField
from lokum.core.base.models import Record
from lokum.core.organisation.models import Entity
from lokum.core.papers.models import IssuedDocument
from lokum.money.ledger.models import Account, Entry
from lokum.property.parties.models import Party

ACCOUNT_SCOPE = {"node": "account__entity__node_id", "building": "account__building_key", "account": "account_id"}


class Allowance(Record):
    """One decision of a payer body for one account: a fixed amount for each month of a range.

    Months are their first days. What was claimed is in the claims; the months that count follow from this row and its
    breaks, so a change back in time becomes a difference in the next claim.
    """

    class Kind(models.TextChoices):
        HOUSING = "housing", _("Housing allowance")
        ENERGY = "energy", _("Energy supplement")
        LUMP_SUM = "lump_sum", _("Lump sum for fuel")
        OTHER = "other", _("Other share of a third party")

    scope_path = ACCOUNT_SCOPE

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="allowances", verbose_name=_("account"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.HOUSING)
    body = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+", verbose_name=_("payer body"))
    # As on the decision; who pays the rest may not see the register of people.
    body_name = models.CharField(_("name of the payer body"), max_length=250, editable=False)
    decision_number = models.CharField(_("decision number"), max_length=60)
    decided_on = models.DateField(_("decided on"))
    first_month = models.DateField(_("first month"), help_text=_("Any day of the month."))
    last_month = models.DateField(
        _("last month"), null=True, blank=True, help_text=_("Any day of the month; empty: until further notice.")
    )
    monthly_amount = AmountField(_("monthly amount"))
    remark = models.CharField(_("remark"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("allowance")
        verbose_name_plural = _("allowances")
        ordering = ("-first_month", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["body", "decision_number", "kind", "account"], name="allowance_decision_once"
            ),
            models.CheckConstraint(
                condition=Q(monthly_amount__gt=0),
                name="allowance_positive",
                violation_error_message=_("The amount of a month is above zero."),
            ),
            models.CheckConstraint(
                condition=Q(last_month__isnull=True) | Q(last_month__gte=F("first_month")),
                name="allowance_months",
                violation_error_message=_("The last month lies before the first."),
            ),
        ]

    def __str__(self) -> str:
        return self.decision_number


class AllowanceBreak(Record):
    """Months of an allowance that do not count: suspended, ended or taken back; `lifted` when it was a mistake."""

    class Kind(models.TextChoices):
        SUSPENDED = "suspended", _("Suspended")
        ENDED = "ended", _("Ended")
        RECLAIMED = "reclaimed", _("Reclaimed by the payer body")

    scope_path = {
        "node": "allowance__account__entity__node_id",
        "building": "allowance__account__building_key",
        "account": "allowance__account_id",
    }

    allowance = models.ForeignKey(
        Allowance, on_delete=models.PROTECT, related_name="breaks", verbose_name=_("allowance")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    first_month = models.DateField(_("first month"))
    last_month = models.DateField(_("last month"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500)
    lifted = models.BooleanField(_("lifted"), default=False)
    proposed_by = models.CharField(_("proposed by"), max_length=150, blank=True)
    made_by = models.CharField(_("made by"), max_length=150, blank=True)
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("break of an allowance")
        verbose_name_plural = _("breaks of allowances")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(last_month__isnull=True) | Q(last_month__gte=F("first_month")),
                name="allowance_break_months",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.first_month:%Y-%m}"


class Claim(models.Model):
    """A list sent to a payer body for a month: what is due now, and differences of earlier months. Never changed."""

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="+", verbose_name=_("entity"))
    body = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+", verbose_name=_("payer body"))
    month = models.DateField(_("month"))
    sequence = models.PositiveSmallIntegerField(_("list of the month"))
    document = models.OneToOneField(
        IssuedDocument, on_delete=models.PROTECT, related_name="+", db_constraint=False, verbose_name=_("document")
    )
    number = models.CharField(_("number"), max_length=80)
    total_amount = AmountField(_("total"))
    line_count = models.PositiveIntegerField(_("lines"))
    made_at = models.DateTimeField(_("made at"))
    made_by = models.CharField(_("made by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("claim of allowances")
        verbose_name_plural = _("claims of allowances")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(fields=["entity", "body", "month", "sequence"], name="allowance_claim_once")
        ]

    def __str__(self) -> str:
        return self.number


class ClaimLine(models.Model):
    """One month of one allowance in a claim, posted on the payer's account; less than zero: taken back."""

    scope_path = ACCOUNT_SCOPE

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="lines", verbose_name=_("claim"))
    allowance = models.ForeignKey(
        Allowance, on_delete=models.PROTECT, related_name="lines", verbose_name=_("allowance")
    )
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("account"))
    month = models.DateField(_("month"))
    amount = AmountField(_("amount"))
    entry = models.OneToOneField(
        Entry, on_delete=models.PROTECT, related_name="+", db_constraint=False, verbose_name=_("entry")
    )

    class Meta:
        verbose_name = _("line of a claim")
        verbose_name_plural = _("lines of claims")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(fields=["claim", "allowance", "month"], name="allowance_claim_line_once"),
            models.CheckConstraint(condition=~Q(amount=0), name="allowance_claim_line_amount"),
        ]
        indexes = [models.Index(fields=["account", "month"], name="allowance_line_month")]

    def __str__(self) -> str:
        return f"{self.allowance} {self.month:%Y-%m}"


class BodyPayment(models.Model):
    """Money of a payer body for a claim, or sent back to it when less than zero. Never changed."""

    scope_path = {"node": "claim__entity__node_id"}

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="payments", verbose_name=_("claim"))
    amount = AmountField(_("amount"))
    received_on = models.DateField(_("received on"))
    reference = models.CharField(_("reference"), max_length=140, blank=True)
    reason = models.CharField(_("reason of the difference"), max_length=250, blank=True)
    entry = models.OneToOneField(
        Entry, on_delete=models.PROTECT, related_name="+", db_constraint=False, verbose_name=_("entry")
    )
    made_at = models.DateTimeField(_("made at"))
    made_by = models.CharField(_("made by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("payment of a payer body")
        verbose_name_plural = _("payments of payer bodies")
        ordering = ("-pk",)
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="body_payment_amount")]

    def __str__(self) -> str:
        return f"{self.amount} {self.received_on}"


class BodyPaymentLine(models.Model):
    """The part of a payment of a payer body that belongs to one line of the claim, and so to one account."""

    scope_path = {
        "node": "line__account__entity__node_id",
        "building": "line__account__building_key",
        "account": "line__account_id",
    }

    payment = models.ForeignKey(BodyPayment, on_delete=models.PROTECT, related_name="lines", verbose_name=_("payment"))
    line = models.ForeignKey(
        ClaimLine, on_delete=models.PROTECT, related_name="received", verbose_name=_("line of a claim")
    )
    amount = AmountField(_("amount"))

    class Meta:
        verbose_name = _("part of a payment of a payer body")
        verbose_name_plural = _("parts of payments of payer bodies")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(fields=["payment", "line"], name="body_payment_line_once"),
            models.CheckConstraint(condition=~Q(amount=0), name="body_payment_line_amount"),
        ]

    def __str__(self) -> str:
        return str(self.amount)
