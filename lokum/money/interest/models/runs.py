"""The interest run of a month."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import AmountField
from lokum.core.organisation.models import Entity
from lokum.money.ledger.models import Batch


class InterestRun(models.Model):
    """Interest of one entity to the end of a month: computed (a preview), posted, undone or dropped.

    figures: {"changes": [...], "reasons": {...}}, the differences shown before posting. fingerprint: of the computed
    lines; posting refuses a preview that no longer holds.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("computed")
        POSTED = "posted", _("posted")
        UNDONE = "undone", _("undone")
        DROPPED = "dropped", _("dropped")

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="interest_runs", verbose_name=_("entity"))
    through_on = models.DateField(_("interest to"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    note_count = models.PositiveIntegerField(_("notes"), default=0)
    line_count = models.PositiveIntegerField(_("debts"), default=0)
    total_amount = AmountField(_("interest"), default=0)
    correction_count = models.PositiveIntegerField(_("corrections"), default=0)
    corrected_amount = AmountField(_("taken back"), default=0)
    small_count = models.PositiveIntegerField(_("below the smallest amount"), default=0)
    small_amount = AmountField(_("left for later"), default=0)
    figures = models.JSONField(default=dict)
    fingerprint = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(_("computed at"))
    created_by_id = models.BigIntegerField(null=True)
    posted_at = models.DateTimeField(_("posted at"), null=True)
    posted_by_id = models.BigIntegerField(null=True)
    undone_at = models.DateTimeField(_("undone at"), null=True)
    undone_by_id = models.BigIntegerField(null=True)
    undone_reason = models.CharField(_("reason"), max_length=250, blank=True)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, related_name="+")
    undo_batch = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("interest run")
        verbose_name_plural = _("interest runs")
        ordering = ("-through_on", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "through_on"], condition=Q(state="draft"), name="interest_run_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.through_on:%Y-%m}"
