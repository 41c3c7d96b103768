"""Questions before the ledger's actions."""

from django import forms
from django.utils.translation import gettext_lazy as _

from lokum.core.organisation.models import Entity


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=250)


class PeriodForm(forms.Form):
    entity = forms.ModelChoiceField(queryset=Entity.objects.all(), label=_("Entity"))
    month = forms.DateField(
        label=_("Month"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Any day of the month."),
    )


class SheetForm(forms.Form):
    """Range of an account sheet: one day, a month, a year, or any two days."""

    start = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    end = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    order = forms.ChoiceField(
        label=_("Order"),
        required=False,
        choices=[("newest", _("newest first")), ("oldest", _("oldest first"))],
    )
