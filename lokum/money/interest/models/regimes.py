"""Regimes of interest (statutory, commercial, contractual) with their dated rates."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from lokum.core.base.models import Record


def regime_name_field(language: str | None) -> str:
    """The column that holds a regime's name in a language."""
    fields = {"pl": "name_pl", "zh-hant": "name_zh_hant", "zh-hans": "name_zh_hans"}
    return fields.get((language or "").lower(), "name")


class InterestRegime(Record):
    """A kind of interest with a rate table of its own. Country packs bring the published ones; operators add theirs.

    limit, limit_factor: the rates are never above so many times those of another regime (contractual interest in
    Poland: twice the statutory one, art. 481 par. 2-1 KC).
    """

    class Kind(models.TextChoices):
        STATUTORY = "statutory", _("Statutory")
        COMMERCIAL = "commercial", _("Commercial transactions")
        CONTRACTUAL = "contractual", _("Contractual")

    class Unit(models.TextChoices):
        YEAR = "year", _("percent a year of 365 days")
        DAY = "day", _("per mille a day")

    scope_open = True

    code = models.CharField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=150)
    name_pl = models.CharField(_("name in Polish"), max_length=150, blank=True)
    name_zh_hant = models.CharField(_("name in Chinese (Traditional)"), max_length=150, blank=True)
    name_zh_hans = models.CharField(_("name in Chinese (Simplified)"), max_length=150, blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    unit = models.CharField(_("rates are"), max_length=5, choices=Unit.choices, default=Unit.YEAR)
    country = models.CharField(_("country"), max_length=2, blank=True)
    basis = models.CharField(_("legal basis"), max_length=200, blank=True)
    limit = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="limits",
        verbose_name=_("limited by"),
        help_text=_("The rates are never above those of this regime, taken so many times."),
    )
    limit_factor = models.DecimalField(_("times"), max_digits=5, decimal_places=2, default=2)

    class Meta:
        verbose_name = _("interest regime")
        verbose_name_plural = _("interest regimes")
        ordering = ("country", "code")
        constraints = [
            models.CheckConstraint(
                condition=Q(limit_factor__gt=0),
                name="interest_limit_factor",
                violation_error_message=_("A regime is limited by a number of times above zero."),
            ),
            models.CheckConstraint(
                condition=Q(limit__isnull=True) | ~Q(limit=models.F("id")),
                name="interest_limit_of_another",
                violation_error_message=_("A regime is limited by another one."),
            ),
        ]

    def __str__(self) -> str:
        return self.local_name

    @property
    def local_name(self) -> str:
        """The name in the reader's language, else the plain one."""
        return getattr(self, regime_name_field(get_language())) or self.name

    @property
    def divisor(self) -> int:
        """What principal x rate x days is divided by; 36500 in leap years too."""
        return 36500 if self.unit == self.Unit.YEAR else 1000


class InterestRate(Record):
    """A rate of a regime from a day on, until the next one. Never changed: a wrong one is withdrawn and entered anew,
    so that a note can be computed again as it was known when it was made."""

    scope_open = True

    regime = models.ForeignKey(
        InterestRegime, on_delete=models.PROTECT, related_name="rates", verbose_name=_("interest regime")
    )
    valid_from = models.DateField(_("valid from"))
    rate = models.DecimalField(_("rate"), max_digits=9, decimal_places=4)
    act = models.CharField(_("act or agreement"), max_length=200, blank=True)
    recorded_at = models.DateTimeField(_("entered at"), db_default=Now(), editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, editable=False)
    withdrawn_reason = models.CharField(_("reason"), max_length=250, blank=True, editable=False)

    class Meta:
        verbose_name = _("interest rate")
        verbose_name_plural = _("interest rates")
        ordering = ("regime_id", "-valid_from", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["regime", "valid_from"], condition=Q(withdrawn_at__isnull=True), name="interest_rate_once"
            ),
            models.CheckConstraint(
                condition=Q(rate__gte=0),
                name="interest_rate_not_negative",
                violation_error_message=_("A rate is not negative."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.regime} {self.valid_from}"
