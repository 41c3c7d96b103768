"""Forms of actions on people and companies."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lokum.core.access.forms import LinesField
from lokum.core.access.models import FirstPassword, GrantScope
from lokum.property.parties.models import Party


class MergeForm(forms.Form):
    merged = forms.ModelChoiceField(
        label=_("merge into it"),
        queryset=Party.objects.filter(merged_into=None),
        help_text=_("This record's titles, agreements, accounts and contacts move over; that can be undone."),
    )

    def narrow(self, record: Party) -> None:
        """Anybody but the record itself."""
        field: Any = self.fields["merged"]
        field.queryset = field.queryset.exclude(pk=record.pk)


class AddressForm(forms.Form):
    street = forms.CharField(label=_("street and number"), max_length=150)
    postal_code = forms.CharField(label=_("postal code"), max_length=12, required=False)
    city = forms.CharField(label=_("town"), max_length=100)
    country = forms.CharField(label=_("country"), max_length=2, initial="PL")
    valid_from = forms.DateField(label=_("from"))


class SignInForm(forms.Form):
    channel = forms.ChoiceField(label=_("Hand out by"), choices=FirstPassword.Channel.choices)


class SignInsForm(SignInForm):
    kind = forms.ChoiceField(
        label=_("Kind of place"),
        choices=[one for one in GrantScope.Kind.choices if one[0] != GrantScope.Kind.COMPONENT_CLASS],
    )
    codes = LinesField(label=_("Codes, one per line"), help_text=_("An entrance as building/entrance, e.g. B12/I."))
