"""Write-offs, reliefs and deferrals: asked for by one person, approved by another, kept with both names."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import AmountField
from lokum.money.arrears.models.watching import ACCOUNT_SCOPE
from lokum.money.ledger.models import Account, Entry


class Relief(models.Model):
    """An approved act on one debt. A write-off or relief is posted and used for the debt; a deferral only waits."""

    class Kind(models.TextChoices):
        WRITE_OFF = "write_off", _("Write-off")
        RELIEF = "relief", _("Relief")
        DEFERRAL = "deferral", _("Deferral")

    scope_path = ACCOUNT_SCOPE

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="reliefs", verbose_name=_("account"))
    debt = models.ForeignKey(
        Entry, on_delete=models.PROTECT, related_name="+", db_constraint=False, verbose_name=_("debt")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    amount = AmountField(_("amount"))
    until = models.DateField(_("deferred until"), null=True)
    reason = models.CharField(_("reason"), max_length=500)
    entry = models.ForeignKey(
        Entry, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False, verbose_name=_("entry")
    )
    proposed_by = models.CharField(_("proposed by"), max_length=150)
    approved_by = models.CharField(_("approved by"), max_length=150)
    approved_at = models.DateTimeField(_("approved at"))

    class Meta:
        verbose_name = _("relief of a debt")
        verbose_name_plural = _("reliefs of debts")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="relief_positive"),
            models.CheckConstraint(
                condition=Q(kind="deferral", until__isnull=False, entry__isnull=True)
                | Q(kind__in=["write_off", "relief"], until__isnull=True, entry__isnull=False),
                name="relief_complete",
            ),
        ]
        indexes = [models.Index(fields=["account", "-id"], name="relief_account")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"
