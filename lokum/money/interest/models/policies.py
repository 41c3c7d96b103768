"""How interest is counted for whom."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import AmountField
from lokum.core.base.models import Record
from lokum.core.organisation.models import Entity
from lokum.money.interest.models.regimes import InterestRegime
from lokum.money.ledger.models import SubAccount
from lokum.property.estates.models import Premises
from lokum.property.parties.models import Party


class InterestPolicy(Record):
    """Interest on debts of an entity that fall due within `valid`; exceptions per premises or payer win, and what is
    said of a sub-account (court costs, repair fund) wins over both.

    A debt is under the policy of the day it falls due for all its life, so a new policy never changes old debts.
    No regime = these debts bear no interest. What was used for a note is only ended, not changed (the database
    refuses more).
    """

    class Rounding(models.TextChoices):
        ONCE = "once", _("only the sum")
        STRETCH = "stretch", _("each stretch of one principal")

    class GraceStart(models.TextChoices):
        DUE = "due", _("from the day after the due day")
        END = "end", _("from the day after the grace")

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(
        Entity, on_delete=models.PROTECT, related_name="interest_policies", verbose_name=_("entity")
    )
    premises = models.ForeignKey(
        Premises,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="interest_policies",
        verbose_name=_("only these premises"),
    )
    party = models.ForeignKey(
        Party,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="interest_policies",
        verbose_name=_("only this payer"),
    )
    sub_account = models.ForeignKey(
        SubAccount,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="interest_policies",
        verbose_name=_("only this sub-account"),
        help_text=_("Not the main one: its debts follow the policy of the entity."),
    )
    regime = models.ForeignKey(
        InterestRegime,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="policies",
        verbose_name=_("interest regime"),
        help_text=_("Empty: no interest is charged."),
    )
    valid = DateRangeField(_("debts due within"))
    due_day_counts = models.BooleanField(_("the due day counts as late"), default=False)
    moves_due_day = models.BooleanField(_("a due day on a day off moves to the next working day"), default=True)
    grace_days = models.PositiveSmallIntegerField(_("days of grace"), default=0)
    grace_start = models.CharField(
        _("after the grace interest runs"), max_length=3, choices=GraceStart.choices, default=GraceStart.DUE
    )
    cap_percent = models.DecimalField(
        _("cap in percent of the debt"), max_digits=6, decimal_places=2, null=True, blank=True
    )
    rounding = models.CharField(_("rounded is"), max_length=8, choices=Rounding.choices, default=Rounding.ONCE)
    minimum_amount = AmountField(_("smallest amount of a note"), default=0)
    recorded_at = models.DateTimeField(_("entered at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("interest policy")
        verbose_name_plural = _("interest policies")
        ordering = ("entity_id", "premises_id", "party_id", "sub_account_id", "valid")
        constraints = [
            ExclusionConstraint(
                name="interest_policy_no_overlap",
                expressions=[
                    ("entity", RangeOperators.EQUAL),
                    (Coalesce("premises_id", 0), RangeOperators.EQUAL),
                    (Coalesce("party_id", 0), RangeOperators.EQUAL),
                    (Coalesce("sub_account_id", 0), RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                condition=Q(cap_percent__isnull=True) | Q(cap_percent__gt=0),
                name="interest_policy_cap",
                violation_error_message=_("A cap is above zero; leave it empty for none."),
            ),
            models.CheckConstraint(
                condition=Q(minimum_amount__gte=0),
                name="interest_policy_minimum",
                violation_error_message=_("The smallest amount of a note is not negative."),
            ),
            models.CheckConstraint(
                condition=Q(premises__isnull=True, party__isnull=True)
                | Q(premises__isnull=True, sub_account__isnull=True)
                | Q(party__isnull=True, sub_account__isnull=True),
                name="interest_policy_one_exception",
                violation_error_message=_("A policy is for one of premises, payer or sub-account."),
            ),
        ]

    def __str__(self) -> str:
        whom = self.sub_account or self.premises or self.party or self.entity
        return f"{whom}: {self.regime or _('no interest')}"

    def clean(self) -> None:
        if sum(bool(one) for one in (self.premises_id, self.party_id, self.sub_account_id)) > 1:
            text = _("An exception is for premises, for a payer or for a sub-account, not for several of them.")
            raise ValidationError({"party": text})
        if self.sub_account is not None:
            self._check_sub_account(self.sub_account)

    def _check_sub_account(self, sub_account: SubAccount) -> None:
        if sub_account.entity_id != self.entity_id:
            raise ValidationError({"sub_account": _("The sub-account belongs to another entity.")})
        if sub_account.kind == SubAccount.Kind.MAIN:
            raise ValidationError({"sub_account": _("Debts of the main sub-account follow the policy of the entity.")})
