"""The chart of accounts."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lokum.core.base.models import Record
from lokum.core.organisation.models import Entity


class LedgerAccount(Record):
    """An account of an entity's chart of accounts (general ledger)."""

    class Kind(models.TextChoices):
        ASSET = "asset", _("Asset")
        LIABILITY = "liability", _("Liability")
        EQUITY = "equity", _("Equity")
        INCOME = "income", _("Income")
        EXPENSE = "expense", _("Expense")

    class Purpose(models.TextChoices):
        """What the product itself posts to; one account per entity and purpose."""

        RECEIVABLE = "receivable", _("Payers' receivables")
        BANK = "bank", _("Bank")
        CLEARING = "clearing", _("Money to be cleared")
        INCOME = "income", _("Income of charges")
        OPENING = "opening", _("Opening items")
        VAT = "vat", _("Tax due")

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(
        Entity, on_delete=models.PROTECT, related_name="ledger_accounts", verbose_name=_("entity")
    )
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=150)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose.choices, blank=True)

    class Meta:
        verbose_name = _("ledger account")
        verbose_name_plural = _("chart of accounts")
        ordering = ("entity_id", "code")
        constraints = [
            models.UniqueConstraint(fields=["entity", "code"], name="ledger_account_code"),
            models.UniqueConstraint(
                fields=["entity", "purpose"],
                condition=~Q(purpose__in=["", "income"]),
                name="ledger_account_purpose",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
