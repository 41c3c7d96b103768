"""The interest run of a month."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import AmountField
from lokum.core.organisation.models import Entity
from lokum.money.interest.models.policies import InterestPolicy
from lokum.money.ledger.models import Account, Batch, Entry, SubAccount


class InterestRun(models.Model):
    """Interest of one entity to the end of a month: computed (a preview), posted, undone or dropped.

    figures: {"changes": [...]}, the differences shown before posting, by account; who pays is looked up when they are
    shown. seen: the hash of everything the draft rests on, and of the draft. fingerprint: of what would be booked.
    Posting takes the draft while `seen` holds; else it computes again and refuses what has become different.
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
    seen = models.CharField(max_length=64, blank=True, default="")
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


class InterestDraftLine(models.Model):
    """Interest of one debt as a run computed it, unseen by payers; gone when the run is posted or dropped.

    stretches, rates: JSON text, as the calculation sheet in the note's document will hold it. The table is unlogged: a
    crash of the server empties it, `InterestRun.seen` notices, and posting computes again.
    """

    run = models.ForeignKey(
        InterestRun, on_delete=models.CASCADE, related_name="draft_lines", db_constraint=False, db_index=False
    )
    debt = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    policy = models.ForeignKey(
        InterestPolicy, on_delete=models.CASCADE, null=True, related_name="+", db_constraint=False, db_index=False
    )
    sub_account = models.ForeignKey(
        SubAccount, on_delete=models.CASCADE, null=True, related_name="+", db_constraint=False, db_index=False
    )
    debt_number = models.CharField(max_length=80)
    due_on = models.DateField()
    through_on = models.DateField()
    principal = AmountField()
    computed = AmountField()
    waived = AmountField()
    booked = AmountField()
    difference = AmountField()
    minimum = AmountField()
    stretches = models.TextField(null=True)
    rates = models.TextField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "debt"], name="interest_draft_once")]

    def __str__(self) -> str:
        return f"{self.debt_number} {self.difference}"
