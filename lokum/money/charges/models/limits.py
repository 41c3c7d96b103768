"""What may be declared for a component, from when on."""

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import QuantityField
from lokum.core.base.models import Record
from lokum.money.charges.models.components import Component
from lokum.property.occupancy.models import Declaration


def _limit(label: Any, help_text: Any = "") -> QuantityField:
    return QuantityField(label, null=True, blank=True, validators=[MinValueValidator(0)], help_text=help_text)


class DeclarationLimit(Record):
    """Limits of what is declared where a component rests on it; they take the place of the settings of its node.

    Outside the usual range, or further from the present value than `jump`, a declaration goes to review; above the
    possible one it is refused. The figures are per premises, per person or per m2 of usable area; `jump` is always
    per premises. An empty figure is not asked.
    """

    class Per(models.TextChoices):
        PREMISES = "premises", _("premises")
        PERSON = "person", _("person")
        AREA = "area", _("m² of usable area")

    scope_path = {"node": "component__entity__node_id", "component_class": "component__component_class"}

    component = models.ForeignKey(
        Component, on_delete=models.PROTECT, related_name="declaration_limits", verbose_name=_("component")
    )
    kind = models.CharField(_("what is declared"), max_length=24, choices=Declaration.Kind.choices)
    per = models.CharField(_("figures are per"), max_length=8, choices=Per.choices, default=Per.PREMISES)
    usual_least = _limit(_("usual from"))
    usual_most = _limit(_("usual to"))
    possible_most = _limit(_("possible to"))
    jump = _limit(_("largest usual change"), _("Against the value that counts already."))
    area_each = _limit(_("least m² for one person"), _("For persons only: less area for each is unusual."))
    valid = DateRangeField(_("valid"))

    class Meta:
        verbose_name = _("limit of declarations")
        verbose_name_plural = _("limits of declarations")
        ordering = ("component_id", "kind", "valid")
        constraints = [
            ExclusionConstraint(
                name="declaration_limit_no_overlap",
                expressions=[
                    ("component", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("Other limits of this component are valid in this time."),
            ),
            models.CheckConstraint(
                condition=Q(usual_least=None) | Q(usual_most=None) | Q(usual_least__lte=models.F("usual_most")),
                name="declaration_limit_usual",
                violation_error_message=_("The usual range ends before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(usual_most=None) | Q(possible_most=None) | Q(usual_most__lte=models.F("possible_most")),
                name="declaration_limit_possible",
                violation_error_message=_("What is usual must be possible."),
            ),
            models.CheckConstraint(
                condition=Q(kind="persons", per="premises") | (~Q(kind="persons") & Q(area_each=None)),
                name="declaration_limit_persons",
                violation_error_message=_("Persons are counted per premises; only they have a least area for one."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.component} {self.get_kind_display()}"

    def clean(self) -> None:
        super().clean()
        figures = (self.usual_least, self.usual_most, self.possible_most, self.jump, self.area_each)
        if all(one is None for one in figures):
            raise ValidationError(_("State one limit at least."), code="empty")
