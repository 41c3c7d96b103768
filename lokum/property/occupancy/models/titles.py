"""Titles that tie parties to premises, and agreements: what one payer owes under a title."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lokum.core.base.models import OwnFields, Record
from lokum.core.organisation.models import Entity
from lokum.property.estates.models import Premises
from lokum.property.parties.models import Party

PREMISES_SCOPE = {
    "node": "premises__building__estate__node_id",
    "estate": "premises__building__estate_id",
    "building": "premises__building_id",
    "entrance": "premises__entrance_id",
}


class TitleKind(models.TextChoices):
    OWNERSHIP = "ownership", _("Ownership")
    COOP_OWNERSHIP = "coop_ownership", _("Cooperative ownership right")
    COOP_TENANCY = "coop_tenancy", _("Cooperative tenancy right")
    FREEHOLD = "freehold", _("Separate ownership")
    MUNICIPAL_LEASE = "municipal_lease", _("Municipal lease")
    LEASE = "lease", _("Lease")
    NO_TITLE = "no_title", _("Without title")


# A kind that holds the whole premises: two of them never overlap. A lease may run beside an ownership.
EXCLUSIVE_KINDS = ("ownership", "coop_ownership", "coop_tenancy", "freehold")
OCCUPYING_KINDS = ("municipal_lease", "lease", "no_title")


class Title(Record):
    """A dated right of parties to premises."""

    scope_path = PREMISES_SCOPE

    premises = models.ForeignKey(Premises, on_delete=models.PROTECT, related_name="titles", verbose_name=_("premises"))
    kind = models.CharField(_("kind"), max_length=16, choices=TitleKind.choices)
    member = models.BooleanField(_("held by a member"), default=False)
    valid = DateRangeField(_("valid"))
    document = models.CharField(_("source document"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("title")
        verbose_name_plural = _("titles")
        constraints = [
            ExclusionConstraint(
                name="title_exclusive",
                expressions=[("premises", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
                condition=Q(kind__in=EXCLUSIVE_KINDS),
            ),
            ExclusionConstraint(
                name="title_occupying",
                expressions=[("premises", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
                condition=Q(kind__in=OCCUPYING_KINDS),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.premises} {self.get_kind_display()}"


class TitleHolder(models.Model):
    """A party's exact fraction of a title; the fractions of one title never exceed the whole."""

    scope_path = {
        "building": "title__premises__building_id",
        "node": "title__premises__building__estate__node_id",
    }

    title = models.ForeignKey(Title, on_delete=models.CASCADE, related_name="holders", verbose_name=_("title"))
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="holdings", verbose_name=_("party"))
    numerator = models.PositiveBigIntegerField(_("numerator"), default=1)
    denominator = models.PositiveBigIntegerField(_("denominator"), default=1)

    class Meta:
        verbose_name = _("holder")
        verbose_name_plural = _("holders")
        constraints = [
            models.UniqueConstraint(fields=["title", "party"], name="title_holder_once"),
            models.CheckConstraint(
                condition=Q(denominator__gt=0) & Q(numerator__gt=0) & Q(numerator__lte=models.F("denominator")),
                name="title_holder_fraction",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party} {self.numerator}/{self.denominator}"


class Agreement(OwnFields, Record):
    """What one payer owes to an entity under a title, lease, parking or supply contract."""

    class Kind(models.TextChoices):
        TITLE = "title", _("Title to premises")
        LEASE = "lease", _("Lease")
        PARKING = "parking", _("Parking")
        SUPPLY = "supply", _("Supply")

    scope_path = PREMISES_SCOPE

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="agreements", verbose_name=_("entity"))
    code = models.CharField(_("number"), max_length=40)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.TITLE)
    premises = models.ForeignKey(
        Premises,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="agreements",
        verbose_name=_("premises"),
    )
    title = models.ForeignKey(
        Title,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="agreements",
        verbose_name=_("title"),
    )
    payer = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="agreements", verbose_name=_("payer"))
    valid = DateRangeField(_("valid"))
    due_day = models.PositiveSmallIntegerField(_("own due day"), null=True, blank=True)

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        constraints = [
            models.UniqueConstraint(fields=["entity", "code"], name="agreement_code"),
            models.CheckConstraint(
                condition=Q(due_day__isnull=True) | Q(due_day__range=(1, 28)), name="agreement_due_day"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class AgreementAttribute(models.Model):
    """A dated attribute of an agreement (payer, due day, norm, delivery, ...) with its moment of recording.

    Same rule as `PremisesFact`: corrected by ending `recorded`, never changed in place.
    """

    scope_path = {
        "node": "agreement__premises__building__estate__node_id",
        "estate": "agreement__premises__building__estate_id",
        "building": "agreement__premises__building_id",
        "entrance": "agreement__premises__entrance_id",
    }

    class Name(models.TextChoices):
        PAYER = "payer", _("Payer")
        DUE_DAY = "due_day", _("Due day")
        NORM = "norm", _("Norm")
        RATE = "rate", _("Rate")
        DELIVERY = "delivery", _("Delivery of documents")
        MEMBERSHIP = "membership", _("Membership")

    agreement = models.ForeignKey(
        Agreement, on_delete=models.CASCADE, related_name="attributes", verbose_name=_("agreement")
    )
    name = models.CharField(_("attribute"), max_length=40, choices=Name.choices)
    value = models.CharField(_("value"), max_length=200)
    valid = DateRangeField(_("valid"))
    recorded = DateTimeRangeField(_("recorded"))
    source = models.CharField(_("source"), max_length=200, blank=True)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(_("recorded by"), max_length=150, blank=True)
    origin = models.ForeignKey("self", on_delete=models.CASCADE, null=True, editable=False, related_name="parts")

    class Meta:
        verbose_name = _("attribute")
        verbose_name_plural = _("attributes")
        constraints = [
            ExclusionConstraint(
                name="agreement_attribute_no_overlap",
                expressions=[
                    ("agreement", RangeOperators.EQUAL),
                    ("name", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                    ("recorded", RangeOperators.OVERLAPS),
                ],
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.value}"
