"""Values of the operator's own fields of premises, dated (ADR 0031)."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from lokum.property.estates.models.places import Premises


class PremisesOwnValue(models.Model):
    """A value of a dated own field: it holds during `valid` and was believed during `recorded`.

    The same two times as a `PremisesFact`, kept by the same algorithm; `value` is the stored form of the field as
    text. `Premises.own` keeps the value of today beside it, for lists, sheets and filters.
    """

    scope_path = {
        "node": "premises__building__estate__node_id",
        "estate": "premises__building__estate_id",
        "building": "premises__building_id",
        "entrance": "premises__entrance_id",
    }

    premises = models.ForeignKey(
        Premises, on_delete=models.CASCADE, related_name="own_values", verbose_name=_("premises")
    )
    code = models.CharField(_("code of the field"), max_length=40)
    value = models.CharField(_("value"), max_length=500)
    valid = DateRangeField(_("valid"))
    recorded = DateTimeRangeField(_("recorded"))
    source = models.CharField(_("source document"), max_length=200, blank=True)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(_("recorded by"), max_length=150, blank=True)
    origin = models.ForeignKey("self", on_delete=models.CASCADE, null=True, editable=False, related_name="parts")

    class Meta:
        verbose_name = _("value of an own field")
        verbose_name_plural = _("values of own fields")
        ordering = ("premises_id", "code", "valid")
        constraints = [
            ExclusionConstraint(
                name="premises_own_value_no_overlap",
                expressions=[
                    ("premises", RangeOperators.EQUAL),
                    ("code", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                    ("recorded", RangeOperators.OVERLAPS),
                ],
            )
        ]
        indexes = [
            models.Index(fields=["code", "premises"], name="own_value_now", condition=models.Q(recorded__endswith=None))
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.value}"
