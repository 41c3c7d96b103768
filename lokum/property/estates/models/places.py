"""Estates, buildings, entrances, storeys and premises."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lokum.core.base import identifiers
from lokum.core.base.models import OwnFields, Record
from lokum.core.organisation.models import Entity, Node


class NaturalKey(models.Func):
    """Text in which digits sort by their value: "2" before "10" (SQL function lokum_natural_key)."""

    function = "lokum_natural_key"
    output_field = models.CharField(max_length=420)


def _sorted(column: str) -> models.GeneratedField:
    """Kept by the database itself, so that form, sheet, generator and bulk writes all have it."""
    return models.GeneratedField(
        expression=NaturalKey(models.F(column)), output_field=models.CharField(max_length=420), db_persist=True
    )


def _dates(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(closed_on__isnull=True) | Q(opened_on__isnull=True) | Q(closed_on__gte=models.F("opened_on")),
        name=name,
    )


class Estate(Record):
    """A group of buildings managed together."""

    scope_path = {"node": "node_id", "estate": "pk"}

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=150)
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="estates", verbose_name=_("managed by"))
    address = models.CharField(_("address"), max_length=200, blank=True)
    register_number = models.CharField(_("land register number"), max_length=40, blank=True)
    opened_on = models.DateField(_("from"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("estate")
        verbose_name_plural = _("estates")
        ordering = ("code",)
        constraints = [_dates("estate_dates_in_order")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def clean(self) -> None:
        if self.node_id:
            identifiers.check_fields(self, self.node.country, {"register_number": identifiers.LAND_REGISTER})


class Building(Record):
    """A building; or the network or ground that supply points hang on instead of one."""

    class Kind(models.TextChoices):
        BUILDING = "building", _("Building")
        NETWORK = "network", _("Supply network")
        GROUND = "ground", _("Ground")

    scope_path = {"node": "estate__node_id", "estate": "estate_id", "building": "pk"}

    estate = models.ForeignKey(Estate, on_delete=models.PROTECT, related_name="buildings", verbose_name=_("estate"))
    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    kind = models.CharField(
        _("kind"), max_length=10, choices=Kind.choices, default=Kind.BUILDING, db_default="building"
    )
    street = models.CharField(_("street"), max_length=120)
    house_number = models.CharField(
        _("house number"), max_length=20, blank=True, help_text=_("Only a network or ground may have none.")
    )
    postal_code = models.CharField(_("postal code"), max_length=12, blank=True)
    city = models.CharField(_("town"), max_length=100, blank=True)
    territory_code = models.CharField(_("territory code (TERYT)"), max_length=20, blank=True)
    register_number = models.CharField(_("land register number"), max_length=40, blank=True)
    built_year = models.PositiveSmallIntegerField(_("year built"), null=True, blank=True)
    opened_on = models.DateField(_("from"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True, editable=False)

    sort_code = _sorted("code")

    class Meta:
        verbose_name = _("building")
        verbose_name_plural = _("buildings")
        ordering = ("sort_code",)
        constraints = [_dates("building_dates_in_order")]

    def __str__(self) -> str:
        if self.kind != self.Kind.BUILDING and self.name:
            return self.name
        return f"{self.street} {self.house_number}".strip()

    def clean(self) -> None:
        """A house number; postal code, territory code and land register number by the rules of the country."""
        if self.kind == self.Kind.BUILDING and not self.house_number:
            raise ValidationError({"house_number": ValidationError(_("This field is required."), code="required")})
        if self.estate_id:
            identifiers.check_fields(
                self,
                self.estate.node.country,
                {
                    "postal_code": identifiers.POSTAL_CODE,
                    "territory_code": identifiers.TERRITORY,
                    "register_number": identifiers.LAND_REGISTER,
                },
            )


class Entrance(Record):
    scope_path = {
        "node": "building__estate__node_id",
        "estate": "building__estate_id",
        "building": "building_id",
        "entrance": "pk",
    }

    building = models.ForeignKey(
        Building, on_delete=models.PROTECT, related_name="entrances", verbose_name=_("building")
    )
    code = models.CharField(_("code"), max_length=10)
    address = models.CharField(_("address"), max_length=150, blank=True)
    opened_on = models.DateField(_("from"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True, editable=False)

    sort_code = _sorted("code")

    class Meta:
        verbose_name = _("entrance")
        verbose_name_plural = _("entrances")
        ordering = ("building_id", "sort_code")
        constraints = [
            models.UniqueConstraint(fields=["building", "code"], name="entrance_code"),
            _dates("entrance_dates"),
        ]

    def __str__(self) -> str:
        return self.code


class Storey(Record):
    scope_path = {
        "node": "building__estate__node_id",
        "estate": "building__estate_id",
        "building": "building_id",
    }

    building = models.ForeignKey(Building, on_delete=models.PROTECT, related_name="storeys", verbose_name=_("building"))
    level = models.SmallIntegerField(_("level"))
    name = models.CharField(_("name"), max_length=40, blank=True)
    opened_on = models.DateField(_("from"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("storey")
        verbose_name_plural = _("storeys")
        ordering = ("building_id", "level")
        constraints = [
            models.UniqueConstraint(fields=["building", "level"], name="storey_level"),
            _dates("storey_dates"),
        ]

    def __str__(self) -> str:
        return self.name or str(self.level)


SUPPLY_POINT = "supply_point"


class PremisesQuerySet(models.QuerySet["Premises"]):
    def proper(self) -> "PremisesQuerySet":
        """Without supply points: what has an area, a share and a title, and is counted."""
        return self.exclude(kind=SUPPLY_POINT)


class Premises(OwnFields, Record):
    """Any numbered unit, from dwelling to parking space; or a supply point, where somebody without premises is served.

    A supply point is a row here so that dated facts, components, tariffs, agreements, accounts, documents and row
    policies serve it unchanged. It has no title and no share, and whatever counts premises leaves it out (`proper`).
    """

    class Kind(models.TextChoices):
        DWELLING = "dwelling", _("Dwelling")
        COMMERCIAL = "commercial", _("Commercial unit")
        OFFICE = "office", _("Office")
        GARAGE = "garage", _("Garage")
        PARKING_SPACE = "parking_space", _("Parking space")
        STORAGE = "storage", _("Storage room")
        TECHNICAL = "technical", _("Technical room")
        COMMON = "common", _("Common part")
        ADVERTISING = "advertising", _("Advertising space")
        SUPPLY_POINT = SUPPLY_POINT, _("Supply point")

    class Resource(models.TextChoices):
        """What is supplied at a supply point."""

        HEAT = "heat", _("Heat")
        WATER = "water", _("Water")
        GROUND = "ground", _("Ground")
        OTHER = "other", _("Other supply")

    scope_path = {
        "node": "building__estate__node_id",
        "estate": "building__estate_id",
        "building": "building_id",
        "entrance": "entrance_id",
    }

    building = models.ForeignKey(
        Building, on_delete=models.PROTECT, related_name="premises", verbose_name=_("building")
    )
    entrance = models.ForeignKey(
        Entrance,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="premises",
        verbose_name=_("entrance"),
    )
    storey = models.ForeignKey(
        Storey,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="premises",
        verbose_name=_("storey"),
    )
    code = models.CharField(
        _("code"),
        max_length=40,
        unique=True,
        blank=True,
        help_text=_("Left empty it becomes the building's code, a slash and the number."),
    )
    number = models.CharField(_("number"), max_length=20)
    sort_number = _sorted("number")
    kind = models.CharField(_("kind"), max_length=15, choices=Kind.choices)
    register_number = models.CharField(_("land register number"), max_length=40, blank=True)
    opened_on = models.DateField(_("from"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True, editable=False)
    resource = models.CharField(
        _("what is supplied"), max_length=10, choices=Resource.choices, blank=True, default="", db_default=""
    )
    address = models.CharField(_("address of the supply point"), max_length=200, blank=True, default="", db_default="")

    objects = PremisesQuerySet.as_manager()

    class Meta:
        verbose_name = _("premises")
        verbose_name_plural = pgettext_lazy("plural", "premises")
        ordering = ("building_id", "sort_number", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["building", "number"],
                name="premises_number",
                violation_error_message=_("This number is taken in the building."),
            ),
            _dates("premises_dates_in_order"),
            models.CheckConstraint(
                condition=(Q(kind=SUPPLY_POINT) & ~Q(resource=""))
                | (~Q(kind=SUPPLY_POINT) & Q(resource="", address="")),
                name="premises_supply_point",
                violation_error_message=_("A supply point says what is supplied; other premises do not."),
            ),
        ]
        indexes = [models.Index(fields=["building", "sort_number"], name="premises_in_order")]

    def __str__(self) -> str:
        return self.code or self.number

    @property
    def is_supply_point(self) -> bool:
        return self.kind == self.Kind.SUPPLY_POINT

    @property
    def place_text(self) -> str:
        """Where it is, as a payer says it."""
        if self.is_supply_point:
            return f"{self.get_resource_display()}: {self.address or self.code}"
        return f"{self.building} / {self.number}"

    def clean(self) -> None:
        """The default code, and the parts of the building named must be parts of this building."""
        if self.is_supply_point and not self.resource:
            text = _("Supply points have a register of their own.")
            raise ValidationError({"kind": ValidationError(text, code="supply_point")})
        if not self.building_id:
            return
        if not self.code and self.number:
            self.code = f"{self.building.code}/{self.number}"
        wrong = {}
        if self.entrance_id and self.entrance is not None and self.entrance.building_id != self.building_id:
            wrong["entrance"] = _("This entrance belongs to another building.")
        if self.storey_id and self.storey is not None and self.storey.building_id != self.building_id:
            wrong["storey"] = _("This storey belongs to another building.")
        if wrong:
            raise ValidationError(wrong)
        if self.register_number:
            country = self.building.estate.node.country
            identifiers.check_fields(self, country, {"register_number": identifiers.LAND_REGISTER})


# Kinds of premises proper: what forms and sheets offer.
PLACE_KINDS = tuple(one for one in Premises.Kind.choices if one[0] != SUPPLY_POINT)


class PremisesEntity(models.Model):
    """To which entity's books premises belong, and when."""

    premises = models.ForeignKey(
        Premises, on_delete=models.CASCADE, related_name="entities", verbose_name=_("premises")
    )
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="premises", verbose_name=_("entity"))
    valid = DateRangeField(_("valid"))

    scope_path = {"building": "premises__building_id", "node": "premises__building__estate__node_id"}
    follows = True  # made with the premises, so it is no use of them

    class Meta:
        verbose_name = _("belonging to an entity")
        constraints = [
            ExclusionConstraint(
                name="premises_entity_no_overlap",
                expressions=[("premises", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
            )
        ]

    def __str__(self) -> str:
        return f"{self.premises} {self.entity}"
