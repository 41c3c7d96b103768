"""Packages of components, and acts of attaching a component or package to many places at once."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lokum.core.base.models import Record
from lokum.core.organisation.models import Entity
from lokum.money.charges.models.components import Component
from lokum.property.estates.models import Building, Estate, Premises, PremisesGroup
from lokum.property.occupancy.models import PREMISES_SCOPE, Agreement


class Package(Record):
    """A named set of components that is attached as one: what a kind of place is usually charged with."""

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="packages", verbose_name=_("entity"))
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=120)
    note = models.CharField(_("note"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("package of components")
        verbose_name_plural = _("packages of components")
        ordering = ("entity_id", "code")
        constraints = [models.UniqueConstraint(fields=["entity", "code"], name="package_code")]

    def __str__(self) -> str:
        return self.name


class PackageComponent(Record):
    """A component that is part of a package during a time."""

    scope_path = {"node": "package__entity__node_id", "component_class": "component__component_class"}

    package = models.ForeignKey(
        Package, on_delete=models.PROTECT, related_name="contents", verbose_name=_("package of components")
    )
    component = models.ForeignKey(
        Component, on_delete=models.PROTECT, related_name="packages", verbose_name=_("component")
    )
    valid = DateRangeField(_("valid"))

    class Meta:
        verbose_name = _("component of a package")
        verbose_name_plural = _("components of packages")
        ordering = ("package_id", "component__position", "component__code")
        constraints = [
            ExclusionConstraint(
                name="package_component_no_overlap",
                expressions=[
                    ("package", RangeOperators.EQUAL),
                    ("component", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            )
        ]

    def __str__(self) -> str:
        return f"{self.package}: {self.component}"

    def clean(self) -> None:
        """A package holds components of its own entity."""
        if self.package_id and self.component_id and self.package.entity_id != self.component.entity_id:
            text = _("This component belongs to another entity.")
            raise ValidationError({"component": ValidationError(text, code="entity")})


class BulkAttachment(Record):
    """One act of attaching a component or a package to many places: by which filter, from when, with what result."""

    class Reach(models.TextChoices):
        """The narrowest thing by which the places were chosen: the level that the card of a place shows."""

        ENTITY = "entity", _("Entity")
        ESTATE = "estate", _("Estate")
        BUILDING = "building", _("Building")
        GROUP = "group", _("Group of premises")
        CHOSEN = "chosen", _("Chosen one by one")
        DIFFERENCE = "difference", _("Change of the package")

    class State(models.TextChoices):
        DONE = "done", _("attached")
        UNDONE = "undone", _("undone")

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="+", verbose_name=_("entity"))
    component = models.ForeignKey(
        Component, on_delete=models.PROTECT, null=True, blank=True, related_name="attachments",
        verbose_name=_("component"),
    )  # fmt: skip
    package = models.ForeignKey(
        Package, on_delete=models.PROTECT, null=True, blank=True, related_name="attachments",
        verbose_name=_("package of components"),
    )  # fmt: skip
    name = models.CharField(_("what"), max_length=120)  # the component or package as it was called
    reach = models.CharField(_("level"), max_length=10, choices=Reach.choices)
    estate = models.ForeignKey(
        Estate, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("estate")
    )
    building = models.ForeignKey(
        Building, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("building")
    )
    group = models.ForeignKey(
        PremisesGroup, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("group of premises"),
    )  # fmt: skip
    premises_kind = models.CharField(_("kind of premises"), max_length=15, choices=Premises.Kind.choices, blank=True)
    agreement_kind = models.CharField(_("kind of agreement"), max_length=10, choices=Agreement.Kind.choices, blank=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    attached_count = models.PositiveIntegerField(_("attached"), default=0)
    skipped_count = models.PositiveIntegerField(_("skipped"), default=0)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.DONE)
    created_at = models.DateTimeField(_("done at"))
    created_by_label = models.CharField(_("done by"), max_length=150, blank=True)
    undo_reason = models.CharField(_("reason of the undoing"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("attaching to many")
        verbose_name_plural = _("attaching to many")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(component__isnull=False, package=None) | Q(component=None, package__isnull=False),
                name="bulk_attachment_of_one",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.starts_on:%Y-%m-%d})"

    @property
    def place(self) -> str:
        """Where, in words: the group, building or estate by which the places were chosen."""
        return str(self.group or self.building or self.estate or self.get_reach_display())


class PackageAssignment(Record):
    """A place carries a package during a time; what it is charged with are its attached components."""

    scope_path = PREMISES_SCOPE

    package = models.ForeignKey(
        Package, on_delete=models.PROTECT, related_name="assignments", verbose_name=_("package of components")
    )
    premises = models.ForeignKey(
        Premises, on_delete=models.PROTECT, related_name="packages", verbose_name=_("premises")
    )
    valid = DateRangeField(_("valid"))
    origin = models.ForeignKey(
        BulkAttachment, on_delete=models.PROTECT, null=True, editable=False, related_name="packages",
        verbose_name=_("attached by"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("attached package")
        verbose_name_plural = _("attached packages")
        constraints = [
            ExclusionConstraint(
                name="package_assignment_no_overlap",
                expressions=[
                    ("package", RangeOperators.EQUAL),
                    ("premises", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            )
        ]

    def __str__(self) -> str:
        return f"{self.package} {self.premises}"


class BulkAttachmentLine(models.Model):
    """What happened to one component at one place, or why nothing did."""

    class Outcome(models.TextChoices):
        ATTACHED = "attached", _("attached")
        ENDED = "ended", _("ended")
        KNOWN = "known", _("the component is there already in this time")
        PACKAGE = "package", _("the package is there already in this time")
        FOREIGN = "foreign", _("belongs to another entity in this time")
        CLOSED = "closed", _("closed before this time")

    scope_path = PREMISES_SCOPE

    bulk = models.ForeignKey(
        BulkAttachment, on_delete=models.CASCADE, related_name="lines", verbose_name=_("attaching to many")
    )
    premises = models.ForeignKey(Premises, on_delete=models.CASCADE, related_name="+", verbose_name=_("premises"))
    component = models.ForeignKey(
        Component, on_delete=models.CASCADE, null=True, related_name="+", verbose_name=_("component")
    )
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)

    class Meta:
        verbose_name = _("outcome of attaching")
        verbose_name_plural = _("outcomes of attaching")
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.premises} {self.get_outcome_display()}"
