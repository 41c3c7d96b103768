"""Forms of actions on people and companies."""

from django import forms
from django.utils.translation import gettext_lazy as _

from lokum.property.parties.models import Party


class MergeForm(forms.Form):
    merged = forms.ModelChoiceField(
        label=_("merge into it"),
        queryset=Party.objects.filter(merged_into=None),
        help_text=_("This record's titles, agreements, accounts and contacts move over; that can be undone."),
    )


class AddressForm(forms.Form):
    street = forms.CharField(label=_("street and number"), max_length=150)
    postal_code = forms.CharField(label=_("postal code"), max_length=12, required=False)
    city = forms.CharField(label=_("town"), max_length=100)
    country = forms.CharField(label=_("country"), max_length=2, initial="PL")
    valid_from = forms.DateField(label=_("from"))
