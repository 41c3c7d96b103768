"""Interest given up by approval."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import AmountField
from lokum.money.ledger.models import Account, Entry


class InterestWaiver(models.Model):
    """An approved waiver on one account; made when the request is approved, never changed afterwards."""

    scope_path = {
        "building": "account__building_key",
        "node": "account__entity__node_id",
        "account": "account_id",
    }

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="interest_waivers", verbose_name=_("account")
    )
    through_on = models.DateField(_("interest to"))
    amount = AmountField(_("amount"))
    reason = models.CharField(_("reason"), max_length=250)
    waived_at = models.DateTimeField(_("waived at"))
    waived_by_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("interest waiver")
        verbose_name_plural = _("interest waivers")
        ordering = ("-pk",)
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="interest_waiver_positive")]

    def __str__(self) -> str:
        return f"{self.account} {self.amount}"


class InterestWaiverLine(models.Model):
    """The part of a waiver that falls on one debt. It counts from `through_on` on: a part that was noted already from
    the day of that note, the rest from the day of the waiver."""

    waiver = models.ForeignKey(InterestWaiver, on_delete=models.PROTECT, related_name="lines")
    debt = models.ForeignKey(
        Entry, on_delete=models.PROTECT, related_name="+", db_constraint=False, verbose_name=_("debt")
    )
    through_on = models.DateField(_("interest to"))
    amount = AmountField(_("amount"))

    class Meta:
        verbose_name = _("line of an interest waiver")
        verbose_name_plural = _("lines of interest waivers")
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="interest_waiver_line_positive")]

    def __str__(self) -> str:
        return f"{self.waiver} {self.amount}"
