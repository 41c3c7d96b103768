"""Questions before a decision is written down, a month claimed, money received, months taken out."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lokum.core.desk.fields import DayInput
from lokum.core.organisation.models import Entity
from lokum.money.allowances.models import Allowance
from lokum.money.ledger.models import Account
from lokum.property.parties.models import Party

ANY_DAY = _("Any day of the month.")


def _month(label: Any, *, required: bool = True, help_text: Any = ANY_DAY) -> forms.DateField:
    return forms.DateField(label=label, required=required, widget=DayInput(), help_text=help_text)


class GrantForm(forms.Form):
    account = forms.ModelChoiceField(queryset=Account.objects.all(), label=_("Account"))
    kind = forms.ChoiceField(label=_("Kind"), choices=Allowance.Kind.choices)
    body = forms.ModelChoiceField(queryset=Party.objects.all(), label=_("Payer body"))
    decision_number = forms.CharField(label=_("Decision number"), max_length=60)
    decided_on = forms.DateField(label=_("Decided on"), widget=DayInput())
    first_month = _month(_("First month"))
    last_month = _month(_("Last month"), required=False, help_text=_("Empty: until further notice."))
    monthly_amount = forms.DecimalField(
        label=_("Monthly amount"), min_value=Decimal("0.01"), max_digits=14, decimal_places=2
    )
    remark = forms.CharField(label=_("Remark"), max_length=250, required=False)


class SuspendForm(forms.Form):
    first_month = _month(_("First month without it"))
    last_month = _month(_("Last month without it"), required=False, help_text=_("Empty: until further notice."))
    reason = forms.CharField(label=_("Reason"), max_length=500)


class EndForm(forms.Form):
    first_month = _month(_("First month without it"))
    reason = forms.CharField(label=_("Reason"), max_length=500)


class ReclaimForm(forms.Form):
    first_month = _month(_("First month"))
    last_month = _month(_("Last month"), required=False, help_text=_("Empty: this month alone."))
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
