"""Questions of the guided signing of an agreement with a customer without premises."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from lokum.core.desk.forms import Section
from lokum.core.organisation.models import Entity
from lokum.money.charges.models import Component, Package
from lokum.property.estates.models import Building, Premises
from lokum.property.parties.models import Party
from lokum.property.supply.models import SupplyPoint

CUSTOMER = ("party", "party_kind", "last_name", "first_name", "tax_number", "email", "phone", "doubles_seen")
TERMS = ("valid_from", "valid_to", "due_day", "code", "packages", "components")
POINT = ("point", "place", "number", "resource", "address", "contracted", "entity")


class SignHereForm(forms.Form):
    """The customer, known or new, and the terms; the supply point is the record the form stands on."""

    party = forms.ModelChoiceField(
        label=_("known customer"), queryset=Party.objects.filter(merged_into=None), required=False
    )
    party_kind = forms.ChoiceField(label=_("kind"), choices=Party.Kind.choices, initial="company", required=False)
    last_name = forms.CharField(
        label=_("last name or company name"), max_length=200, required=False,
        help_text=_("Only for a new customer."),
    )  # fmt: skip
    first_name = forms.CharField(label=_("first name"), max_length=100, required=False)
    tax_number = forms.CharField(label=_("tax number"), max_length=20, required=False)
    email = forms.EmailField(label=_("e-mail"), required=False)
    phone = forms.CharField(label=_("phone"), max_length=40, required=False)
    doubles_seen = forms.BooleanField(label=_("a similar customer is somebody else"), required=False)
    valid_from = forms.DateField(label=_("from"))
    valid_to = forms.DateField(label=_("last day"), required=False, help_text=_("Empty: until further notice."))
    due_day = forms.IntegerField(label=_("own due day"), min_value=1, max_value=28, required=False)
    code = forms.CharField(
        label=_("number of the agreement"), max_length=40, required=False,
        help_text=_("Left empty it is given by the program."),
    )  # fmt: skip
    packages = forms.ModelMultipleChoiceField(
        label=_("packages of components"), queryset=Package.objects.select_related("entity"), required=False
    )
    components = forms.ModelMultipleChoiceField(
        label=_("components charged"), queryset=Component.objects.select_related("entity"), required=False
    )
    sections: tuple[Section, ...] = (Section(_("Customer"), CUSTOMER), Section(_("Agreement"), TERMS))

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if bool(values.get("party")) == bool(values.get("last_name")):
            text = _now("Choose a known customer or write the name of a new one.")
            self.add_error("party", ValidationError(text, code="customer"))
        return values


class SignForm(SignHereForm):
    """As above with the supply point, known or new."""

    point = forms.ModelChoiceField(label=_("known supply point"), queryset=SupplyPoint.objects.all(), required=False)
    place = forms.ModelChoiceField(
        label=_("network or ground"), queryset=Building.objects.exclude(kind=Building.Kind.BUILDING), required=False,
        help_text=_("Only for a new supply point."),
    )  # fmt: skip
    number = forms.CharField(label=_("number in the network"), max_length=20, required=False)
    resource = forms.ChoiceField(
        label=_("what is supplied"), choices=[("", "–"), *Premises.Resource.choices], required=False
    )
    address = forms.CharField(label=_("address of the supply point"), max_length=200, required=False)
    contracted = forms.DecimalField(
        label=_("contracted quantity"), max_digits=14, decimal_places=4, min_value=0, required=False, localize=True,
        help_text=_("Heat: kW of power. Water: m³ a month. Ground: m²."),
    )  # fmt: skip
    entity = forms.ModelChoiceField(
        label=_("entity"), queryset=Entity.objects.filter(closed_on=None), required=False,
        help_text=_("Whose books a new supply point belongs to; empty: the only one of its office."),
    )  # fmt: skip
    sections = (
        Section(_("Customer"), CUSTOMER),
        Section(_("Supply point"), POINT),
        Section(_("Agreement"), TERMS),
    )
    field_order = (*CUSTOMER, *POINT, *TERMS)

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if bool(values.get("point")) == bool(values.get("place")):
            text = _now("Choose a known supply point, or the network of a new one.")
            self.add_error("point", ValidationError(text, code="point"))
        elif values.get("place"):
            for name in ("number", "resource"):
                if not values.get(name):
                    self.add_error(name, ValidationError(_now("This field is required."), code="required"))
        return values
