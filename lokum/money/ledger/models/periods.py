"""Months of the books, open or closed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lokum.core.organisation.models import Entity


class Period(models.Model):
    """A month of an entity's books; nothing is posted into a closed one (the database refuses it)."""

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="periods", verbose_name=_("entity"))
    starts_on = models.DateField(_("month"))
    closed_at = models.DateTimeField(_("closed at"), null=True)

    class Meta:
        verbose_name = _("period")
        verbose_name_plural = _("periods")
        constraints = [models.UniqueConstraint(fields=["entity", "starts_on"], name="period_once")]

    def __str__(self) -> str:
        return f"{self.starts_on:%Y-%m}"
