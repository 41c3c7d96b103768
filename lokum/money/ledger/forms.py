"""Questions before the ledger's actions."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lokum.core.organisation.models import Entity
from lokum.money.ledger.models import Account
from lokum.property.parties.models import Party


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=250)


class CorrectionForm(forms.Form):
    change_amount = forms.DecimalField(
        label=_("Change"),
        max_digits=16,
        decimal_places=2,
        help_text=_("What the payer owes more; negative: less. Never more than is left of the document."),
    )
    line = forms.IntegerField(
        label=_("Ledger line"),
        required=False,
        help_text=_("Number of the line that changes. Empty: all lines in proportion."),
    )
    due_on = forms.DateField(label=_("Due on"), required=False, help_text=_("Of what is owed more."))
    reason = forms.CharField(label=_("Reason"), max_length=250)


class LineAmountsForm(forms.Form):
    """The amounts that shall stand, one field per line of a document, and the reason."""

    reason = forms.CharField(label=_("Reason"), max_length=250)

    def __init__(self, parts: Sequence[tuple[int, str, Decimal]], data: Any = None) -> None:
        super().__init__(data)
        for line_id, label, left in parts:
            self.fields[f"line_{line_id}"] = forms.DecimalField(
                label=label, max_digits=16, decimal_places=2, initial=left
            )

    def amounts(self) -> dict[int, Decimal]:
        found = self.cleaned_data
        return {int(name[5:]): found[name] for name in found if name.startswith("line_")}


class EntityForm(forms.Form):
    entity = forms.ModelChoiceField(queryset=Entity.objects.all(), label=_("Entity"))


class PeriodForm(forms.Form):
    entity = forms.ModelChoiceField(queryset=Entity.objects.all(), label=_("Entity"))
    month = forms.DateField(
        label=_("Month"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Any day of the month."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=250,
        required=False,
        help_text=_("Only when the checklist of the month shows open points."),
    )


class YearForm(forms.Form):
    entity = forms.ModelChoiceField(queryset=Entity.objects.all(), label=_("Entity"))
    year = forms.IntegerField(
        label=_("Year"), min_value=1990, max_value=2100, help_text=_("The calendar year in which the year begins.")
    )


class OpeningForm(forms.Form):
    entity = forms.ModelChoiceField(queryset=Entity.objects.all(), label=_("Entity"))
    file = forms.FileField(
        label=_("Sheet"),
        help_text=_(
            "xlsx or csv with the columns: account number, document, document date, due on, amount, debit or credit."
        ),
    )
    booked_on = forms.DateField(
        label=_("Day of the takeover"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    only_check = forms.BooleanField(
        label=_("Only check"), required=False, help_text=_("Shows what would be posted and posts nothing.")
    )


class SheetForm(forms.Form):
    """Range of an account sheet: one day, a month, a year, or any two days; all sub-accounts or one."""

    sub = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

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


class CoPayerForm(forms.Form):
    account = forms.ModelChoiceField(queryset=Account.objects.all(), label=_("Account"))
    party = forms.ModelChoiceField(queryset=Party.objects.all(), label=_("Person"))
    since = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    basis = forms.CharField(label=_("Basis"), max_length=200, required=False)
