"""Who pays an agreement beside its payer: co-payers who owe one debt together, and payers who each owe a share."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from lokum.core.base.models import Record
from lokum.money.ledger.models.accounts import Account
from lokum.property.occupancy.models import Agreement
from lokum.property.parties.models import Party


class CoPayer(Record):
    """A person who owes the debts of an account together with its payer: one account, one debt, several people.

    Co-payers see the account in the portal while `valid`, and stand in the address of its notices.
    """

    scope_path = {"node": "account__entity__node_id", "building": "account__building_key", "account": "account_id"}

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="co_payers", verbose_name=_("account"))
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="co_paid", verbose_name=_("co-payer"))
    valid = DateRangeField(_("valid"))
    basis = models.CharField(_("basis"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("joint payer")
        verbose_name_plural = _("joint payers")
        ordering = ("account_id", "party_id", "valid")
        constraints = [
            ExclusionConstraint(
                name="co_payer_once",
                expressions=[
                    ("account", RangeOperators.EQUAL),
                    ("party", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("This person is a joint payer of the account in this time already."),
            )
        ]

    def __str__(self) -> str:
        return str(self.account)


class PayerSplit(models.Model):
    """From its first month on the charges of an agreement are shared among several accounts (`shares`).

    `component_key`: only the charges of this component (a register above); NULL: all that have no split of their own.
    The shares are whole numbers of `denominator` and add up to it exactly (the database checks at the commit).
    """

    scope_path = {
        "node": "agreement__entity__node_id",
        "building": "agreement__premises__building_id",
    }

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="payer_splits", verbose_name=_("agreement")
    )
    component_key = models.BigIntegerField(_("component"), null=True)
    valid = DateRangeField(_("months"))
    denominator = models.PositiveIntegerField(_("parts of the whole"))
    reason = models.CharField(_("reason"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("split among payers")
        verbose_name_plural = _("splits among payers")
        ordering = ("agreement_id", "-valid")
        constraints = [
            ExclusionConstraint(
                name="payer_split_no_overlap",
                expressions=[
                    ("agreement", RangeOperators.EQUAL),
                    (Coalesce("component_key", 0), RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(condition=Q(denominator__gt=0), name="payer_split_denominator"),
        ]

    def __str__(self) -> str:
        return f"{self.agreement} {self.valid.lower:%Y-%m}" if self.valid and self.valid.lower else str(self.agreement)


class PayerShare(models.Model):
    """What one account bears of a split: numerator / the split's denominator."""

    scope_path = {"node": "account__entity__node_id", "building": "account__building_key", "account": "account_id"}

    split = models.ForeignKey(PayerSplit, on_delete=models.CASCADE, related_name="shares", verbose_name=_("split"))
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="payer_shares", verbose_name=_("account")
    )
    numerator = models.PositiveIntegerField(_("parts"))

    class Meta:
        verbose_name = _("share of a payer")
        verbose_name_plural = _("shares of payers")
        ordering = ("split_id", "pk")
        constraints = [
            models.UniqueConstraint(fields=["split", "account"], name="payer_share_once"),
            models.CheckConstraint(condition=Q(numerator__gt=0), name="payer_share_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.numerator}/{self.split.denominator}"
