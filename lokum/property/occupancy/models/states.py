"""What state premises are in, as far as people say it; what titles and households say comes first."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from lokum.property.estates.models import Premises
from lokum.property.occupancy.models.titles import PREMISES_SCOPE


class UseState(models.TextChoices):
    UNSOLD = "unsold", _("Unsold")
    RESERVED = "reserved", _("Reserved")
    SOLD = "sold", _("Sold")
    HANDED_OVER = "handed_over", _("Handed over")
    NOT_MOVED_IN = "not_moved_in", _("Not moved in")
    FIT_OUT = "fit_out", _("Fit-out")
    MOVED_IN = "moved_in", _("Moved in")
    RENTED = "rented", _("Rented")
    VACANT = "vacant", _("Vacant")
    OUT_OF_USE = "out_of_use", _("Out of use")


class PremisesState(models.Model):
    """A state somebody noted for a time; it shows while no record says otherwise."""

    scope_path = PREMISES_SCOPE

    premises = models.ForeignKey(
        Premises, on_delete=models.CASCADE, related_name="use_states", verbose_name=_("premises")
    )
    state = models.CharField(_("state of use"), max_length=12, choices=UseState.choices)
    valid = DateRangeField(_("valid"))
    document = models.CharField(_("source document"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("noted state of premises")
        verbose_name_plural = _("noted states of premises")
        ordering = ("premises_id", "-valid")
        constraints = [
            ExclusionConstraint(
                name="premises_state_no_overlap",
                expressions=[("premises", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
            )
        ]

    def __str__(self) -> str:
        return str(self.get_state_display())
