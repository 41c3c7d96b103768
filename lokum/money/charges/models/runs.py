"""The month run and its drafts."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import AmountField, PriceField, QuantityField
from lokum.core.organisation.models import Entity
from lokum.money.charges.models.components import Component
from lokum.money.charges.models.tariffs import Tariff
from lokum.money.ledger.models import Account, Batch
from lokum.property.estates.models import Premises
from lokum.property.occupancy.models import Agreement


class ChargeRun(models.Model):
    """The month run of one entity: draft, checked, approved, posted, undone.

    A posting of charges outside the month (a batch of one-off charges with documents of their own, a credit) is a
    run of another kind: it is computed and posted in one go and undone in the same way.
    """

    class Kind(models.TextChoices):
        MONTH = "month", _("month")
        BATCH = "batch", _("one-off charges")
        CREDIT = "credit", _("reductions")

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        CHECKED = "checked", _("checked")
        APPROVED = "approved", _("approved")
        POSTED = "posted", _("posted")
        UNDONE = "undone", _("undone")
        DROPPED = "dropped", _("dropped")

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="charge_runs", verbose_name=_("entity"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.MONTH)
    period = models.DateField(_("month"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    agreement_count = models.PositiveIntegerField(_("payers"), default=0)
    line_count = models.PositiveIntegerField(_("lines"), default=0)
    problem_count = models.PositiveIntegerField(_("problems"), default=0)
    notice_count = models.PositiveIntegerField(_("notices"), default=0)
    total_amount = AmountField(_("total"), default=0)
    fingerprint = models.CharField(
        max_length=64, blank=True
    )  # of the draft; posting refuses a draft that no longer holds
    created_at = models.DateTimeField(_("computed at"))
    created_by_id = models.BigIntegerField(null=True)
    checked_at = models.DateTimeField(_("checked at"), null=True)
    checked_by_id = models.BigIntegerField(null=True)
    approved_at = models.DateTimeField(_("approved at"), null=True)
    approved_by_id = models.BigIntegerField(null=True)
    posted_at = models.DateTimeField(_("posted at"), null=True)
    posted_by_id = models.BigIntegerField(null=True)
    undone_at = models.DateTimeField(_("undone at"), null=True)
    undone_by_id = models.BigIntegerField(null=True)
    undone_reason = models.CharField(_("reason"), max_length=250, blank=True)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, related_name="+")
    undo_batch = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("month run")
        verbose_name_plural = _("month runs")
        ordering = ("-period", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "period"],
                condition=Q(kind="month", state__in=["draft", "checked", "approved"]),
                name="charge_run_open_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.period:%Y-%m}"


class DraftLine(models.Model):
    """A computed line of a run before posting, unseen by payers. `problem` names what is missing.

    Amounts are NULL exactly where there is a problem: nothing missing ever becomes a zero. The table is unlogged:
    a crash of the server empties it, the fingerprint notices, and the month is computed again.
    """

    class Problem(models.TextChoices):
        NO_FACT = "no_fact", _("the quantity is missing")
        NO_SHARE = "no_share", _("the ownership share is missing")
        NO_TARIFF = "no_tariff", _("no approved price")
        NO_ACCOUNT = "no_account", _("the payer has no account")
        COMPONENT_ENDED = "component_ended", _("the component is not valid in this month")
        TWO_PAYERS = "two_payers", _("two agreements pay for the same premises")
        DIVISION = "division", _("the formula divides by zero")
        NEGATIVE = "negative", _("the formula gives less than nothing")
        FORMULA = "formula", _("the formula has an error")
        NO_VAT_RATE = "no_vat_rate", _("no VAT rate holds on the first of the month")
        TOO_LARGE = "too_large", _("quantity, price or amount is beyond all measure")

    run = models.ForeignKey(ChargeRun, on_delete=models.CASCADE, related_name="draft_lines", db_index=False)
    agreement = models.ForeignKey(
        Agreement, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, null=True, related_name="+", db_constraint=False, db_index=False
    )
    component = models.ForeignKey(
        Component, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    premises = models.ForeignKey(
        Premises, on_delete=models.CASCADE, null=True, related_name="+", db_constraint=False, db_index=False
    )
    tariff = models.ForeignKey(
        Tariff, on_delete=models.CASCADE, null=True, related_name="+", db_constraint=False, db_index=False
    )
    quantity = QuantityField(null=True)
    price = PriceField(null=True)
    amount = AmountField(null=True)
    net_amount = AmountField(null=True)
    tax_amount = AmountField(null=True)
    # What the quantity was taken from; the snapshot of the posted line is written from these.
    fact_key = models.BigIntegerField(null=True)
    share_key = models.BigIntegerField(null=True)
    problem = models.CharField(max_length=40, blank=True, choices=Problem.choices)
    # Of lines that a charge source, a formula or parts of a month made: what the posted line keeps, ready; and of a
    # source its own due date.
    snapshot = models.JSONField(null=True)
    due_on = models.DateField(null=True)
    # Which fact or price the problem is about, and where in the formula: "persons:17".
    detail = models.CharField(max_length=120, blank=True, db_default="")
    reason = models.CharField(max_length=40, default="run")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "agreement", "component", "reason"], name="draft_line_once")
        ]

    def __str__(self) -> str:
        return f"{self.component_id} {self.amount}"
