"""Questions before a debt is given up or put off."""

from django import forms
from django.utils.translation import gettext_lazy as _

from lokum.core.desk.fields import DayInput
from lokum.money.arrears.models import Relief
from lokum.money.ledger.models import Account


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=250)


class ReliefForm(forms.Form):
    account = forms.ModelChoiceField(queryset=Account.objects.all(), label=_("Account"))
    document = forms.CharField(
        label=_("Document of the debt"), max_length=80, help_text=_("As it stands in the list of open items.")
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Relief.Kind.choices)
    amount = forms.DecimalField(
        label=_("Amount"), max_digits=14, decimal_places=2, required=False,
        help_text=_("Left empty: everything that is open."),
    )  # fmt: skip
    until = forms.DateField(label=_("Deferred until"), widget=DayInput(), required=False)
    acknowledged = forms.BooleanField(
        label=_("The payer asked in writing and so acknowledges the debt: limitation starts anew"), required=False
    )
    reason = forms.CharField(label=_("Reason"), max_length=500)
