"""Requests that wait for a second person."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import MD5, Cast
from django.utils.translation import gettext_lazy as _

from lokum.core.access.models import User
from lokum.core.base.approvals import kinds
from lokum.core.base.fields import AmountField
from lokum.core.base.languages import in_own_language
from lokum.core.base.models import Record
from lokum.core.organisation.models import Node


class ApprovalRequest(models.Model):
    """An act one person proposes and others approve, refuse, or the first one withdraws.

    What was proposed never changes afterwards, and a decision is made once: a trigger holds both. The database
    also refuses a decision by the person who proposed, and an approval while steps are missing. `payload` is what the
    kind performs (decimals as text); `steps` are the roles of its persons in order ("" = any with the right; [] = one
    of these), fixed when it was proposed; `waits_for` is the role of the step that is next.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("waiting")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")

    # Who proposed sees the own request wherever it belongs to.
    scope_path = {"node": "node_id", "user": "proposer_id"}

    kind = models.CharField(_("kind"), max_length=60)
    target_model = models.CharField(_("register"), max_length=100)  # "organisation.entitybankaccount"
    target_id = models.BigIntegerField(_("record"))
    target_label = models.CharField(_("about"), max_length=250)
    payload = models.JSONField(_("change"))
    reason = models.CharField(_("reason"), max_length=500)
    # {"about": {language: text}, "reason": {language: text}}: what of the two above depends on the reader's language.
    words = models.JSONField(default=dict, editable=False)
    amount = AmountField(_("amount"), null=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    node = models.ForeignKey(Node, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("node"))
    proposer = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("proposed by")
    )
    proposed_at = models.DateTimeField(_("proposed at"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PROPOSED)
    steps = models.JSONField(default=list, editable=False)
    waits_for = models.CharField(_("role that decides next"), max_length=40, blank=True)
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decision_reason = models.CharField(_("reason of the decision"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("approval request")
        verbose_name_plural = _("approval requests")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "refused"]) | ~Q(decided_by=F("proposer")),
                name="approval_second_person",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_by__isnull=True, decided_at__isnull=True)
                | (~Q(state="proposed") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="approval_decided_by_somebody",
            ),
            models.UniqueConstraint(
                "kind",
                "target_model",
                "target_id",
                MD5(Cast("payload", models.TextField())),
                name="approval_open_once",
                condition=Q(state="proposed"),
            ),
        ]
        indexes = [
            models.Index(fields=["target_model", "target_id"], name="approval_target"),
            models.Index(fields=["node"], name="approval_open", condition=Q(state="proposed")),
        ]

    def __str__(self) -> str:
        return f"{self.kind_label}: {self.about}"

    @property
    def about(self) -> str:
        """What the request is about, as the reader calls it; older requests as their proposer did."""
        return in_own_language(self.words.get("about", {}), self.target_label)

    @property
    def why(self) -> str:
        """The reason: as typed, or in the reader's language where the program gave it."""
        return in_own_language(self.words.get("reason", {}), self.reason)

    @property
    def told(self) -> str:
        """What its proposer reads after proposing, and the second person after deciding."""
        texts = {
            "proposed": _("Sent for approval: it takes effect once somebody else approves it."),
            "step": _("Approved. It takes effect once the next person approves it too."),
            "approved": _("Approved and carried out."),
            "refused": _("Turned down. Nothing changed."),
            "withdrawn": _("Withdrawn. Nothing changed."),
        }
        return str(texts["step" if self.state == "proposed" and self.just_approved else self.state])

    # Set by the approval of a step that is not the last one.
    just_approved = False

    @property
    def step_count(self) -> int:
        return max(len(self.steps), 1)

    @property
    def kind_label(self) -> str:
        kind = kinds.get(self.kind)
        return str(kind.label) if kind is not None else self.kind


class ApprovalDecision(models.Model):
    """One person's approval of a step; rows are only added. `on_behalf_of`: whose deputy the person was."""

    scope_path = {"node": "request__node_id", "user": "request__proposer_id"}

    request = models.ForeignKey(
        ApprovalRequest, on_delete=models.PROTECT, related_name="decisions", verbose_name=_("request")
    )
    step = models.PositiveSmallIntegerField(_("step"))
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("decided by"))
    on_behalf_of = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("as the deputy of")
    )
    decided_at = models.DateTimeField(_("decided at"))

    class Meta:
        verbose_name = _("approval of a step")
        verbose_name_plural = _("approvals of steps")
        ordering = ("request", "step")
        constraints = [
            models.UniqueConstraint(fields=["request", "step"], name="approval_step_once"),
            models.UniqueConstraint(fields=["request", "decided_by"], name="approval_step_other_person"),
            models.UniqueConstraint(fields=["request", "on_behalf_of"], name="approval_step_other_principal"),
            models.CheckConstraint(
                condition=Q(on_behalf_of__isnull=True) | ~Q(on_behalf_of=F("decided_by")),
                name="approval_step_deputy",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step}. {self.decided_by}"


class Deputy(Record):
    """Who decides in somebody's place from one day to another: approvals alone, with that person's rights."""

    scope_open = True

    principal = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="deputies", verbose_name=_("in the place of")
    )
    deputy = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("deputy"))
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    reason = models.CharField(_("reason"), max_length=500)

    class Meta:
        verbose_name = _("deputy")
        verbose_name_plural = _("deputies")
        ordering = ("-starts_on", "pk")
        constraints = [
            models.CheckConstraint(condition=~Q(principal=F("deputy")), name="deputy_is_another"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="deputy_ends_later"),
        ]

    def __str__(self) -> str:
        return f"{self.deputy} → {self.principal}"
