"""What the actions on rehearsals ask for."""

from django import forms
from django.utils.translation import gettext_lazy as _

from lokum.core.organisation.models import Entity


class MonthForm(forms.Form):
    entity = forms.ModelChoiceField(queryset=Entity.objects.all(), label=_("Entity"))
    month = forms.DateField(label=_("Month"), help_text=_("Any day of the month."))


class ApproveForm(forms.Form):
    reason = forms.CharField(
        label=_("Why in spite of the alarms"), required=False, max_length=250,
        help_text=_("Needed when the rehearsal shows alarms."),
    )  # fmt: skip
