"""Members of a cooperative: number, status with dates, shares and contributions."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import AmountField
from lokum.core.base.models import Record
from lokum.core.organisation.models import Entity
from lokum.property.estates.models import NaturalKey
from lokum.property.parties.models import Party


class Member(Record):
    """Somebody in the member register of an entity, under the number given there."""

    scope_path = {"node": "entity__node_id", "party": "party_id"}

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="members", verbose_name=_("entity"))
    number = models.CharField(_("member number"), max_length=20)
    sort_number = models.GeneratedField(
        expression=NaturalKey(F("number")), output_field=models.CharField(max_length=420), db_persist=True
    )
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("party"))
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("member register")
        ordering = ("entity_id", "sort_number")
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "number"],
                name="member_number_once",
                violation_error_message=_("This number is taken in the member register."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.party}"


class MemberStatus(models.Model):
    """What somebody in the member register is during a time."""

    class Status(models.TextChoices):
        APPLICANT = "applicant", _("Applicant")
        MEMBER = "member", _("Member")
        RESIGNED = "resigned", _("Resigned")
        STRUCK_OFF = "struck_off", _("Struck off")
        EXCLUDED = "excluded", _("Excluded")
        DECEASED = "deceased", _("Deceased")

    scope_path = {"node": "member__entity__node_id", "party": "member__party_id"}

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="statuses", verbose_name=_("member"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices)
    valid = DateRangeField(_("valid"))
    document = models.CharField(_("resolution or document"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("status of a member")
        verbose_name_plural = _("statuses of members")
        ordering = ("member_id", "valid")
        constraints = [
            ExclusionConstraint(
                name="member_status_no_overlap",
                expressions=[("member", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
            )
        ]

    def __str__(self) -> str:
        return str(self.get_status_display())


class MemberContribution(Record):
    """What a member owes for membership: an entry fee, declared shares, a construction contribution."""

    class Kind(models.TextChoices):
        ENTRY_FEE = "entry_fee", _("Entry fee")
        SHARE = "share", _("Member's shares")
        CONTRIBUTION = "contribution", _("Housing contribution")

    scope_path = {"node": "member__entity__node_id", "party": "member__party_id"}

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="contributions", verbose_name=_("member"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    count = models.PositiveIntegerField(_("number of shares declared"), default=1)
    amount = AmountField(_("amount due"))
    paid_amount = AmountField(_("paid"), default=0, editable=False)
    due_on = models.DateField(_("due on"))
    document = models.CharField(_("source document"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("contribution of a member")
        verbose_name_plural = _("contributions of members")
        ordering = ("member_id", "due_on", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0) & Q(count__gte=1),
                name="member_contribution_positive",
                violation_error_message=_("The amount and the number are above zero."),
            ),
            models.CheckConstraint(
                condition=Q(paid_amount__gte=0) & Q(paid_amount__lte=F("amount")),
                name="member_contribution_not_overpaid",
                violation_error_message=_("More than is due cannot be paid, and not less than was paid be due."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"


class ContributionPayment(models.Model):
    """A payment towards a contribution, or (negative) what was paid back."""

    scope_path = {"node": "contribution__member__entity__node_id", "party": "contribution__member__party_id"}

    contribution = models.ForeignKey(
        MemberContribution, on_delete=models.PROTECT, related_name="payments", verbose_name=_("contribution")
    )
    paid_on = models.DateField(_("paid on"))
    amount = AmountField(_("amount"))
    document = models.CharField(_("source document"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("payment of a contribution")
        verbose_name_plural = _("payments of contributions")
        ordering = ("contribution_id", "paid_on", "pk")
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="contribution_payment_not_zero")]

    def __str__(self) -> str:
        return str(self.amount)
