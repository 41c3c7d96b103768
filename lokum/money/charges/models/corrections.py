"""Corrections of posted months: what was charged beside what would be charged now, and why."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import AmountField
from lokum.core.organisation.models import Entity
from lokum.money.charges.models.components import Component
from lokum.money.charges.models.notices import Notice
from lokum.money.ledger.models import Account, Batch
from lokum.property.estates.models import Premises
from lokum.property.occupancy.models import Agreement


class CorrectionRun(models.Model):
    """One comparison of posted months with what is known now; its differences post after approval, once."""

    class State(models.TextChoices):
        COMPARED = "compared", _("compared")
        REQUESTED = "requested", _("waiting for approval")
        POSTED = "posted", _("posted")
        DROPPED = "dropped", _("dropped")

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="+", verbose_name=_("entity"))
    since = models.DateField(_("from month"))
    until = models.DateField(_("to month"))
    premises = models.ForeignKey(
        Premises, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("premises")
    )
    reason = models.CharField(_("reason"), max_length=250)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.COMPARED)
    document_count = models.PositiveIntegerField(_("documents"), default=0)
    line_count = models.PositiveIntegerField(_("lines"), default=0)
    problem_count = models.PositiveIntegerField(_("problems"), default=0)
    total_amount = AmountField(_("total"), default=0)
    digest = models.CharField(max_length=64, blank=True)  # of the differences; posting refuses other ones
    created_at = models.DateTimeField(_("compared at"))
    created_by_id = models.BigIntegerField(null=True)
    by_night = models.BooleanField(_("proposed by night"), default=False, db_default=False)
    posted_at = models.DateTimeField(_("posted at"), null=True)
    posted_by_id = models.BigIntegerField(null=True)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("correction of posted months")
        verbose_name_plural = _("corrections of posted months")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(condition=models.Q(since__lte=models.F("until")), name="correction_months_in_order")
        ]

    def __str__(self) -> str:
        return f"{self.since:%Y-%m} – {self.until:%Y-%m}: {self.reason}"


class CorrectionLine(models.Model):
    """One component of one posted month that would be charged otherwise now. `notice` NULL: not charged yet.

    before, after: the explanations (snapshots) of what stands and of what would be charged; NULL: nothing.
    causes: [{"kind", "old", "new", "from", "to", "source", "recorded_at", "by", "change_id"}].
    """

    class Problem(models.TextChoices):
        UNPRICED = "unpriced", _("it cannot be computed now")
        NOT_CHARGED = "not_charged", _("there is no notice yet: compute the month again")

    scope_path = {"node": "run__entity__node_id"}

    run = models.ForeignKey(CorrectionRun, on_delete=models.CASCADE, related_name="lines", verbose_name=_("correction"))
    notice = models.ForeignKey(
        Notice, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False, verbose_name=_("notice")
    )
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False, verbose_name=_("account")
    )
    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    component = models.ForeignKey(
        Component, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("component")
    )
    premises = models.ForeignKey(
        Premises, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("premises")
    )
    period = models.DateField(_("month"))
    before_net = AmountField(_("charged before, net"), default=0)
    before_tax = AmountField(_("charged before, tax"), default=0)
    after_net = AmountField(_("counts now, net"), default=0)
    after_tax = AmountField(_("counts now, tax"), default=0)
    amount = AmountField(_("difference"), default=0)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    causes = models.JSONField(default=list)
    problem = models.CharField(_("problem"), max_length=16, blank=True, choices=Problem.choices)

    class Meta:
        verbose_name = _("difference")
        verbose_name_plural = _("differences")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["run", "agreement", "component", "period", "account"], name="correction_line_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.period:%Y-%m} {self.amount}"
