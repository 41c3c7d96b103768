"""Forms of actions on estates and premises."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lokum.core.organisation.models import Entity
from lokum.property.estates.models import FactKind


class CloseForm(forms.Form):
    closed_on = forms.DateField(label=_("last day"))


class FactForm(forms.Form):
    kind = forms.ChoiceField(label=_("fact"), choices=FactKind.choices)
    value = forms.DecimalField(label=_("value"), max_digits=14, decimal_places=4, localize=True)
    valid_from = forms.DateField(label=_("from"))
    valid_to = forms.DateField(label=_("last day"), required=False, help_text=_("Empty: until further notice."))
    source = forms.CharField(label=_("source document"), max_length=200)


class ShareForm(forms.Form):
    numerator = forms.IntegerField(label=_("numerator"), min_value=0)
    denominator = forms.IntegerField(label=_("denominator"), min_value=1)
    valid_from = forms.DateField(label=_("from"))


class EntityForm(forms.Form):
    entity = forms.ModelChoiceField(label=_("entity"), queryset=Entity.objects.all())
    valid_from = forms.DateField(label=_("from"))


class AsOfForm(forms.Form):
    """As of which day, and as known at which moment."""

    on = forms.DateField(label=_("as of"), required=False, widget=forms.DateInput({"type": "date"}))
    known_on = forms.DateField(
        label=_("as known at the end of"), required=False, widget=forms.DateInput({"type": "date"})
    )

    def days(self) -> tuple[Any, Any]:
        if not self.is_valid():
            return None, None
        return self.cleaned_data["on"], self.cleaned_data["known_on"]
