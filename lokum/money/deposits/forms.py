"""Questions before something happens to a deposit."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lokum.core.desk.fields import DayInput
from lokum.core.organisation.models import Entity
from lokum.money.deposits.models import Deposit, DepositKind
from lokum.money.ledger.models import Account


def _amount(label: Any, help_text: Any = "", required: bool = False) -> forms.DecimalField:
    return forms.DecimalField(label=label, max_digits=14, decimal_places=2, required=required, help_text=help_text)


class EntityForm(forms.Form):
    entity = forms.ModelChoiceField(queryset=Entity.objects.all(), label=_("Entity"))


class CallForm(forms.Form):
    account = forms.ModelChoiceField(queryset=Account.objects.all(), label=_("Account"))
    kind = forms.ModelChoiceField(queryset=DepositKind.objects.all(), label=_("Kind of deposit"))
    amount = _amount(_("Amount"), _("Left empty: so many monthly rents as named below."))
    months = forms.DecimalField(
        label=_("Monthly rents"), max_digits=4, decimal_places=1, required=False, help_text=_("Instead of an amount.")
    )
    rent = _amount(_("Monthly rent"), _("Left empty: the rent last charged on the account."))
    due_on = forms.DateField(label=_("Due on"), widget=DayInput())
    words = forms.CharField(label=_("Note"), max_length=250, required=False)


class TakeOverForm(forms.Form):
    account = forms.ModelChoiceField(queryset=Account.objects.all(), label=_("Account"))
    kind = forms.ModelChoiceField(queryset=DepositKind.objects.all(), label=_("Kind of deposit"))
    amount = _amount(_("Amount"), required=True)
    paid_on = forms.DateField(label=_("Paid on"), widget=DayInput())
    rent = _amount(_("Monthly rent of that day"), _("Needed where the deposit is valorised."))
    words = forms.CharField(label=_("Note"), max_length=250, required=False)


class TopUpForm(forms.Form):
    amount = _amount(_("Amount"), required=True)
    due_on = forms.DateField(label=_("Due on"), widget=DayInput())
    rent = _amount(_("Monthly rent"), _("Left empty: the rent last charged on the account."))
    reason = forms.CharField(label=_("Reason"), max_length=250)


class AmountForm(forms.Form):
    amount = _amount(_("Amount"), _("Left empty: everything that is possible."))


class UseForm(forms.Form):
    amount = _amount(_("Amount"), _("Left empty: everything that is possible."))
    documents = forms.CharField(
        label=_("Documents of the debts"), required=False, max_length=500,
        help_text=_("Numbers with commas between. Left empty: debts that are due, the longest due first."),
    )  # fmt: skip
    reason = forms.CharField(label=_("Reason"), max_length=500)


class ReturnForm(forms.Form):
    amount = _amount(
        _("Amount"), _("Left empty: everything, with interest and valorisation; an amount goes back without them.")
    )
    rent = _amount(_("Monthly rent of the day of return"), _("Left empty: the rent last charged on the account."))
    cover_debts = forms.BooleanField(label=_("Debts that are due are deducted"), required=False, initial=True)
    payee_name = forms.CharField(
        label=_("Paid out to"), max_length=200, required=False, help_text=_("Left empty: the payer.")
    )
    payee_number = forms.CharField(label=_("Account number of the payee"), max_length=40, required=False)
    reason = forms.CharField(label=_("Reason"), max_length=500)


class ForfeitForm(forms.Form):
    amount = _amount(_("Amount"), _("Left empty: everything that is held."))
    reason = forms.CharField(label=_("Reason"), max_length=500)


class TransferForm(forms.Form):
    account = forms.ModelChoiceField(queryset=Account.objects.all(), label=_("Account of the new payer"))
    document = forms.CharField(label=_("Written agreement"), max_length=200)
    reason = forms.CharField(label=_("Reason"), max_length=250)

    def narrow(self, record: Deposit) -> None:
        """Other accounts of the same entity and currency."""
        field: Any = self.fields["account"]
        account = record.account
        rows = field.queryset.filter(entity_id=account.entity_id, currency=account.currency)
        field.queryset = rows.exclude(pk=account.pk)


class LeavingForm(forms.Form):
    left_on = forms.DateField(label=_("Left on"), widget=DayInput())


class InterestForm(forms.Form):
    through_on = forms.DateField(
        label=_("Interest to"), widget=DayInput(), required=False, help_text=_("Left empty: today.")
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=250)
