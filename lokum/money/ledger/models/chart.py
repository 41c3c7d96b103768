"""The chart of accounts."""

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from lokum.core.base.models import Record
from lokum.core.organisation.models import Entity


def chart_name_field(language: str | None) -> str:
    """The column that holds a ledger account's name in a language."""
    fields = {"en": "name_en", "pl": "name_pl", "zh-hant": "name_zh_hant", "zh-hans": "name_zh_hans"}
    return fields.get((language or "").lower(), "name")


class LedgerAccount(Record):
    """An account of an entity's chart of accounts (general ledger)."""

    class Kind(models.TextChoices):
        ASSET = "asset", _("Asset")
        LIABILITY = "liability", _("Liability")
        EQUITY = "equity", _("Equity")
        INCOME = "income", _("Income")
        EXPENSE = "expense", _("Expense")

    class Purpose(models.TextChoices):
        """What the product itself posts to; one account per entity and purpose, but for income and bank accounts."""

        RECEIVABLE = "receivable", _("Payers' receivables")
        BANK = "bank", _("Bank")
        BANK_ACCOUNT = "bank_account", _("One bank account")
        IN_TRANSIT = "in_transit", _("Money in transit")
        CLEARING = "clearing", _("Money to be cleared")
        INCOME = "income", _("Income of charges")
        OPENING = "opening", _("Opening items")
        VAT = "vat", _("Tax due")
        ADVANCE_VAT = "advance_vat", _("Tax due on advances")
        INTEREST = "interest", _("Late interest")
        DEPOSITS = "deposits", _("Deposits of payers")
        WRITE_OFF = "write_off", _("Written-off claims")
        ALLOWANCE = "allowance", _("Shares claimed from third parties")
        ROUNDING = "rounding", _("Rounding differences")
        RESULT = "result", _("Result of the year")
        TRANSIT = "transit", _("Transfers between accounts")

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(
        Entity, on_delete=models.PROTECT, related_name="ledger_accounts", verbose_name=_("entity")
    )
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=150, help_text=_("In the language of the books."))
    name_en = models.CharField(_("name in English"), max_length=150, blank=True)
    name_pl = models.CharField(_("name in Polish"), max_length=150, blank=True)
    name_zh_hant = models.CharField(_("name in Chinese (Traditional)"), max_length=150, blank=True)
    name_zh_hans = models.CharField(_("name in Chinese (Simplified)"), max_length=150, blank=True)
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
                condition=~Q(purpose__in=["", "income", "bank_account"]),
                name="ledger_account_purpose",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.local_name}"

    @property
    def local_name(self) -> str:
        """The name in the reader's language, else that of the books."""
        return getattr(self, chart_name_field(get_language())) or self.name
