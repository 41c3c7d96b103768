"""Dated prices, and the components attached to premises."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import PriceField
from lokum.core.base.models import Record
from lokum.core.organisation.models import Node
from lokum.money.charges.models.components import Component
from lokum.money.charges.models.packages import BulkAttachment, Package
from lokum.property.estates.models import Building, Premises, PremisesGroup
from lokum.property.occupancy.models import PREMISES_SCOPE, TitleKind
from lokum.property.parties.models import Party

MEMBERSHIPS = [("member", _("members")), ("other", _("non-members"))]


class SharedTariff(Record):
    """A dated price for every component of one code in the entities below a node: the level "operator".

    Approving it writes a tariff of that level to each of these components; components that come later get theirs
    when they are saved. What is nearer (entity, building, group, premises, person) wins over it.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")

    scope_path = {"node": "node_id"}

    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+", verbose_name=_("for entities below"))
    code = models.CharField(_("code of the component"), max_length=20)
    title_kind = models.CharField(_("kind of title"), max_length=16, choices=TitleKind.choices, blank=True)
    membership = models.CharField(_("membership"), max_length=10, blank=True, choices=MEMBERSHIPS)
    price = PriceField(_("price"))
    currency = models.CharField(_("currency"), max_length=3, editable=False)
    valid = DateRangeField(_("valid"))
    source = models.CharField(_("resolution or document"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PROPOSED, editable=False)
    proposed_by_id = models.BigIntegerField(null=True, editable=False)
    approved_by_id = models.BigIntegerField(null=True, editable=False)
    approved_at = models.DateTimeField(_("approved at"), null=True, editable=False)

    class Meta:
        verbose_name = _("operator-wide price")
        verbose_name_plural = _("operator-wide prices")
        ordering = ("code", "node_id", "valid")
        constraints = [
            ExclusionConstraint(
                name="shared_tariff_no_overlap",
                expressions=[
                    ("node", RangeOperators.EQUAL),
                    ("code", RangeOperators.EQUAL),
                    ("title_kind", RangeOperators.EQUAL),
                    ("membership", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
                condition=Q(state="approved"),
                violation_error_message=_("Another price for the same target is valid in this time."),
            ),
            models.CheckConstraint(condition=Q(price__gte=0), name="shared_tariff_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.price}"

    def clean(self) -> None:
        """Only a proposal may be edited."""
        super().clean()
        if self.pk and self.state != self.State.PROPOSED:
            raise ValidationError(_("This price was decided on. Propose a new one instead."), code="decided")


class Tariff(Record):
    """A dated price of a component at one level; the most specific valid one wins.

    Levels from wide to narrow: operator (made by a `SharedTariff`), entity, building, group of premises, premises,
    party. Within a level a price for a kind of title or for (non-)members is more specific than one without; of
    several groups the one with the smaller precedence counts.
    """

    class Level(models.TextChoices):
        GLOBAL = "global", _("Operator")
        ENTITY = "entity", _("Entity")
        BUILDING = "building", _("Building")
        GROUP = "group", _("Group of premises")
        PREMISES = "premises", _("Premises")
        PARTY = "party", _("Personal")

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")

    scope_path = {"node": "component__entity__node_id", "component_class": "component__component_class"}

    component = models.ForeignKey(
        Component, on_delete=models.PROTECT, related_name="tariffs", verbose_name=_("component")
    )
    level = models.CharField(_("level"), max_length=10, choices=Level.choices, default=Level.ENTITY)
    building = models.ForeignKey(
        Building,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="tariffs",
        verbose_name=_("building"),
    )
    group = models.ForeignKey(
        PremisesGroup,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="tariffs",
        verbose_name=_("group of premises"),
    )
    premises = models.ForeignKey(
        Premises,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="tariffs",
        verbose_name=_("premises"),
    )
    party = models.ForeignKey(
        Party,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="tariffs",
        verbose_name=_("party"),
    )
    title_kind = models.CharField(_("kind of title"), max_length=16, choices=TitleKind.choices, blank=True)
    membership = models.CharField(_("membership"), max_length=10, blank=True, choices=MEMBERSHIPS)
    price = PriceField(_("price"))
    valid = DateRangeField(_("valid"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PROPOSED, editable=False)
    source = models.CharField(_("resolution or document"), max_length=200, blank=True)
    shared = models.ForeignKey(
        SharedTariff, on_delete=models.PROTECT, null=True, editable=False, related_name="tariffs",
        verbose_name=_("operator-wide price"),
    )  # fmt: skip
    proposed_by_id = models.BigIntegerField(null=True, editable=False)
    approved_by_id = models.BigIntegerField(null=True, editable=False)
    approved_at = models.DateTimeField(_("approved at"), null=True, editable=False)
    # One key of what the price applies to, set by the database, so that it can refuse overlaps.
    target_key = models.BigIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("tariff")
        verbose_name_plural = _("tariffs")
        ordering = ("component_id", "level", "valid")
        constraints = [
            # Approved prices never overlap; neither do proposals. A proposal may follow an open-ended approved
            # price, which then ends the day before when the proposal is approved.
            ExclusionConstraint(
                name="tariff_no_overlap",
                expressions=[
                    ("component", RangeOperators.EQUAL),
                    ("level", RangeOperators.EQUAL),
                    ("target_key", RangeOperators.EQUAL),
                    ("title_kind", RangeOperators.EQUAL),
                    ("membership", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
                condition=Q(state="approved"),
                violation_error_message=_("Another price for the same target is valid in this time."),
            ),
            ExclusionConstraint(
                name="tariff_proposed_once",
                expressions=[
                    ("component", RangeOperators.EQUAL),
                    ("level", RangeOperators.EQUAL),
                    ("target_key", RangeOperators.EQUAL),
                    ("title_kind", RangeOperators.EQUAL),
                    ("membership", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
                condition=Q(state="proposed"),
                violation_error_message=_("Another proposal for the same target covers this time."),
            ),
            models.CheckConstraint(
                condition=(
                    Q(level="global", building=None, group=None, premises=None, party=None, shared__isnull=False)
                    | Q(level="entity", building=None, group=None, premises=None, party=None, shared=None)
                    | Q(level="building", building__isnull=False, group=None, premises=None, party=None, shared=None)
                    | Q(level="group", building=None, group__isnull=False, premises=None, party=None, shared=None)
                    | Q(level="premises", building=None, group=None, premises__isnull=False, party=None, shared=None)
                    | Q(level="party", building=None, group=None, premises=None, party__isnull=False, shared=None)
                ),
                name="tariff_target",
                violation_error_message=_("Name exactly the target of the chosen level."),
            ),
            models.CheckConstraint(condition=Q(price__gte=0), name="tariff_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.component} {self.price}"

    @property
    def place(self) -> str:
        """The building or group the price is for; "" on every other level. The person is never named."""
        return str(self.building or self.group or "")

    def clean(self) -> None:
        """Only a proposal may be edited; what was decided on is followed by a new proposal."""
        super().clean()
        if self.pk and self.state != self.State.PROPOSED:
            raise ValidationError(_("This price was decided on. Propose a new one instead."), code="decided")


class ComponentAssignment(Record):
    """A component is charged for premises (to whoever holds their agreement) during a time."""

    scope_path = PREMISES_SCOPE

    component = models.ForeignKey(
        Component, on_delete=models.PROTECT, related_name="assignments", verbose_name=_("component")
    )
    premises = models.ForeignKey(
        Premises, on_delete=models.PROTECT, related_name="assignments", verbose_name=_("premises")
    )
    valid = DateRangeField(_("valid"))
    package = models.ForeignKey(
        Package, on_delete=models.PROTECT, null=True, editable=False, related_name="+",
        verbose_name=_("part of the package"),
    )  # fmt: skip
    origin = models.ForeignKey(
        BulkAttachment, on_delete=models.PROTECT, null=True, editable=False, related_name="components",
        verbose_name=_("attached by"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("attached component")
        verbose_name_plural = _("attached components")
        constraints = [
            ExclusionConstraint(
                name="component_assignment_no_overlap",
                expressions=[
                    ("component", RangeOperators.EQUAL),
                    ("premises", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            )
        ]

    def __str__(self) -> str:
        return f"{self.component} {self.premises}"
