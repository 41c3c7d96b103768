"""Interest notes and their lines, posted like the books: never changed, only corrected by further notes."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import AmountField
from lokum.core.papers.models import IssuedDocument
from lokum.money.interest.models.policies import InterestPolicy
from lokum.money.interest.models.runs import InterestRun
from lokum.money.ledger.models import Account, Entry


class InterestNote(models.Model):
    """A numbered note of one account: interest on one or more debts, each an entry of its own in the books.

    The document's data hold the whole calculation (spans, days, rates, principals) of every line.
    """

    class Kind(models.TextChoices):
        NOTE = "note", _("Interest note")
        CORRECTION = "correction", _("Correction of interest")

    class Reason(models.TextChoices):
        MONTH = "month", _("Closed month")
        PAYMENT = "payment", _("Payment of the debt")
        WAIVER = "waiver", _("Waiver")

    scope_path = {
        "building": "account__building_key",
        "node": "account__entity__node_id",
        "account": "account_id",
    }

    account = models.ForeignKey(
        Account,
        on_delete=models.PROTECT,
        related_name="interest_notes",
        db_constraint=False,
        db_index=False,
        verbose_name=_("account"),
    )
    run = models.ForeignKey(
        InterestRun,
        on_delete=models.PROTECT,
        null=True,
        related_name="notes",
        db_constraint=False,
        verbose_name=_("interest run"),
    )
    document = models.OneToOneField(
        IssuedDocument,
        on_delete=models.PROTECT,
        related_name="interest_note",
        db_constraint=False,
        verbose_name=_("document"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    reason = models.CharField(_("occasion"), max_length=8, choices=Reason.choices)
    number = models.CharField(_("number"), max_length=80)
    issued_on = models.DateField(_("date"))
    through_on = models.DateField(_("interest to"))
    total_amount = AmountField(_("total"))

    class Meta:
        verbose_name = _("interest note")
        verbose_name_plural = _("interest notes")
        ordering = ("-pk",)
        indexes = [models.Index(fields=["account", "-through_on"], name="interest_note_account")]

    def __str__(self) -> str:
        return self.number


class InterestLine(models.Model):
    """Interest on one debt in a note: `computed_amount` is all of it to `through_on` as known at `computed_at`,
    `amount` what was not booked before (negative: taken back from the line it corrects)."""

    scope_path = {
        "building": "note__account__building_key",
        "node": "note__account__entity__node_id",
        "account": "note__account_id",
    }

    entry = models.OneToOneField(
        Entry, on_delete=models.PROTECT, primary_key=True, related_name="interest_line", db_constraint=False
    )
    note = models.ForeignKey(
        InterestNote, on_delete=models.PROTECT, related_name="lines", db_constraint=False, verbose_name=_("note")
    )
    debt = models.ForeignKey(
        Entry,
        on_delete=models.PROTECT,
        related_name="interest_lines",
        db_constraint=False,
        db_index=False,
        verbose_name=_("debt"),
    )
    policy = models.ForeignKey(
        InterestPolicy,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("interest policy"),
    )
    corrects = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="corrections",
        db_constraint=False,
        db_index=False,
        verbose_name=_("corrects"),
    )
    through_on = models.DateField(_("interest to"))
    computed_at = models.DateTimeField(_("as known at"))
    computed_amount = AmountField(_("interest in all"))
    amount = AmountField(_("amount"))

    class Meta:
        verbose_name = _("line of an interest note")
        verbose_name_plural = _("lines of interest notes")
        ordering = ("-pk",)
        indexes = [
            models.Index(fields=["debt"], name="interest_line_debt"),
            models.Index(fields=["corrects"], name="interest_line_corrects", condition=Q(corrects__isnull=False)),
        ]
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="interest_line_not_zero")]

    def __str__(self) -> str:
        return f"{self.note} {self.amount}"
