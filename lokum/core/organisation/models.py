"""The operator's tree of nodes, the legal entities with books, and what is switched on where."""

import datetime as dt
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lokum.core.base import identifiers
from lokum.core.base.models import Record


class Node(Record):
    """A point of the organisation tree. Where it hangs is dated: see `NodePlacement`."""

    class Kind(models.TextChoices):
        GROUP = "group", _("Group")
        COMPANY = "company", _("Company")
        BRANCH = "branch", _("Branch")
        OFFICE = "office", _("Management office")
        ESTATE = "estate", _("Estate or community")
        DEPARTMENT = "department", _("Department")

    scope_path = {"node": "pk"}

    code = models.CharField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    legal_name = models.CharField(_("legal name"), max_length=250, blank=True)
    tax_number = models.CharField(_("tax number"), max_length=20, blank=True)
    address = models.CharField(_("address"), max_length=250, blank=True)
    country = models.CharField(_("country"), max_length=2, default="PL")
    time_zone = models.CharField(_("time zone"), max_length=50, default="Europe/Warsaw")
    currency = models.CharField(_("currency"), max_length=3, default="PLN")
    opened_on = models.DateField(_("valid from"))
    closed_on = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name = _("organisation node")
        verbose_name_plural = _("organisation tree")
        ordering = ("code",)
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=models.F("opened_on")),
                name="node_dates_in_order",
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def clean(self) -> None:
        identifiers.check_fields(self, self.country, {"tax_number": identifiers.TAX})


class NodePlacement(models.Model):
    """Under which parent a node hangs and when. Reports of a past day group by the parent of that day."""

    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="placements", verbose_name=_("node"))
    parent = models.ForeignKey(
        Node, on_delete=models.PROTECT, related_name="child_placements", verbose_name=_("parent")
    )
    valid = DateRangeField(_("valid"))

    class Meta:
        verbose_name = _("placement")
        verbose_name_plural = _("placements")
        constraints = [
            ExclusionConstraint(
                name="node_placement_no_overlap",
                expressions=[("node", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(condition=~Q(node=models.F("parent")), name="node_not_its_own_parent"),
        ]

    def __str__(self) -> str:
        return f"{self.node} < {self.parent}"


class LegalFields(models.Model):
    """Name, form, numbers and address of a legal person: what stands on its documents and changes with a day."""

    class Kind(models.TextChoices):
        COOPERATIVE = "cooperative", _("Housing cooperative")
        COMMUNITY = "community", _("Owners' community")
        MUNICIPAL = "municipal", _("Municipal housing")
        COMPANY = "company", _("Company")

    name = models.CharField(_("name"), max_length=200)
    short_name = models.CharField(
        _("short name"), max_length=20, help_text=_("Payee name in transfer codes, at most 20 characters.")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    legal_name = models.CharField(_("legal name"), max_length=250)
    tax_number = models.CharField(_("tax number"), max_length=20, blank=True)
    statistical_number = models.CharField(_("statistical number"), max_length=20, blank=True)
    court_number = models.CharField(_("court register number"), max_length=30, blank=True)
    street = models.CharField(_("street and number"), max_length=150, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=12, blank=True)
    city = models.CharField(_("town"), max_length=100, blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    website = models.URLField(_("web address"), blank=True)

    class Meta:
        abstract = True


LEGAL_FIELDS = tuple(field.name for field in LegalFields._meta.local_fields)


class Entity(LegalFields, Record):
    """A legal person with its own books: cooperative, owners' community, company, municipal stock.

    Its legal fields hold what is valid today; once one of them has changed, `LegalData` holds every day.
    """

    scope_path = {"node": "node_id"}

    code = models.CharField(_("code"), max_length=20, unique=True)
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="entities", verbose_name=_("node"))
    country_pack = models.CharField(_("country pack"), max_length=10, default="pl")
    currency = models.CharField(_("currency"), max_length=3, default="PLN")
    time_zone = models.CharField(_("time zone"), max_length=50, default="Europe/Warsaw")
    fiscal_year_start = models.PositiveSmallIntegerField(_("first month of the fiscal year"), default=1)
    due_day = models.PositiveSmallIntegerField(_("day of the month by which charges are due"), default=10)
    opened_on = models.DateField(_("valid from"))
    closed_on = models.DateField(_("valid to"), null=True, blank=True)

    _loaded_legal: dict[str, Any] | None = None

    class Meta:
        verbose_name = _("entity")
        verbose_name_plural = _("entities")
        ordering = ("code",)
        constraints = [
            models.CheckConstraint(condition=Q(fiscal_year_start__range=(1, 12)), name="entity_fiscal_month"),
            models.CheckConstraint(condition=Q(due_day__range=(1, 28)), name="entity_due_day"),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def from_db(cls, db: Any, field_names: Any, values: Any, **options: Any) -> "Entity":
        loaded = super().from_db(db, field_names, values, **options)
        known = loaded.__dict__
        if all(name in known for name in LEGAL_FIELDS):
            loaded._loaded_legal = {name: known[name] for name in LEGAL_FIELDS}
        return loaded

    @property
    def country(self) -> str:
        """ISO code of the country whose rules its numbers follow: country packs are named by it."""
        return self.country_pack[:2].upper()

    def clean(self) -> None:
        kinds = {
            "tax_number": identifiers.TAX,
            "statistical_number": identifiers.STATISTICAL,
            "phone": identifiers.PHONE,
            "postal_code": identifiers.POSTAL_CODE,
        }
        identifiers.check_fields(self, self.country, kinds)


class LegalData(LegalFields):
    """Legal data of an entity as they are during a time. Kept from the first change on; the times never overlap."""

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="legal_data", verbose_name=_("entity"))
    valid = DateRangeField(_("valid"))
    document = models.CharField(_("resolution or document"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("legal data")
        verbose_name_plural = _("legal data of entities")
        ordering = ("entity_id", "valid")
        constraints = [
            ExclusionConstraint(
                name="legal_data_no_overlap",
                expressions=[("entity", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(condition=Q(valid__startswith__isnull=False), name="legal_data_begins"),
        ]

    def __str__(self) -> str:
        return self.legal_name


class EntityFund(Record):
    """A fund of an entity (running costs, repair fund, ...), to which components and bank accounts belong."""

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="funds", verbose_name=_("entity"))
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=150)

    class Meta:
        verbose_name = _("fund")
        verbose_name_plural = _("funds")
        ordering = ("entity_id", "code")
        constraints = [models.UniqueConstraint(fields=["entity", "code"], name="entity_fund_code")]

    def __str__(self) -> str:
        return self.name


class EntityBankAccount(Record):
    """A real bank account of an entity. A number is never written over: another one is another account from its day
    on, which `replaces` this one (ADR 0033)."""

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="bank_accounts", verbose_name=_("entity"))
    number = models.CharField(_("account number"), max_length=34, unique=True)
    bank_name = models.CharField(_("bank"), max_length=100, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="PLN")
    fund = models.ForeignKey(
        EntityFund,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="bank_accounts",
        verbose_name=_("fund"),
    )
    file_profile = models.CharField(_("bank file profile"), max_length=30, default="auto")
    opened_on = models.DateField(_("valid from"))
    closed_on = models.DateField(_("valid to"), null=True, blank=True)
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by",
        verbose_name=_("instead of"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("bank account")
        verbose_name_plural = _("bank accounts")
        ordering = ("entity_id", "number")

    def __str__(self) -> str:
        return self.number

    def clean(self) -> None:
        if self.entity_id is not None:
            identifiers.check_fields(self, self.entity.country, {"number": identifiers.BANK_ACCOUNT})


class Mandate(Record):
    """A person who represents an entity or sits on its board, with the dates of the mandate."""

    class Body(models.TextChoices):
        BOARD = "board", _("Management board")
        SUPERVISORY = "supervisory", _("Supervisory board")
        PROXY = "proxy", _("Proxy")
        AUDIT = "audit", _("Audit committee")

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="mandates", verbose_name=_("entity"))
    person_name = models.CharField(_("person"), max_length=150)
    body = models.CharField(_("body"), max_length=12, choices=Body.choices)
    position = models.CharField(_("position"), max_length=100, blank=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"), null=True, blank=True)

    class Meta:
        verbose_name = _("mandate")
        verbose_name_plural = _("mandates")
        ordering = ("entity_id", "body", "person_name")

    def __str__(self) -> str:
        return f"{self.person_name} ({self.get_body_display()})"


class ManagementContract(Record):
    """The contract by which a node of the operator manages an entity."""

    scope_path = {"node": "entity__node_id"}

    entity = models.ForeignKey(
        Entity, on_delete=models.PROTECT, related_name="management_contracts", verbose_name=_("entity")
    )
    manager = models.ForeignKey(
        Node, on_delete=models.PROTECT, related_name="management_contracts", verbose_name=_("manager")
    )
    number = models.CharField(_("contract number"), max_length=50)
    signed_on = models.DateField(_("signed on"))
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"), null=True, blank=True)

    class Meta:
        verbose_name = _("management contract")
        verbose_name_plural = _("management contracts")
        constraints = [models.UniqueConstraint(fields=["entity", "number"], name="management_contract_number")]

    def __str__(self) -> str:
        return self.number


class ModuleSwitch(Record):
    """Whether a module or one function of it is on at a node and below (nearest switch up the tree wins)."""

    scope_path = {"node": "node_id"}

    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="module_switches", verbose_name=_("node"))
    function = models.CharField(_("function"), max_length=60)
    enabled = models.BooleanField(_("switched on"), default=True)

    class Meta:
        verbose_name = _("module switch")
        verbose_name_plural = _("module switches")
        constraints = [models.UniqueConstraint(fields=["node", "function"], name="module_switch_once")]

    def __str__(self) -> str:
        return self.function


class NodeSetting(Record):
    """What a node decides for itself and everything below it (see `inherited`); `value` is text in one fixed form.

    A locked value may not be overridden below: a deferred trigger (`node_setting_locked`) holds it for every writer.
    """

    scope_path = {"node": "node_id"}

    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="settings", verbose_name=_("node"))
    code = models.CharField(_("setting"), max_length=80)
    value = models.CharField(_("value"), max_length=500)
    locked = models.BooleanField(_("fixed for everything below"), default=False)
    starts_on = models.DateField(_("from"), default=dt.date(1990, 1, 1))

    class Meta:
        verbose_name = _("setting of a node")
        verbose_name_plural = _("settings of nodes")
        ordering = ("code", "node_id", "starts_on")
        constraints = [models.UniqueConstraint(fields=["node", "code", "starts_on"], name="node_setting_once")]

    def __str__(self) -> str:
        return f"{self.node} {self.code}"


class OwnFieldDefinition(Record):
    """A field the operator added to a register (`lokum.core.desk.own_fields` tells how its values are kept)."""

    class Type(models.TextChoices):
        TEXT = "text", _("text")
        INTEGER = "integer", _("whole number")
        DECIMAL = "decimal", _("number with decimals")
        MONEY = "money", _("money")
        DATE = "date", _("date")
        CHOICE = "choice", _("choice")

    scope_open = True

    object_label = models.CharField(_("register"), max_length=100)  # "estates.premises"
    code = models.CharField(
        _("code"),
        max_length=40,
        validators=[
            RegexValidator(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$", _("Small letters, digits and single underscores."))
        ],
        help_text=_("Names the field in sheets, formulas and the API."),
    )
    label = models.CharField(_("name"), max_length=100)
    type = models.CharField(_("type"), max_length=10, choices=Type.choices)
    choices = models.TextField(_("choices, one per line"), blank=True)
    required = models.BooleanField(_("required"), default=False)
    in_list = models.BooleanField(_("shown in the list"), default=False)
    dated = models.BooleanField(
        _("dated"), default=False, db_default=False,
        help_text=_("Every value is kept with the days on which it held. A field that a formula reads is dated."),
    )  # fmt: skip
    position = models.PositiveSmallIntegerField(pgettext_lazy("place in a list", "position"), default=100)
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("own field")
        verbose_name_plural = _("own fields")
        ordering = ("object_label", "position", "code")
        constraints = [
            models.UniqueConstraint(fields=["object_label", "code"], name="own_field_code"),
            models.UniqueConstraint(fields=["object_label", "label"], name="own_field_label"),
            models.CheckConstraint(
                condition=(Q(type="choice") & ~Q(choices="")) | (~Q(type="choice") & Q(choices="")),
                name="own_field_choices",
                violation_error_message=_("Choices belong to the type “choice”, and only to it."),
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def options(self) -> list[str]:
        return [line.strip() for line in self.choices.splitlines() if line.strip()]


class PackRule(Record):
    """A dated rule or rate of a country pack, added as data: key ("interest.statutory"), first day, value."""

    scope_open = True

    pack = models.CharField(_("country pack"), max_length=10)
    key = models.CharField(_("rule"), max_length=80)
    valid_from = models.DateField(_("valid from"))
    value = models.JSONField(_("value"))
    source = models.CharField(_("source"), max_length=250, blank=True)
    recorded_at = models.DateTimeField(_("entered at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("country rule")
        verbose_name_plural = _("country rules")
        ordering = ("pack", "key", "valid_from")
        constraints = [models.UniqueConstraint(fields=["pack", "key", "valid_from"], name="pack_rule_once")]

    def __str__(self) -> str:
        return f"{self.pack} {self.key} {self.valid_from}"
