"""Reductions, discounts, waivers and gifts: applied for, checked, approved; their effect is a visible credit line."""

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import AmountField
from lokum.core.base.models import Record
from lokum.money.charges.models.components import Component, name_field
from lokum.money.ledger.models import Account


class ReductionType(Record):
    """A kind of reduction the operator grants, with its limits and the way an application takes."""

    class Nature(models.TextChoices):
        REDUCTION = "reduction", _("Reduction")
        DISCOUNT = "discount", _("Discount")
        WAIVER = "waiver", _("Waiver")
        GIFT = "gift", _("Gifted month or service")

    scope_open = True

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=120)
    name_pl = models.CharField(_("name in Polish"), max_length=120, blank=True)
    name_zh_hant = models.CharField(_("name in Chinese (Traditional)"), max_length=120, blank=True)
    name_zh_hans = models.CharField(_("name in Chinese (Simplified)"), max_length=120, blank=True)
    nature = models.CharField(_("kind"), max_length=10, choices=Nature.choices)
    needs_check = models.BooleanField(_("checked before approval"), default=True)
    max_percent = models.DecimalField(_("highest per cent"), max_digits=5, decimal_places=2, default=100)
    max_months = models.PositiveSmallIntegerField(_("most months"), default=12)
    max_amount = AmountField(_("highest total"), null=True, blank=True)
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("kind of reduction")
        verbose_name_plural = _("kinds of reduction")
        ordering = ("code",)
        constraints = [
            models.CheckConstraint(
                condition=Q(max_percent__gt=0) & Q(max_percent__lte=100) & Q(max_months__gt=0),
                name="reduction_type_limits",
                violation_error_message=_("A limit is above zero and at most 100 per cent."),
            )
        ]

    def __str__(self) -> str:
        return self.local_name

    @property
    def local_name(self) -> str:
        """The name in the reader's language, else the plain one."""
        return getattr(self, name_field(get_language())) or self.name


class Reduction(Record):
    """One application for a payer: a share of what is charged, or an amount a month, for whole months.

    valid: from the first day of the first month to the first day after the last one. Once approved it credits the
    months posted before at once and each later month with its notice; the line is "src:reduction:<id>:<month>".
    """

    class State(models.TextChoices):
        APPLIED = "applied", _("applied for")
        CHECKED = "checked", _("waiting for approval")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")

    scope_path = {"node": "account__entity__node_id", "building": "account__building_key", "account": "account_id"}

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("account"))
    reduction_type = models.ForeignKey(
        ReductionType, on_delete=models.PROTECT, related_name="reductions", verbose_name=_("kind")
    )
    component = models.ForeignKey(
        Component, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("component")
    )
    percent = models.DecimalField(_("per cent"), max_digits=5, decimal_places=2, null=True, blank=True)
    month_amount = AmountField(_("net amount a month"), null=True, blank=True)
    limit_amount = AmountField(_("net limit in total"), null=True, blank=True)
    valid = DateRangeField(_("months"))
    reason = models.CharField(_("reason"), max_length=250)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.APPLIED)
    applied_at = models.DateTimeField(_("applied at"))
    applied_by_id = models.BigIntegerField(null=True)
    checked_at = models.DateTimeField(_("checked at"), null=True)
    checked_by_id = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_by_id = models.BigIntegerField(null=True)
    decided_by_label = models.CharField(_("decided by"), max_length=150, blank=True)
    decision_reason = models.CharField(_("reason of the decision"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("reduction")
        verbose_name_plural = _("reductions")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__gt=0, percent__lte=100, month_amount=None)
                | Q(percent=None, month_amount__gt=0, component__isnull=False),
                name="reduction_share_or_amount",
                violation_error_message=_("Name a share up to 100 per cent, or an amount a month of one component."),
            ),
            models.CheckConstraint(condition=Q(limit_amount=None) | Q(limit_amount__gt=0), name="reduction_limit"),
        ]

    def __str__(self) -> str:
        return f"{self.reduction_type} {self.account}"
