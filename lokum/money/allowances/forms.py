"""Questions before a decision is written down, a month claimed, money received, months taken out."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lokum.core.desk.fields import DayInput
from lokum.core.organisation.models import Entity
from lokum.property.parties.models import Party

ANY_DAY = _("Any day of the month.")


def _month(label: Any, *, required: bool = True, help_text: Any = ANY_DAY) -> forms.DateField:
    return forms.DateField(label=label, required=required, widget=DayInput(), help_text=help_text)


class SuspendForm(forms.Form):
    first_month = _month(_("First month without it"))
    last_month = _month(_("Last month without it"), required=False, help_text=_("Empty: until further notice."))
    reason = forms.CharField(label=_("Reason"), max_length=500)


class EndForm(forms.Form):
    first_month = _month(_("First month without it"))
    reason = forms.CharField(label=_("Reason"), max_length=500)


class ReclaimForm(forms.Form):
    first_month = _month(_("First month"))
    last_month = _month(_("To month"), required=False, help_text=_("Empty: this month alone."))
    reason = forms.CharField(label=_("Reason"), max_length=500)


class LiftForm(forms.Form):
    first_month = _month(_("First month with it again"))
    reason = forms.CharField(label=_("Reason"), max_length=500)


class ClaimForm(forms.Form):
    entity = forms.ModelChoiceField(queryset=Entity.objects.all(), label=_("Entity"))
    month = _month(_("Month"))
    body = forms.ModelChoiceField(
        queryset=Party.objects.all(), label=_("Payer body"), required=False, help_text=_("Empty: all of them.")
    )


class ReceiveForm(forms.Form):
    amount = forms.DecimalField(label=_("Amount"), max_digits=16, decimal_places=2)
    received_on = forms.DateField(label=_("Received on"), widget=DayInput())
    reference = forms.CharField(label=_("Reference"), max_length=140, required=False)
    reason = forms.CharField(
        label=_("Reason of the difference"), max_length=250, required=False,
        help_text=_("Needed when less than the open amount came; the rest stays open at the payer body."),
    )  # fmt: skip
