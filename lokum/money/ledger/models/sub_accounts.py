"""Sub-accounts: the parts of a payer's account that have a balance of their own (running costs, repair fund, ...)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from lokum.core.base.models import Record
from lokum.core.organisation.models import Entity
from lokum.money.ledger.models.chart import chart_name_field


class SubAccount(Record):
    """A word of an entity's vocabulary of sub-accounts, with its place in the order in which debts are covered.

    The row of kind "main" only names and places the main sub-account: entries of the main one name none.
    """

    class Kind(models.TextChoices):
        MAIN = "main", _("Main (running costs and media)")
        REPAIR_FUND = "repair_fund", _("Repair fund")
        DEPOSITS = "deposits", _("Deposits")
        COURT_COSTS = "court_costs", _("Court costs")
        OTHER = "other", _("Other")

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="sub_accounts", verbose_name=_("entity"))
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120, blank=True)
    name_pl = models.CharField(_("name in Polish"), max_length=120, blank=True)
    name_zh_hant = models.CharField(_("name in Chinese (Traditional)"), max_length=120, blank=True)
    name_zh_hans = models.CharField(_("name in Chinese (Simplified)"), max_length=120, blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.OTHER)
    position = models.PositiveSmallIntegerField(
        _("covering order"), default=50, help_text=_("Debts of the lower number are covered first.")
    )
    due_day = models.PositiveSmallIntegerField(
        _("own due day"), null=True, blank=True, help_text=_("Day of the month; empty: that of the notice.")
    )

    class Meta:
        verbose_name = _("sub-account")
        verbose_name_plural = _("sub-accounts")
        ordering = ("entity_id", "position", "code")
        constraints = [
            models.UniqueConstraint(fields=["entity", "code"], name="sub_account_code"),
            models.UniqueConstraint(
                fields=["entity", "kind"], condition=~Q(kind="other"), name="sub_account_kind_once"
            ),
            models.CheckConstraint(
                condition=Q(due_day__isnull=True) | Q(due_day__range=(1, 28)),
                name="sub_account_due_day",
                violation_error_message=_("A due day lies between 1 and 28."),
            ),
        ]

    def __str__(self) -> str:
        return self.local_name

    @property
    def local_name(self) -> str:
        """The name in the reader's language, else that of the books."""
        return getattr(self, chart_name_field(get_language())) or self.name
