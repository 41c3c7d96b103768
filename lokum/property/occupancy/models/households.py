"""Who lives in premises, and where the charged number of persons comes from."""

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lokum.core.base.fields import QuantityField
from lokum.core.base.models import Record
from lokum.property.estates.models import FactKind, Premises, PremisesFact
from lokum.property.occupancy.models.titles import PREMISES_SCOPE
from lokum.property.parties.models import Party


class PersonsSource(models.Model):
    """From which papers the charged number of persons of premises is taken, and since when.

    Without a row it comes from declarations. Where a residence register is kept, the fact `persons` follows the
    members of the household by itself and nobody declares a number.
    """

    class Source(models.TextChoices):
        REGISTER = "register", _("Residence register")
        DECLARATIONS = "declarations", _("Declarations")

    scope_path = PREMISES_SCOPE

    premises = models.ForeignKey(
        Premises, on_delete=models.CASCADE, related_name="persons_sources", verbose_name=_("premises")
    )
    source = models.CharField(_("persons come from"), max_length=12, choices=Source.choices)
    valid = DateRangeField(_("valid"))

    class Meta:
        verbose_name = _("source of the number of persons")
        verbose_name_plural = _("sources of the number of persons")
        ordering = ("premises_id", "valid")
        constraints = [
            ExclusionConstraint(
                name="persons_source_no_overlap",
                expressions=[("premises", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(condition=Q(valid__startswith__isnull=False), name="persons_source_begins"),
        ]

    def __str__(self) -> str:
        return str(self.get_source_display())


class HouseholdMember(Record):
    """A person of the household of premises, known as a party or by name, from and to a date."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        FAMILY = "family", _("Family member")
        TENANT = "tenant", _("Tenant")
        STAFF = "staff", _("Household staff")

    scope_path = PREMISES_SCOPE

    premises = models.ForeignKey(
        Premises, on_delete=models.PROTECT, related_name="household", verbose_name=_("premises")
    )
    party = models.ForeignKey(
        Party, on_delete=models.PROTECT, null=True, blank=True, related_name="households", verbose_name=_("party")
    )
    name = models.CharField(
        _("name"), max_length=200, blank=True, help_text=_("For a person who is not among the people kept here.")
    )
    role = models.CharField(_("role"), max_length=8, choices=Role.choices)
    counted = models.BooleanField(
        _("lives here"), default=True, help_text=_("Counts in the number of persons that is charged.")
    )
    valid = DateRangeField(_("valid"))
    document = models.CharField(_("source document"), max_length=200, blank=True)

    _loaded_premises_id: int | None = None

    class Meta:
        verbose_name = _("household member")
        verbose_name_plural = _("household members")
        ordering = ("premises_id", "valid", "pk")
        constraints = [
            ExclusionConstraint(
                name="household_party_once",
                expressions=[
                    ("premises", RangeOperators.EQUAL),
                    ("party", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
                condition=Q(party__isnull=False),
            ),
            models.CheckConstraint(
                condition=Q(party__isnull=False) | ~Q(name=""),
                name="household_member_named",
                violation_error_message=_("Name the person, or choose one of the people kept here."),
            ),
            models.CheckConstraint(condition=Q(valid__startswith__isnull=False), name="household_member_begins"),
        ]

    def __str__(self) -> str:
        return self.name or str(self.party)

    @classmethod
    def from_db(cls, db: Any, field_names: Any, values: Any, **options: Any) -> "HouseholdMember":
        loaded = super().from_db(db, field_names, values, **options)
        if "premises_id" in field_names:
            loaded._loaded_premises_id = loaded.premises_id
        return loaded

    def clean(self) -> None:
        if self._loaded_premises_id not in (None, self.premises_id):
            text = _("Somebody who moves leaves here with a date and is added there.")
            raise ValidationError({"premises": text})
        if self.valid is not None and self.valid.lower is None:
            raise ValidationError({"valid": _("Say from which day on.")})


class Declaration(Record):
    """A number of persons or a norm somebody declares for premises; accepted, it becomes the dated fact."""

    class State(models.TextChoices):
        SUBMITTED = "submitted", _("submitted")
        ACCEPTED = "accepted", _("accepted")
        REFUSED = "refused", _("refused")

    class Kind(models.TextChoices):
        PERSONS = FactKind.PERSONS.value, FactKind.PERSONS.label
        COLD_WATER = FactKind.COLD_WATER_FORECAST.value, FactKind.COLD_WATER_FORECAST.label
        HOT_WATER = FactKind.HOT_WATER_FORECAST.value, FactKind.HOT_WATER_FORECAST.label
        HEAT = FactKind.HEAT_FORECAST.value, FactKind.HEAT_FORECAST.label

    scope_path = PREMISES_SCOPE

    premises = models.ForeignKey(
        Premises, on_delete=models.PROTECT, related_name="declarations", verbose_name=_("premises")
    )
    kind = models.CharField(_("what"), max_length=24, choices=Kind.choices)
    value = QuantityField(_("declared value"))
    valid_from = models.DateField(_("from"))
    party = models.ForeignKey(
        Party,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="declarations",
        verbose_name=_("declared by"),
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.SUBMITTED)
    declared_at = models.DateTimeField(_("declared at"))
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_by_id = models.BigIntegerField(null=True)
    reason = models.CharField(_("reason"), max_length=250, blank=True)
    # Why the value is unusual: [{"code": ..., "details": {...}}], in words by `seams.remark_text`.
    remarks = models.JSONField(default=list, editable=False)
    # The entry of the register it became; charge lines name the same.
    fact = models.ForeignKey(
        PremisesFact, on_delete=models.SET_NULL, null=True, editable=False, related_name="declarations"
    )

    class Meta:
        verbose_name = _("declaration")
        verbose_name_plural = _("declarations")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["premises", "kind"], condition=Q(state="submitted"), name="declaration_open_once"
            ),
            models.CheckConstraint(condition=Q(value__gte=0), name="declaration_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.value.normalize():f}"
