"""Changes of what was believed about premises: read by whoever charged on the old belief."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lokum.property.estates.models.facts import FactKind
from lokum.property.estates.models.places import Premises


class ChangeKind(models.TextChoices):
    """Every kind of fact, and what else a charge may rest on."""

    USABLE_AREA = FactKind.USABLE_AREA.value, FactKind.USABLE_AREA.label
    HEATED_AREA = FactKind.HEATED_AREA.value, FactKind.HEATED_AREA.label
    CELLAR_AREA = FactKind.CELLAR_AREA.value, FactKind.CELLAR_AREA.label
    BALCONY_AREA = FactKind.BALCONY_AREA.value, FactKind.BALCONY_AREA.label
    BUILT_AREA = FactKind.BUILT_AREA.value, FactKind.BUILT_AREA.label
    INNER_AREA = FactKind.INNER_AREA.value, FactKind.INNER_AREA.label
    COMMON_SHARE_AREA = FactKind.COMMON_SHARE_AREA.value, FactKind.COMMON_SHARE_AREA.label
    ROOMS = FactKind.ROOMS.value, FactKind.ROOMS.label
    COEFFICIENT = FactKind.COEFFICIENT.value, FactKind.COEFFICIENT.label
    PERSONS = FactKind.PERSONS.value, FactKind.PERSONS.label
    COLD_WATER_FORECAST = FactKind.COLD_WATER_FORECAST.value, FactKind.COLD_WATER_FORECAST.label
    HOT_WATER_FORECAST = FactKind.HOT_WATER_FORECAST.value, FactKind.HOT_WATER_FORECAST.label
    HEAT_FORECAST = FactKind.HEAT_FORECAST.value, FactKind.HEAT_FORECAST.label
    WATER_METERS = FactKind.WATER_METERS.value, FactKind.WATER_METERS.label
    SOCKETS = FactKind.SOCKETS.value, FactKind.SOCKETS.label
    CONTRACTED_POWER = FactKind.CONTRACTED_POWER.value, FactKind.CONTRACTED_POWER.label
    CONTRACTED_VOLUME = FactKind.CONTRACTED_VOLUME.value, FactKind.CONTRACTED_VOLUME.label
    GROUND_AREA = FactKind.GROUND_AREA.value, FactKind.GROUND_AREA.label
    OWNER = "owner", _("Owner")
    SHARE = "share", _("Ownership share")
    COST_SHARE = "cost_share", _("Cost share")
    AREA_SHARE = "area_share", _("Share of exclusive area")
    MEMBERSHIP = "membership", _("Membership")
    AGREEMENT = "agreement", _("Agreement")
    GROUP = "group", _("Group of premises")
    OWN_FIELD = "own_field", _("Own field")


class FactChange(models.Model):
    """From `effective_from` to `effective_to` (the last day) premises have another value than was believed before.

    Written in the transaction of the change, for every replaced value and every value added to a kind of which
    something was known already; the first value of a kind is no change. One recorded entry that replaces several
    values writes a row for each stretch of time. Corrections of posted charges start from these rows.
    """

    scope_path = {
        "node": "premises__building__estate__node_id",
        "estate": "premises__building__estate_id",
        "building": "premises__building_id",
        "entrance": "premises__entrance_id",
    }

    premises = models.ForeignKey(
        Premises, on_delete=models.CASCADE, related_name="fact_changes", verbose_name=_("premises")
    )
    kind = models.CharField(_("what"), max_length=24, choices=ChangeKind.choices)
    own_code = models.CharField(_("code of the own field"), max_length=40, blank=True, db_default="", default="")
    effective_from = models.DateField(_("from"))
    effective_to = models.DateField(_("last day"), null=True)
    old_value = models.CharField(_("old value"), max_length=200, blank=True)
    new_value = models.CharField(_("new value"), max_length=200, blank=True)
    source = models.CharField(_("source document"), max_length=200, blank=True)
    recorded_at = models.DateTimeField(_("recorded at"))
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(_("recorded by"), max_length=150, blank=True)
    # Whether the first day lay before the day of recording.
    backdated = models.BooleanField(_("back in time"), default=False)

    class Meta:
        verbose_name = _("change of a fact")
        verbose_name_plural = _("changes of facts")
        ordering = ("-pk",)
        indexes = [models.Index(fields=["premises", "effective_from"], name="fact_change_of_premises")]

    def __str__(self) -> str:
        return f"{self.own_code or self.get_kind_display()} {self.old_value} → {self.new_value}"
