"""Months of the books, open or closed."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lokum.core.organisation.models import Entity


class Period(models.Model):
    """A month of an entity's books; nothing is posted into a closed one (the database refuses it)."""

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="periods", verbose_name=_("entity"))
    starts_on = models.DateField(_("month"))
    closed_at = models.DateTimeField(_("closed at"), null=True)
    closed_by = models.CharField(_("closed by"), max_length=150, blank=True, default="", db_default="")
    closing_note = models.CharField(
        _("closed in spite of open points because"), max_length=250, blank=True, default="", db_default=""
    )

    class Meta:
        verbose_name = _("period")
        verbose_name_plural = _("periods")
        constraints = [models.UniqueConstraint(fields=["entity", "starts_on"], name="period_once")]

    def __str__(self) -> str:
        return f"{self.starts_on:%Y-%m}"


class PeriodReopening(models.Model):
    """A closed month that was opened again: who proposed it, who approved it, why. Append-only."""

    scope_path = {"node": "period__entity__node_id"}

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="reopenings", verbose_name=_("period"))
    closed_at = models.DateTimeField(_("had been closed at"))
    reopened_at = models.DateTimeField(_("reopened at"))
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    proposed_by_id = models.BigIntegerField(null=True)
    approved_by_id = models.BigIntegerField(null=True)
    approved_by = models.CharField(_("approved by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("reopening of a period")
        verbose_name_plural = _("changes in closed periods")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=~Q(proposed_by_id=models.F("approved_by_id")), name="reopening_by_two_people"
            ),
            models.UniqueConstraint(fields=["period", "closed_at"], name="reopening_once"),
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.reopened_at:%Y-%m-%d}"
