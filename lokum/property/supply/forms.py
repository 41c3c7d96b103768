"""Forms of actions on supply points."""

from django import forms
from django.utils.translation import gettext_lazy as _

from lokum.property.estates.models import POINT_FACTS, FactKind


class PointFactForm(forms.Form):
    kind = forms.ChoiceField(label=_("fact"), choices=[one for one in FactKind.choices if one[0] in POINT_FACTS])
    value = forms.DecimalField(label=_("value"), max_digits=14, decimal_places=4, localize=True)
    valid_from = forms.DateField(label=_("from"))
    valid_to = forms.DateField(label=_("last day"), required=False, help_text=_("Empty: until further notice."))
    source = forms.CharField(label=_("source document"), max_length=200)
