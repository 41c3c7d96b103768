from django.db import models
from django.utils.translation import gettext_lazy as _

from lokum.core.base.models import Record
from lokum.property.estates.models import Estate


class Tree(Record):
    """A tree on the grounds of an estate."""

    scope_path = {"node": "estate__node_id", "estate": "estate_id"}

    estate = models.ForeignKey(Estate, on_delete=models.PROTECT, related_name="+", verbose_name=_("estate"))
    number = models.CharField(_("number"), max_length=20, unique=True)
    species = models.CharField(_("species"), max_length=80)
    planted_on = models.DateField(_("planted on"), null=True, blank=True)
    girth = models.PositiveSmallIntegerField(_("girth in cm"), null=True, blank=True)

    class Meta:
        verbose_name = _("tree")
        verbose_name_plural = _("trees")
        ordering = ("number",)

    def __str__(self) -> str:
        return f"{self.number} {self.species}"
