"""Components: the kinds of charge."""

from django.contrib.postgres.fields import DateRangeField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from lokum.core.base.models import Record
from lokum.core.organisation.models import Entity, EntityFund
from lokum.money.ledger.models import LedgerAccount, SubAccount
from lokum.property.estates.models import FactKind


def name_field(language: str | None) -> str:
    """The column that holds a component's name in a language."""
    fields = {"pl": "name_pl", "zh-hant": "name_zh_hant", "zh-hans": "name_zh_hans"}
    return fields.get((language or "").lower(), "name")


class Component(Record):
    """A kind of charge."""

    class ComponentClass(models.TextChoices):
        SERVICE = "service", _("Service charge")
        FUND = "fund", _("Fund")
        HEATING = "heating", _("Heating")
        COLD_WATER = "cold_water", _("Cold water and sewage")
        HOT_WATER = "hot_water", _("Hot water")
        WASTE = "waste", _("Waste")
        LIFT = "lift", _("Lift")
        GAS = "gas", _("Gas")
        AERIAL = "aerial", _("Intercom and aerial")
        METER = "meter", _("Meters")
        TAX = "tax", _("Tax and public fees")
        PARKING = "parking", _("Parking")
        DEPOSIT = "deposit", _("Deposit")
        RENT = "rent", _("Rent")
        LOAN = "loan", _("Loan repayment")
        OTHER = "other", _("Other")

    class Rhythm(models.TextChoices):
        PERIODIC = "periodic", _("Every period")
        ONE_OFF = "one_off", _("Once")
        WINDOWED = "windowed", _("In chosen months")

    class Basis(models.TextChoices):
        """What the price is multiplied by: a dated fact of the premises, the unit itself, or a fixed amount."""

        UNIT = "unit", _("Unit")
        SHARE = "share", _("Ownership share")
        AMOUNT = "amount", _("Fixed amount")
        USABLE_AREA = FactKind.USABLE_AREA.value, FactKind.USABLE_AREA.label
        HEATED_AREA = FactKind.HEATED_AREA.value, FactKind.HEATED_AREA.label
        CELLAR_AREA = FactKind.CELLAR_AREA.value, FactKind.CELLAR_AREA.label
        PERSONS = FactKind.PERSONS.value, FactKind.PERSONS.label
        COLD_WATER_FORECAST = FactKind.COLD_WATER_FORECAST.value, FactKind.COLD_WATER_FORECAST.label
        HOT_WATER_FORECAST = FactKind.HOT_WATER_FORECAST.value, FactKind.HOT_WATER_FORECAST.label
        HEAT_FORECAST = FactKind.HEAT_FORECAST.value, FactKind.HEAT_FORECAST.label
        WATER_METERS = FactKind.WATER_METERS.value, FactKind.WATER_METERS.label
        SOCKETS = FactKind.SOCKETS.value, FactKind.SOCKETS.label
        CONTRACTED_POWER = FactKind.CONTRACTED_POWER.value, FactKind.CONTRACTED_POWER.label
        CONTRACTED_VOLUME = FactKind.CONTRACTED_VOLUME.value, FactKind.CONTRACTED_VOLUME.label
        GROUND_AREA = FactKind.GROUND_AREA.value, FactKind.GROUND_AREA.label

    class Billing(models.TextChoices):
        ADVANCE = "advance", _("Advance, settled later")
        FINAL = "final", _("Final")
        ARREARS = "arrears", _("In arrears")

    class Proration(models.TextChoices):
        """How a change inside a month counts: of persons, area, share, rate, title, payer, or the attachment."""

        NEXT_MONTH = "next_month", _("From the next month")
        DAYS = "days", _("By days")
        HALF_MONTH = "half_month", _("By half month")

    class BillingStart(models.TextChoices):
        """From when the first payer of premises is charged after taking them over."""

        HANDOVER = "handover", _("From the handover, as any change")
        WHOLE_MONTH = "whole_month", _("The month of the handover counts whole")
        NEXT_MONTH = "next_month", _("From the month after the handover")

    class Rounding(models.TextChoices):
        HALF_UP = "half_up", _("Half up")
        HALF_EVEN = "half_even", _("Half to even")
        DOWN = "down", _("Down")
        UP = "up", _("Up")

    class VatKind(models.TextChoices):
        """What the law taxes alike; how much it is on a day, `VatRate` says."""

        EXEMPT = "exempt", _("exempt")
        OUTSIDE = "outside", _("not subject to VAT")
        STANDARD = "standard", _("standard rate")
        REDUCED = "reduced", _("reduced rate")
        SUPER_REDUCED = "super_reduced", _("lower reduced rate")
        ZERO = "zero", _("zero rate")

    scope_path = {"node": "entity__node_id", "component_class": "component_class"}

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="components", verbose_name=_("entity"))
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=120)
    name_pl = models.CharField(_("name in Polish"), max_length=120, blank=True)
    name_zh_hant = models.CharField(_("name in Chinese (Traditional)"), max_length=120, blank=True)
    name_zh_hans = models.CharField(_("name in Chinese (Simplified)"), max_length=120, blank=True)
    component_class = models.CharField(_("class"), max_length=12, choices=ComponentClass.choices)
    rhythm = models.CharField(_("rhythm"), max_length=10, choices=Rhythm.choices, default=Rhythm.PERIODIC)
    months = models.CharField(_("months (1-12, for chosen months)"), max_length=40, blank=True)
    basis = models.CharField(_("basis"), max_length=24, choices=Basis.choices)
    formula = models.TextField(
        _("formula"), blank=True, max_length=1000, help_text=_("Empty: the price times the basis.")
    )
    proration = models.CharField(
        _("changes inside a month"), max_length=10, choices=Proration.choices, default=Proration.NEXT_MONTH
    )
    billing_start = models.CharField(
        _("start of billing"), max_length=12, choices=BillingStart.choices, default=BillingStart.HANDOVER
    )
    billing = models.CharField(
        _("billing"), max_length=10, choices=Billing.choices, default=Billing.FINAL,
        help_text=_("Of a cycle of several months: in arrears with its last month, else with its first."),
    )  # fmt: skip
    cycle_months = models.PositiveSmallIntegerField(_("cycle in months"), default=1)
    rounding = models.CharField(_("rounding"), max_length=10, choices=Rounding.choices, default=Rounding.HALF_UP)
    decimals = models.PositiveSmallIntegerField(_("decimals"), default=2)
    vat_kind = models.CharField(_("VAT"), max_length=16, choices=VatKind.choices, default=VatKind.EXEMPT)
    fund = models.ForeignKey(
        EntityFund, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("fund")
    )
    income_account = models.ForeignKey(
        LedgerAccount, on_delete=models.PROTECT, related_name="+", verbose_name=_("income account")
    )
    sub_account = models.ForeignKey(
        SubAccount,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("sub-account"),
        help_text=_("Where the debt stands; empty: the main one."),
    )
    online_payable = models.BooleanField(_("payable online"), default=True)
    in_portal = models.BooleanField(_("shown in the portal"), default=True)
    position = models.PositiveSmallIntegerField(pgettext_lazy("place in a list", "position"), default=100)
    valid = DateRangeField(_("valid"))

    class Meta:
        verbose_name = _("component")
        verbose_name_plural = _("components")
        ordering = ("entity_id", "position", "code")
        constraints = [
            models.UniqueConstraint(fields=["entity", "code"], name="component_code"),
            models.CheckConstraint(condition=Q(decimals__range=(0, 2)), name="component_decimals"),
            models.CheckConstraint(condition=Q(cycle_months__range=(1, 12)), name="component_cycle"),
            models.CheckConstraint(
                condition=Q(proration="next_month") | (Q(cycle_months=1) & ~Q(rhythm="one_off")),
                name="component_proration",
                violation_error_message=_("Only what is charged month by month can be split inside a month."),
            ),
        ]

    def __str__(self) -> str:
        return self.local_name

    @property
    def monthly(self) -> bool:
        return self.rhythm == self.Rhythm.PERIODIC and self.cycle_months == 1

    @property
    def billed_months(self) -> list[int]:
        """The months of a year in which it is billed; none where its cycle falls on others every year, or once."""
        if self.rhythm == self.Rhythm.WINDOWED:
            return sorted({int(one) for one in self.months.split(",")})
        if self.rhythm != self.Rhythm.PERIODIC or 12 % self.cycle_months:
            return []
        first = self.valid.lower.month if self.valid.lower else 1
        if self.billing == self.Billing.ARREARS:
            first += self.cycle_months - 1
        return sorted((first - 1 + place) % 12 + 1 for place in range(0, 12, self.cycle_months))

    def clean(self) -> None:
        """Chosen months are numbers that the month run reads; without one the component would never be charged."""
        super().clean()
        if self.rhythm != self.Rhythm.WINDOWED:
            return
        named = [one.strip() for one in self.months.split(",")]
        if not all(one.isdecimal() and one.isascii() and 1 <= int(one) <= 12 for one in named):
            text = _("Name the months by their numbers with commas between: 5,6,7.")
            raise ValidationError({"months": text}, code="months")
        self.months = ",".join(str(one) for one in sorted({int(one) for one in named}))

    @property
    def local_name(self) -> str:
        """The name in the reader's language, else the plain one."""
        return getattr(self, name_field(get_language())) or self.name
