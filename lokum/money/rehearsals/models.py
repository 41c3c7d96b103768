"""The rehearsal of a month and what it came to for each payer."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import AmountField
from lokum.core.organisation.models import Entity
from lokum.money.ledger.models import Account

BOOKS = "books"  # the part of a line that compares the balance of an account: before, and after the commit


class Rehearsal(models.Model):
    """Closing a month of one entity, done and taken back: what it would come to, and what it rests on.

    figures: {"parts": {code: {"count", "total", "former", "skipped", "problem", "sums": [[key, count, amount]]}},
    "alarms": [{"part", "text", "blocking", "url"}],
    "books": {"before", "after", "free_before", "free_after"}}; problems and texts are kept in every language.
    marks: name -> mark of everything it rests on. result_hash: of the amounts;
    a commit that comes to another one is taken back. voided_by: [{"name", "told": [text]}], what changed.
    """

    class State(models.TextChoices):
        REHEARSED = "rehearsed", _("rehearsed")
        APPROVED = "approved", _("approved")
        COMMITTED = "committed", _("committed")
        VOID = "void", _("void")
        DROPPED = "dropped", _("dropped")

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="rehearsals", verbose_name=_("entity"))
    month = models.DateField(_("month"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.REHEARSED)
    former_amount = AmountField(_("month before"), default=0)
    total_amount = AmountField(_("this month"), default=0)
    payer_count = models.PositiveIntegerField(_("payers"), default=0)
    changed_count = models.PositiveIntegerField(_("payers that differ"), default=0)
    alarm_count = models.PositiveIntegerField(_("alarms"), default=0)
    problem_count = models.PositiveIntegerField(_("problems"), default=0)
    figures = models.JSONField(default=dict)
    marks = models.JSONField(default=dict)
    result_hash = models.CharField(max_length=64, blank=True)
    voided_by = models.JSONField(default=list)
    reason = models.CharField(_("closed in spite of alarms because"), max_length=250, blank=True)
    rehearsed_at = models.DateTimeField(_("rehearsed at"), null=True)
    rehearsed_by_id = models.BigIntegerField(null=True)
    approved_at = models.DateTimeField(_("approved at"), null=True)
    approved_by_id = models.BigIntegerField(null=True)
    committed_at = models.DateTimeField(_("committed at"), null=True)
    committed_by_id = models.BigIntegerField(null=True)
    voided_at = models.DateTimeField(_("void since"), null=True)

    class Meta:
        verbose_name = _("rehearsal of a month")
        verbose_name_plural = _("rehearsals of months")
        ordering = ("-month", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "month"], condition=Q(state__in=["rehearsed", "approved"]), name="rehearsal_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"

    @property
    def told(self) -> str:
        """What the person who acted is told, when it is not what he asked for."""
        if self.state != self.State.VOID:
            return ""
        return gettext("Something changed since the rehearsal: it is void, and nothing was booked.")


class RehearsalLine(models.Model):
    """What a part came to for one payer, beside the month before; of the part "books": the balance now and after."""

    scope_path = {"node": "rehearsal__entity__node_id", "account": "account_id"}

    rehearsal = models.ForeignKey(
        Rehearsal, on_delete=models.CASCADE, related_name="lines", verbose_name=_("rehearsal"), db_index=False
    )
    part = models.CharField(_("part"), max_length=20)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("account"))
    former_amount = AmountField(_("before"))
    amount = AmountField(_("now"))
    difference_amount = AmountField(_("difference"))

    class Meta:
        verbose_name = _("line of a rehearsal")
        verbose_name_plural = _("lines of a rehearsal")
        ordering = ("pk",)
        constraints = [models.UniqueConstraint(fields=["rehearsal", "part", "account"], name="rehearsal_line_once")]

    def __str__(self) -> str:
        return f"{self.part} {self.amount}"
