"""Dated facts about premises, their shares, and the totals a building declares."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import QuantityField
from lokum.core.base.models import Record
from lokum.property.estates.models.places import Building, Premises


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
    CONTRACTED_POWER = "contracted_power", _("Contracted power")
    CONTRACTED_VOLUME = "contracted_volume", _("Contracted volume")
    GROUND_AREA = "ground_area", _("Area of ground")


FACT_UNITS = {
    "usable_area": "m2", "heated_area": "m2", "cellar_area": "m2", "balcony_area": "m2", "built_area": "m2",
    "inner_area": "m2", "common_share_area": "m2", "rooms": "pc", "coefficient": "", "persons": "person",
    "cold_water_forecast": "m3", "hot_water_forecast": "m3", "heat_forecast": "GJ",
    "water_meters": "pc", "sockets": "pc", "contracted_power": "kW", "contracted_volume": "m3", "ground_area": "m2",
}  # fmt: skip

# What is agreed at a supply point, by what is supplied there; and every fact such a point may carry.
CONTRACTED = {"heat": "contracted_power", "water": "contracted_volume", "ground": "ground_area"}
POINT_FACTS = (
    "contracted_power", "contracted_volume", "ground_area", "cold_water_forecast", "hot_water_forecast",
    "heat_forecast", "water_meters",
)  # fmt: skip
# Facts of premises proper: what their forms and sheets offer.
PLACE_FACTS = tuple(kind for kind in FactKind.values if kind not in CONTRACTED.values())


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


class CostShare(models.Model):
    """A further share of premises where the country has one: of costs, or of the exclusive area; exact and dated."""

    class Kind(models.TextChoices):
        COST = "cost_share", _("Cost share")
        AREA = "area_share", _("Share of exclusive area")

    scope_path = {"node": "premises__building__estate__node_id", "building": "premises__building_id"}

    premises = models.ForeignKey(
        Premises, on_delete=models.CASCADE, related_name="cost_shares", verbose_name=_("premises")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    numerator = models.PositiveBigIntegerField(_("numerator"))
    denominator = models.PositiveBigIntegerField(_("denominator"))
    valid = DateRangeField(_("valid"))

    class Meta:
        verbose_name = _("further share")
        verbose_name_plural = _("further shares")
        constraints = [
            ExclusionConstraint(
                name="cost_share_no_overlap",
                expressions=[
                    ("premises", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                condition=Q(denominator__gt=0) & Q(numerator__lte=models.F("denominator")),
                name="cost_share_at_most_one",
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
