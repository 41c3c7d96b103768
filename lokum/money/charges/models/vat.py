"""What a kind of value added tax is on a day, per country."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lokum.core.base.models import Record
from lokum.money.charges.models.components import Component


class VatRate(Record):
    """A rate from a day on, until the next one of its country and kind. Country packs bring the published ones.

    A month is taxed by the rate of its first day; posted lines keep theirs in the snapshot.
    """

    class Kind(models.TextChoices):
        """The taxed kinds of a component; the others are never a percentage."""

        STANDARD = Component.VatKind.STANDARD.value, Component.VatKind.STANDARD.label
        REDUCED = Component.VatKind.REDUCED.value, Component.VatKind.REDUCED.label
        SUPER_REDUCED = Component.VatKind.SUPER_REDUCED.value, Component.VatKind.SUPER_REDUCED.label
        ZERO = Component.VatKind.ZERO.value, Component.VatKind.ZERO.label

    scope_open = True

    country_pack = models.CharField(_("country pack"), max_length=10)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    valid_from = models.DateField(_("valid from"))
    percent = models.DecimalField(
        _("per cent"), max_digits=5, decimal_places=2, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    act = models.CharField(_("act"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("VAT rate")
        verbose_name_plural = _("VAT rates")
        ordering = ("country_pack", "kind", "-valid_from")
        constraints = [
            models.UniqueConstraint(fields=["country_pack", "kind", "valid_from"], name="vat_rate_once"),
            models.CheckConstraint(condition=Q(percent__range=(0, 100)), name="vat_rate_percent"),
        ]

    def __str__(self) -> str:
        return f"{self.country_pack} {self.get_kind_display()} {self.valid_from}"
