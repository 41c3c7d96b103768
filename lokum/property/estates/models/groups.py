"""Districts and free groups: dated sets of buildings and premises that prices, rights and reports may name."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lokum.core.base.models import Record
from lokum.core.organisation.models import Node
from lokum.property.estates.models.places import Building, Premises


class PremisesGroup(Record):
    """A district (whole buildings, each in one district at a time) or a free group of buildings and premises.

    The SQL relation `group_membership` (premises_id, group_id, valid) says which premises are in which group when.
    """

    class Kind(models.TextChoices):
        DISTRICT = "district", _("District")
        FREE = "free", _("Free group")

    scope_path = {"node": "node_id"}

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=150)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="groups", verbose_name=_("managed by"))
    precedence = models.PositiveSmallIntegerField(
        _("precedence"),
        default=100,
        help_text=_("Premises in several groups follow the one with the smaller number, then the earlier code."),
    )
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("group of premises")
        verbose_name_plural = _("districts and groups")
        ordering = ("kind", "precedence", "code")

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class GroupMember(models.Model):
    """A whole building, or single premises, in a group for a time.

    `kind` repeats that of the group (a foreign key over both columns keeps them equal), so that the database can
    refuse a building in two districts at once.
    """

    scope_path = {"node": "group__node_id"}

    group = models.ForeignKey(
        PremisesGroup, on_delete=models.CASCADE, related_name="members", verbose_name=_("group of premises")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=PremisesGroup.Kind.choices, editable=False)
    building = models.ForeignKey(
        Building,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name=_("building"),
    )
    premises = models.ForeignKey(
        Premises,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name=_("premises"),
    )
    valid = DateRangeField(_("valid"))

    class Meta:
        verbose_name = _("place in a group")
        verbose_name_plural = _("places in groups")
        ordering = ("group_id", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(building__isnull=False, premises__isnull=True)
                | Q(building__isnull=True, premises__isnull=False),
                name="group_member_is_one_place",
            ),
            models.CheckConstraint(
                condition=Q(kind="free") | Q(premises__isnull=True),
                name="district_of_whole_buildings",
                violation_error_message=_("A district takes whole buildings only."),
            ),
            ExclusionConstraint(
                name="group_building_once",
                expressions=[
                    ("group", RangeOperators.EQUAL),
                    ("building", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
                condition=Q(building__isnull=False),
            ),
            ExclusionConstraint(
                name="group_premises_once",
                expressions=[
                    ("group", RangeOperators.EQUAL),
                    ("premises", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
                condition=Q(premises__isnull=False),
            ),
            ExclusionConstraint(
                name="building_in_one_district",
                expressions=[("building", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
                condition=Q(kind="district"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.building or self.premises}"
