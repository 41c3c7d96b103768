"""People and companies, kept once."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from lokum.core.access.models import User
from lokum.core.base import identifiers
from lokum.core.base.models import OwnFields, Record
from lokum.core.organisation.models import Node
from lokum.property.parties.identifiers import check_email, check_phone
from lokum.property.parties.names import listed


class Party(OwnFields, Record):
    """A person or a company, with at most one sign-in."""

    class Kind(models.TextChoices):
        PERSON = "person", _("Person")
        COMPANY = "company", _("Company")

    scope_path = {"party": "pk", "node": "home_node_id"}

    code = models.CharField(
        _("number"), max_length=20, unique=True, blank=True, help_text=_("Left empty it is given by the program.")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    last_name = models.CharField(_("last name or company name"), max_length=200)
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    country = models.CharField(_("country"), max_length=2, default="PL")
    personal_number = models.CharField(_("personal number"), max_length=20, blank=True)
    born_on = models.DateField(_("date of birth"), null=True, blank=True)
    other_document = models.CharField(_("other document"), max_length=80, blank=True)
    tax_number = models.CharField(_("tax number"), max_length=20, blank=True)
    statistical_number = models.CharField(_("statistical number"), max_length=20, blank=True)
    language = models.CharField(_("language"), max_length=10, default="pl")
    member_number = models.CharField(_("member number"), max_length=20, blank=True)
    home_node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="parties", verbose_name=_("kept by"))
    user = models.OneToOneField(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="party",
        verbose_name=_("sign-in"),
    )
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="merged_from"
    )
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("party")
        verbose_name_plural = _("people and companies")
        ordering = ("last_name", "first_name", "pk")
        indexes = [
            models.Index(fields=["personal_number"], name="party_personal_number", condition=~Q(personal_number="")),
            models.Index(fields=["tax_number"], name="party_tax_number", condition=~Q(tax_number="")),
            models.Index(
                models.Func("last_name", function="lokum_fold"),
                models.Func("first_name", function="lokum_fold"),
                name="party_folded_name",
            ),
        ]

    def __str__(self) -> str:
        return listed(self.first_name, self.last_name)

    def clean(self) -> None:
        """Numbers by the rules of the country, in their normal form."""
        if self.kind == self.Kind.COMPANY and self.personal_number:
            raise ValidationError(
                {"personal_number": ValidationError(_("A company has no personal number."), code="company")}
            )
        identifiers.check_fields(
            self,
            self.country,
            {
                "personal_number": identifiers.PERSONAL,
                "tax_number": identifiers.TAX,
                "statistical_number": identifiers.STATISTICAL,
            },
        )


class PartyContact(Record):
    """A phone number or e-mail address of a party."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("Phone")
        EMAIL = "email", _("E-mail")

    scope_path = {"party": "party_id", "node": "party__home_node_id"}

    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="contacts", verbose_name=_("party"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    value = models.CharField(_("number or address"), max_length=254)
    preferred = models.BooleanField(_("preferred"), default=False)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [models.UniqueConstraint(fields=["party", "kind", "value"], name="party_contact_once")]
        indexes = [models.Index(Lower("value"), name="party_contact_value")]

    def __str__(self) -> str:
        return self.value

    def clean(self) -> None:
        """Phones as +prefix and digits, e-mail addresses in lower case."""
        try:
            if self.kind == self.Kind.PHONE:
                country = self.party.country if self.party_id else "PL"
                self.value = check_phone(self.value, country)
            elif self.kind == self.Kind.EMAIL:
                self.value = check_email(self.value)
        except ValidationError as error:
            raise ValidationError({"value": error}) from error


class PartyAddress(Record):
    """Correspondence address of a party for a time."""

    scope_path = {"party": "party_id", "node": "party__home_node_id"}

    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="addresses", verbose_name=_("party"))
    street = models.CharField(_("street and number"), max_length=150)
    postal_code = models.CharField(_("postal code"), max_length=12, blank=True)
    city = models.CharField(_("town"), max_length=100)
    country = models.CharField(_("country"), max_length=2, default="PL")
    valid = DateRangeField(_("valid"))

    class Meta:
        verbose_name = _("correspondence address")
        verbose_name_plural = _("correspondence addresses")
        constraints = [
            ExclusionConstraint(
                name="party_address_no_overlap",
                expressions=[("party", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
            )
        ]

    def __str__(self) -> str:
        return f"{self.street}, {self.postal_code} {self.city}"

    def clean(self) -> None:
        identifiers.check_fields(self, self.country, {"postal_code": identifiers.POSTAL_CODE})


class Consent(Record):
    """A consent a party gave to a text of a certain version, and when it was withdrawn."""

    scope_path = {"party": "party_id", "node": "party__home_node_id"}

    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="consents", verbose_name=_("party"))
    purpose = models.CharField(_("purpose"), max_length=80)
    text_version = models.CharField(_("text version"), max_length=30)
    given_at = models.DateTimeField(_("given at"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")

    def __str__(self) -> str:
        return self.purpose


class PartyMerge(models.Model):
    """Two records of one person made one; `moved` lists every link moved, so that it can be undone."""

    scope_path = {"party": "kept_id", "node": "kept__home_node_id"}

    kept = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+", verbose_name=_("kept"))
    merged = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+", verbose_name=_("merged"))
    moved = models.JSONField(default=list)
    merged_at = models.DateTimeField(_("merged at"))
    undone_at = models.DateTimeField(_("undone at"), null=True)
    actor_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        constraints = [
            models.UniqueConstraint(fields=["merged"], condition=Q(undone_at__isnull=True), name="party_merged_once")
        ]

    def __str__(self) -> str:
        return f"{self.merged_id} → {self.kept_id}"
