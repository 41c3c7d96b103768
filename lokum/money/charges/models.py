"""Components, dated tariffs, the month run and what it posts."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import AmountField, PriceField, QuantityField
from lokum.core.base.models import Record
from lokum.core.organisation.models import Entity, EntityFund
from lokum.core.papers.models import IssuedDocument
from lokum.money.ledger.models import Account, Batch, Entry, LedgerAccount
from lokum.property.estates.models import Building, FactKind, Premises
from lokum.property.occupancy.models import PREMISES_SCOPE, Agreement, TitleKind
from lokum.property.parties.models import Party


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

    class Billing(models.TextChoices):
        ADVANCE = "advance", _("Advance, settled later")
        FINAL = "final", _("Final")
        ARREARS = "arrears", _("In arrears")

    class Rounding(models.TextChoices):
        HALF_UP = "half_up", _("Half up")
        HALF_EVEN = "half_even", _("Half to even")
        DOWN = "down", _("Down")
        UP = "up", _("Up")

    class VatKind(models.TextChoices):
        EXEMPT = "exempt", _("exempt")
        V23 = "23", _("23 %")
        V8 = "8", _("8 %")
        V5 = "5", _("5 %")
        V0 = "0", _("0 %")

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
    billing = models.CharField(_("billing"), max_length=10, choices=Billing.choices, default=Billing.FINAL)
    cycle_months = models.PositiveSmallIntegerField(_("cycle in months"), default=1)
    rounding = models.CharField(_("rounding"), max_length=10, choices=Rounding.choices, default=Rounding.HALF_UP)
    decimals = models.PositiveSmallIntegerField(_("decimals"), default=2)
    vat_kind = models.CharField(_("VAT"), max_length=8, choices=VatKind.choices, default=VatKind.EXEMPT)
    fund = models.ForeignKey(
        EntityFund, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("fund")
    )
    income_account = models.ForeignKey(
        LedgerAccount, on_delete=models.PROTECT, related_name="+", verbose_name=_("income account")
    )
    online_payable = models.BooleanField(_("payable online"), default=True)
    in_portal = models.BooleanField(_("shown in the portal"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    valid = DateRangeField(_("valid"))

    class Meta:
        verbose_name = _("component")
        verbose_name_plural = _("components")
        ordering = ("entity_id", "position", "code")
        constraints = [
            models.UniqueConstraint(fields=["entity", "code"], name="component_code"),
            models.CheckConstraint(condition=Q(decimals__range=(0, 2)), name="component_decimals"),
            models.CheckConstraint(condition=Q(cycle_months__range=(1, 12)), name="component_cycle"),
        ]

    def __str__(self) -> str:
        return self.local_name

    @property
    def local_name(self) -> str:
        """The name in the reader's language, else the plain one."""
        return getattr(self, name_field(get_language())) or self.name


class Tariff(Record):
    """A dated price of a component at one level; the most specific valid one wins.

    Levels from wide to narrow: entity, building, premises, party. Within a level a price for a kind of title
    or for (non-)members is more specific than one without.
    """

    class Level(models.TextChoices):
        ENTITY = "entity", _("Entity")
        BUILDING = "building", _("Building")
        PREMISES = "premises", _("Premises")
        PARTY = "party", _("Personal")

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")

    scope_path = {"node": "component__entity__node_id", "component_class": "component__component_class"}

    component = models.ForeignKey(
        Component, on_delete=models.PROTECT, related_name="tariffs", verbose_name=_("component")
    )
    level = models.CharField(_("level"), max_length=10, choices=Level.choices, default=Level.ENTITY)
    building = models.ForeignKey(
        Building,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="tariffs",
        verbose_name=_("building"),
    )
    premises = models.ForeignKey(
        Premises,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="tariffs",
        verbose_name=_("premises"),
    )
    party = models.ForeignKey(
        Party,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="tariffs",
        verbose_name=_("party"),
    )
    title_kind = models.CharField(_("kind of title"), max_length=16, choices=TitleKind.choices, blank=True)
    membership = models.CharField(
        _("membership"),
        max_length=10,
        blank=True,
        choices=[("member", _("members")), ("other", _("non-members"))],
    )
    price = PriceField(_("price"))
    valid = DateRangeField(_("valid"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PROPOSED, editable=False)
    source = models.CharField(_("resolution or document"), max_length=200, blank=True)
    proposed_by_id = models.BigIntegerField(null=True, editable=False)
    approved_by_id = models.BigIntegerField(null=True, editable=False)
    approved_at = models.DateTimeField(_("approved at"), null=True, editable=False)
    # One key of what the price applies to, set by the database, so that it can refuse overlaps.
    target_key = models.BigIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("tariff")
        verbose_name_plural = _("tariffs")
        ordering = ("component_id", "level", "valid")
        constraints = [
            # Approved prices never overlap; neither do proposals. A proposal may follow an open-ended approved
            # price, which then ends the day before when the proposal is approved.
            ExclusionConstraint(
                name="tariff_no_overlap",
                expressions=[
                    ("component", RangeOperators.EQUAL),
                    ("level", RangeOperators.EQUAL),
                    ("target_key", RangeOperators.EQUAL),
                    ("title_kind", RangeOperators.EQUAL),
                    ("membership", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
                condition=Q(state="approved"),
                violation_error_message=_("Another price for the same target is valid in this time."),
            ),
            ExclusionConstraint(
                name="tariff_proposed_once",
                expressions=[
                    ("component", RangeOperators.EQUAL),
                    ("level", RangeOperators.EQUAL),
                    ("target_key", RangeOperators.EQUAL),
                    ("title_kind", RangeOperators.EQUAL),
                    ("membership", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
                condition=Q(state="proposed"),
                violation_error_message=_("Another proposal for the same target covers this time."),
            ),
            models.CheckConstraint(
                condition=(
                    Q(level="entity", building=None, premises=None, party=None)
                    | Q(level="building", building__isnull=False, premises=None, party=None)
                    | Q(level="premises", building=None, premises__isnull=False, party=None)
                    | Q(level="party", building=None, premises=None, party__isnull=False)
                ),
                name="tariff_target",
                violation_error_message=_("Name exactly the target of the chosen level."),
            ),
            models.CheckConstraint(condition=Q(price__gte=0), name="tariff_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.component} {self.price}"

    def clean(self) -> None:
        """Only a proposal may be edited; what was decided on is followed by a new proposal."""
        super().clean()
        if self.pk and self.state != self.State.PROPOSED:
            raise ValidationError(_("This price was decided on. Propose a new one instead."), code="decided")


class ComponentAssignment(Record):
    """A component is charged for premises (to whoever holds their agreement) during a time."""

    scope_path = PREMISES_SCOPE

    component = models.ForeignKey(
        Component, on_delete=models.PROTECT, related_name="assignments", verbose_name=_("component")
    )
    premises = models.ForeignKey(
        Premises, on_delete=models.PROTECT, related_name="assignments", verbose_name=_("premises")
    )
    valid = DateRangeField(_("valid"))

    class Meta:
        verbose_name = _("attached component")
        verbose_name_plural = _("attached components")
        constraints = [
            ExclusionConstraint(
                name="component_assignment_no_overlap",
                expressions=[
                    ("component", RangeOperators.EQUAL),
                    ("premises", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            )
        ]

    def __str__(self) -> str:
        return f"{self.component} {self.premises}"


class ChargeRun(models.Model):
    """The month run of one entity: draft, checked, approved, posted, undone."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        CHECKED = "checked", _("checked")
        APPROVED = "approved", _("approved")
        POSTED = "posted", _("posted")
        UNDONE = "undone", _("undone")
        DROPPED = "dropped", _("dropped")

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="charge_runs", verbose_name=_("entity"))
    period = models.DateField(_("month"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    agreement_count = models.PositiveIntegerField(_("payers"), default=0)
    line_count = models.PositiveIntegerField(_("lines"), default=0)
    problem_count = models.PositiveIntegerField(_("problems"), default=0)
    notice_count = models.PositiveIntegerField(_("notices"), default=0)
    total_amount = AmountField(_("total"), default=0)
    fingerprint = models.CharField(
        max_length=64, blank=True
    )  # of the draft; posting refuses a draft that no longer holds
    created_at = models.DateTimeField(_("computed at"))
    created_by_id = models.BigIntegerField(null=True)
    checked_at = models.DateTimeField(_("checked at"), null=True)
    checked_by_id = models.BigIntegerField(null=True)
    approved_at = models.DateTimeField(_("approved at"), null=True)
    approved_by_id = models.BigIntegerField(null=True)
    posted_at = models.DateTimeField(_("posted at"), null=True)
    posted_by_id = models.BigIntegerField(null=True)
    undone_at = models.DateTimeField(_("undone at"), null=True)
    undone_by_id = models.BigIntegerField(null=True)
    undone_reason = models.CharField(_("reason"), max_length=250, blank=True)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, related_name="+")
    undo_batch = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("month run")
        verbose_name_plural = _("month runs")
        ordering = ("-period", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "period"],
                condition=Q(state__in=["draft", "checked", "approved"]),
                name="charge_run_open_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.period:%Y-%m}"


class DraftLine(models.Model):
    """A computed line of a run before posting, unseen by payers. `problem` names what is missing.

    Amounts are NULL exactly where there is a problem: nothing missing ever becomes a zero. The table is unlogged:
    a crash of the server empties it, the fingerprint notices, and the month is computed again.
    """

    class Problem(models.TextChoices):
        NO_FACT = "no_fact", _("the quantity is missing")
        NO_SHARE = "no_share", _("the ownership share is missing")
        NO_TARIFF = "no_tariff", _("no approved price")
        NO_ACCOUNT = "no_account", _("the payer has no account")
        TWO_PAYERS = "two_payers", _("two agreements pay for the same premises")

    run = models.ForeignKey(ChargeRun, on_delete=models.CASCADE, related_name="draft_lines", db_index=False)
    agreement = models.ForeignKey(
        Agreement, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, null=True, related_name="+", db_constraint=False, db_index=False
    )
    component = models.ForeignKey(
        Component, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    premises = models.ForeignKey(
        Premises, on_delete=models.CASCADE, null=True, related_name="+", db_constraint=False, db_index=False
    )
    tariff = models.ForeignKey(
        Tariff, on_delete=models.CASCADE, null=True, related_name="+", db_constraint=False, db_index=False
    )
    quantity = QuantityField(null=True)
    price = PriceField(null=True)
    amount = AmountField(null=True)
    net_amount = AmountField(null=True)
    tax_amount = AmountField(null=True)
    # What the quantity was taken from; the snapshot of the posted line is written from these.
    fact_key = models.BigIntegerField(null=True)
    share_key = models.BigIntegerField(null=True)
    problem = models.CharField(max_length=40, blank=True, choices=Problem.choices)
    reason = models.CharField(max_length=40, default="run")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "agreement", "component"], name="draft_line_once")]

    def __str__(self) -> str:
        return f"{self.component_id} {self.amount}"


class Notice(models.Model):
    """The charge document of one account for one month: heads the posted lines, owns number and paper."""

    scope_path = {
        "building": "account__building_key",
        "node": "account__entity__node_id",
        "account": "account_id",
    }

    entry = models.OneToOneField(
        Entry, on_delete=models.PROTECT, primary_key=True, related_name="notice", db_constraint=False
    )
    run = models.ForeignKey(
        ChargeRun,
        on_delete=models.PROTECT,
        null=True,
        related_name="notices",
        db_constraint=False,
        verbose_name=_("month run"),
    )
    account = models.ForeignKey(
        Account,
        on_delete=models.PROTECT,
        related_name="notices",
        db_constraint=False,
        db_index=False,
        verbose_name=_("account"),
    )
    document = models.OneToOneField(
        IssuedDocument,
        on_delete=models.PROTECT,
        related_name="notice",
        db_constraint=False,
        verbose_name=_("document"),
    )
    period = models.DateField(_("month"))
    number = models.CharField(_("number"), max_length=80)
    due_on = models.DateField(_("due on"))
    total_amount = AmountField(_("total"))

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ("-pk",)
        indexes = [models.Index(fields=["account", "-period"], name="notice_account_period")]

    def __str__(self) -> str:
        return self.number


class ChargeLine(models.Model):
    """A posted line of a notice, with the snapshot it can be recomputed and explained from. Append-only.

    snapshot: {"basis", "quantity", "unit", "price", "formula", "rounding", "decimals", "vat_kind", "vat_percent",
    "day", "tariff": {"id", "level", "price", "valid_from", "title_kind", "membership", "source"},
    "inputs": [{"name", "value", "unit", "valid_from", "source", "fact_id"}]}; every figure is a decimal text.

    reason: "run", after an undone run "run/2", "run/3", ...; or the name of a correction. Of the lines with a
    reason "run..." of one agreement, component and month only one is ever alive (checked by the database).
    """

    scope_path = {
        "building": "notice__account__building_key",
        "node": "notice__account__entity__node_id",
        "account": "notice__account_id",
    }

    notice = models.ForeignKey(
        Notice, on_delete=models.PROTECT, related_name="lines", db_constraint=False, verbose_name=_("notice")
    )
    agreement = models.ForeignKey(
        Agreement,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("agreement"),
    )
    component = models.ForeignKey(
        Component,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("component"),
    )
    period = models.DateField(_("month"))
    reason = models.CharField(_("reason"), max_length=40, default="run")
    quantity = QuantityField(_("quantity"))
    price = PriceField(_("price"))
    amount = AmountField(_("amount"))
    net_amount = AmountField(_("net"))
    tax_amount = AmountField(_("tax"))
    snapshot = models.JSONField(_("explanation"))

    class Meta:
        verbose_name = _("charge line")
        verbose_name_plural = _("charge lines")
        constraints = [
            models.UniqueConstraint(fields=["agreement", "component", "period", "reason"], name="charge_once"),
            models.CheckConstraint(
                condition=Q(amount=models.F("net_amount") + models.F("tax_amount")),
                name="charge_net_plus_tax",
            ),
            models.CheckConstraint(condition=~Q(snapshot={}), name="charge_explained"),
        ]

    def __str__(self) -> str:
        return f"{self.component_id} {self.amount}"
