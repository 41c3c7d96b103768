"""Kinds of deposits of an entity: how much may be asked, what is added and until when it goes back."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from lokum.core.base.models import Record
from lokum.core.organisation.models import Entity
from lokum.money.ledger.models import LedgerAccount, chart_name_field

CODE = RegexValidator(r"^[A-Z0-9]{1,8}$", _("Capital letters without accents and digits, 8 at most."))


class DepositKind(Record):
    """A word of an entity's vocabulary of deposits, with the rules of law or contract that hold for it."""

    class Purpose(models.TextChoices):
        TENANCY = "tenancy", _("Tenancy of a dwelling")
        LEASE = "lease", _("Lease")
        RENOVATION = "renovation", _("Renovation works")
        CONTRACTOR = "contractor", _("Contractor")
        OTHER = "other", _("Other")

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="deposit_kinds", verbose_name=_("entity"))
    code = models.CharField(
        _("code"), max_length=8, validators=[CODE], help_text=_("Begins the number that payers write into transfers.")
    )
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120, blank=True)
    name_pl = models.CharField(_("name in Polish"), max_length=120, blank=True)
    name_zh_hant = models.CharField(_("name in Chinese (Traditional)"), max_length=120, blank=True)
    name_zh_hans = models.CharField(_("name in Chinese (Simplified)"), max_length=120, blank=True)
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose.choices, default=Purpose.OTHER)
    max_months = models.DecimalField(
        _("at most so many monthly rents"), max_digits=4, decimal_places=1, null=True, blank=True
    )
    return_months = models.PositiveSmallIntegerField(
        _("returned within so many months after leaving"), null=True, blank=True
    )
    valorised = models.BooleanField(
        _("valorised by the rent of the day of return"),
        default=False,
        help_text=_("As many monthly rents go back as were taken, never less than was paid."),
    )
    interest_percent = models.DecimalField(_("interest in percent a year"), max_digits=6, decimal_places=3, default=0)
    cost_account = models.ForeignKey(
        LedgerAccount,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("ledger account for valorisation and interest"),
    )
    forfeit_account = models.ForeignKey(
        LedgerAccount,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("ledger account for what is forfeited"),
    )
    basis = models.CharField(_("legal basis"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("kind of deposit")
        verbose_name_plural = _("kinds of deposits")
        ordering = ("entity_id", "code")
        constraints = [
            models.UniqueConstraint(fields=["entity", "code"], name="deposit_kind_code"),
            models.CheckConstraint(
                condition=Q(interest_percent__gte=0, interest_percent__lte=100),
                name="deposit_kind_interest",
                violation_error_message=_("Interest lies between 0 and 100 percent."),
            ),
            models.CheckConstraint(
                condition=Q(max_months__isnull=True) | Q(max_months__gt=0),
                name="deposit_kind_limit",
                violation_error_message=_("The limit is above zero."),
            ),
        ]

    def __str__(self) -> str:
        return self.local_name

    @property
    def local_name(self) -> str:
        """The name in the reader's language, else that of the books."""
        return getattr(self, chart_name_field(get_language())) or self.name
