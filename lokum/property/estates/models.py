"""Estates, buildings, entrances, storeys and premises, with the dated facts about them."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lokum.core.base import identifiers
from lokum.core.base.fields import QuantityField
from lokum.core.base.models import Record
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
    scope_path = {"node": "estate__node_id", "estate": "estate_id", "building": "pk"}

    estate = models.ForeignKey(Estate, on_delete=models.PROTECT, related_name="buildings", verbose_name=_("estate"))
    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    street = models.CharField(_("street"), max_length=120)
    house_number = models.CharField(_("house number"), max_length=20)
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
        return f"{self.street} {self.house_number}"

    def clean(self) -> None:
        """Postal code, territory code and land register number by the rules of the country."""
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


class Premises(Record):
    """Any numbered unit, from dwelling to parking space."""

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
        ]
        indexes = [models.Index(fields=["building", "sort_number"], name="premises_in_order")]

    def __str__(self) -> str:
        return self.code or self.number

    def clean(self) -> None:
        """The default code, and the parts of the building named must be parts of this building."""
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


class PremisesEntity(models.Model):
    """To which entity's books premises belong, and when."""

    premises = models.ForeignKey(
        Premises, on_delete=models.CASCADE, related_name="entities", verbose_name=_("premises")
    )
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="premises", verbose_name=_("entity"))
    valid = DateRangeField(_("valid"))

    scope_path = {"building": "premises__building_id", "node": "premises__building__estate__node_id"}

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


class FactKind(models.TextChoices):
    """Dated facts a charge may rest on, with their unit of measure in `FACT_UNITS`."""

    USABLE_AREA = "usable_area", _("Usable area")
    HEATED_AREA = "heated_area", _("Heated area")
    CELLAR_AREA = "cellar_area", _("Cellar area")
    BALCONY_AREA = "balcony_area", _("Balcony area")
    BUILT_AREA = "built_area", _("Built-up area")
    INNER_AREA = "inner_area", _("Inner area")
    COMMON_SHARE_AREA = "common_share_area", _("Share of common area")
    ROOMS = "rooms", _("Rooms")
    COEFFICIENT = "coefficient", _("Coefficient")
    PERSONS = "persons", _("Number of persons")
    COLD_WATER_FORECAST = "cold_water_forecast", _("Cold water forecast")
    HOT_WATER_FORECAST = "hot_water_forecast", _("Hot water forecast")
    HEAT_FORECAST = "heat_forecast", _("Heat forecast")
    WATER_METERS = "water_meters", _("Water meters")
    SOCKETS = "sockets", _("Sockets")


FACT_UNITS = {
    "usable_area": "m2", "heated_area": "m2", "cellar_area": "m2", "balcony_area": "m2", "built_area": "m2",
    "inner_area": "m2", "common_share_area": "m2", "rooms": "pc", "coefficient": "", "persons": "person",
    "cold_water_forecast": "m3", "hot_water_forecast": "m3", "heat_forecast": "GJ",
    "water_meters": "pc", "sockets": "pc",
}  # fmt: skip


class PremisesFact(models.Model):
    """A value of one kind that holds for premises during `valid` and was believed during `recorded`.

    Never updated in place: a correction ends `recorded` of the old row and adds a new one, so the card can show
    each value as of any day and as it was known on any day. A row with `origin` is what was left of that row when a
    later entry took a part of its time; only rows without it are entries somebody made.
    """

    scope_path = {
        "node": "premises__building__estate__node_id",
        "estate": "premises__building__estate_id",
        "building": "premises__building_id",
        "entrance": "premises__entrance_id",
    }

    premises = models.ForeignKey(Premises, on_delete=models.CASCADE, related_name="facts", verbose_name=_("premises"))
    kind = models.CharField(_("kind"), max_length=24, choices=FactKind.choices)
    value = QuantityField(_("value"))
    valid = DateRangeField(_("valid"))
    recorded = DateTimeRangeField(_("recorded"))
    source = models.CharField(_("source document"), max_length=200, blank=True)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(_("recorded by"), max_length=150, blank=True)
    origin = models.ForeignKey("self", on_delete=models.CASCADE, null=True, editable=False, related_name="parts")

    class Meta:
        verbose_name = _("fact")
        verbose_name_plural = _("facts")
        ordering = ("premises_id", "kind", "valid")
        constraints = [
            ExclusionConstraint(
                name="premises_fact_no_overlap",
                expressions=[
                    ("premises", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                    ("recorded", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(condition=Q(value__gte=0), name="premises_fact_not_negative"),
        ]
        indexes = [
            models.Index(fields=["premises", "kind"], name="premises_fact_now", condition=Q(recorded__endswith=None))
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.value}"


class OwnershipShare(models.Model):
    """Share of premises in the common property as an exact fraction, dated."""

    scope_path = {"node": "premises__building__estate__node_id", "building": "premises__building_id"}

    premises = models.ForeignKey(Premises, on_delete=models.CASCADE, related_name="shares", verbose_name=_("premises"))
    numerator = models.PositiveBigIntegerField(_("numerator"))
    denominator = models.PositiveBigIntegerField(_("denominator"))
    valid = DateRangeField(_("valid"))

    class Meta:
        verbose_name = _("share")
        verbose_name_plural = _("shares")
        constraints = [
            ExclusionConstraint(
                name="ownership_share_no_overlap",
                expressions=[("premises", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(
                condition=Q(denominator__gt=0) & Q(numerator__lte=models.F("denominator")),
                name="ownership_share_at_most_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"


class DeclaredTotal(Record):
    """A total of a building as declared in its documents, to compare with the sum over its premises."""

    scope_path = {
        "node": "building__estate__node_id",
        "estate": "building__estate_id",
        "building": "building_id",
    }

    building = models.ForeignKey(
        Building, on_delete=models.CASCADE, related_name="declared_totals", verbose_name=_("building")
    )
    kind = models.CharField(_("kind"), max_length=24, choices=FactKind.choices)
    value = QuantityField(_("declared total"))
    source = models.CharField(_("source document"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("declared total")
        verbose_name_plural = _("declared totals")
        constraints = [models.UniqueConstraint(fields=["building", "kind"], name="declared_total_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.value}"
