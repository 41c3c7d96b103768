"""Questions before a component or a package is attached to many places."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lokum.money.charges.models import Component, Package
from lokum.property.estates.forms import CodesField, records_of
from lokum.property.estates.models import Building, Estate, Premises, PremisesGroup
from lokum.property.occupancy.models import Agreement


class SpanForm(forms.Form):
    starts_on = forms.DateField(label=_("From"))
    ends_on = forms.DateField(label=_("Last day"), required=False, help_text=_("Empty: until further notice."))


class AttachManyForm(SpanForm):
    """Which places get it, by filter; an empty filter means all premises of the entity. Supply points only by name:
    by their kind, by agreements of supply, by their group or code."""

    user: Any = None
    estate = forms.ModelChoiceField(queryset=Estate.objects.all(), required=False, label=_("Estate"))
    building = forms.ModelChoiceField(queryset=Building.objects.all(), required=False, label=_("Building"))
    group = forms.ModelChoiceField(queryset=PremisesGroup.objects.all(), required=False, label=_("Group of premises"))
    premises_kind = forms.ChoiceField(
        choices=[("", _("every kind")), *Premises.Kind.choices], required=False, label=_("Kind of premises")
    )
    agreement_kind = forms.ChoiceField(
        choices=[("", _("with or without agreement")), *Agreement.Kind.choices], required=False,
        label=_("Kind of agreement on the first day"),
    )  # fmt: skip
    codes = CodesField(label=_("Only these"), help_text=_("Codes of premises or supply points, one per line."))
    field_order = ("estate", "building", "group", "premises_kind", "agreement_kind", "codes", "starts_on", "ends_on")

    def clean_codes(self) -> list[Premises]:
        return records_of(Premises, self.cleaned_data["codes"], self.user)


class AttachToChosenForm(SpanForm):
    """What a selection of places gets."""

    component = forms.ModelChoiceField(
        queryset=Component.objects.select_related("entity"), required=False, label=_("Component")
    )
    package = forms.ModelChoiceField(
        queryset=Package.objects.select_related("entity"), required=False, label=_("Package of components")
    )
    field_order = ("component", "package", "starts_on", "ends_on")

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if bool(values.get("component")) == bool(values.get("package")):
            self.add_error("component", _("Choose a component or a package."))
        return values
