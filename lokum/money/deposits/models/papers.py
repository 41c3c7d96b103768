"""Letters about a deposit: that it was received, and how it was settled."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import AmountField
from lokum.core.papers.models import IssuedDocument
from lokum.money.deposits.models.deposits import Deposit, DepositMove


class DepositPaper(models.Model):
    """One issued letter about a deposit; append-only. `through`: the last move told of (nothing is told twice)."""

    class Kind(models.TextChoices):
        RECEIPT = "deposit_receipt", _("Confirmation of a deposit")
        SETTLEMENT = "deposit_settlement", _("Settlement of a deposit")

    scope_path = {
        "node": "deposit__account__entity__node_id",
        "building": "deposit__account__building_key",
        "account": "deposit__account_id",
    }

    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="papers", verbose_name=_("deposit"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    through = models.ForeignKey(
        DepositMove, on_delete=models.PROTECT, related_name="papers", verbose_name=_("last move told of")
    )
    document = models.OneToOneField(
        IssuedDocument, on_delete=models.PROTECT, related_name="+", db_constraint=False, verbose_name=_("document")
    )
    amount = AmountField(_("amount"))
    made_at = models.DateTimeField(_("made at"))
    made_by = models.CharField(_("made by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("letter about a deposit")
        verbose_name_plural = _("letters about deposits")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(fields=["deposit", "kind", "through"], name="deposit_paper_once"),
        ]

    def __str__(self) -> str:
        return str(self.document)
