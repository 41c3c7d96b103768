"""Questions before the actions of charges."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from lokum.core.desk.fields import DayInput
from lokum.core.organisation.models import Entity
from lokum.money.charges.models import ChargeBatch, Component, ReductionType
from lokum.money.ledger.models import Account
from lokum.property.estates.models import Building, Estate, Premises


class DayForm(forms.Form):
    on = forms.DateField(label=_("Day"), widget=DayInput())


class DetachForm(forms.Form):
    ends_on = forms.DateField(label=_("Last day"))


class MonthForm(forms.Form):
    entity = forms.ModelChoiceField(queryset=Entity.objects.all(), label=_("Entity"))
    month = forms.DateField(label=_("Month"), help_text=_("Any day of the month."))


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=250)


class RaisingForm(forms.Form):
    """What every way of raising charges asks for."""

    reason = forms.CharField(label=_("What for"), max_length=200, help_text=_("Stands on the notice."))
    month = forms.DateField(label=_("From month"), help_text=_("Any day of the month."))
    delivery = forms.ChoiceField(label=_("Delivery"), choices=ChargeBatch.Delivery.choices)
    due_on = forms.DateField(label=_("Due on"), required=False, help_text=_("Only for a document of its own."))


class RaiseOneForm(RaisingForm):
    account = forms.ModelChoiceField(queryset=Account.objects.all(), label=_("Account"))
    component = forms.ModelChoiceField(queryset=Component.objects.select_related("entity"), label=_("Component"))
    quantity = forms.DecimalField(label=_("Quantity"), max_digits=14, decimal_places=4, initial=1)
    price = forms.DecimalField(label=_("Net price"), max_digits=14, decimal_places=4)
    file = forms.FileField(label=_("Document"), required=False)
    field_order = ("account", "component", "quantity", "price", "reason", "month", "delivery", "due_on", "file")


class RaiseManyForm(RaisingForm):
    component = forms.ModelChoiceField(queryset=Component.objects.select_related("entity"), label=_("Component"))
    quantity = forms.DecimalField(label=_("Quantity"), max_digits=14, decimal_places=4, initial=1)
    price = forms.DecimalField(label=_("Net price"), max_digits=14, decimal_places=4)
    estate = forms.ModelChoiceField(queryset=Estate.objects.all(), required=False, label=_("Estate"))
    building = forms.ModelChoiceField(queryset=Building.objects.all(), required=False, label=_("Building"))
    premises_kind = forms.ChoiceField(
        choices=[("", _("every kind")), *Premises.Kind.choices], required=False, label=_("Kind of premises")
    )
    file = forms.FileField(label=_("Document"), required=False)
    field_order = ("component", "quantity", "price", "estate", "building", "premises_kind", "reason", "month",
                   "delivery", "due_on", "file")  # fmt: skip


class RaiseSheetForm(RaisingForm):
    entity = forms.ModelChoiceField(queryset=Entity.objects.all(), label=_("Entity"))
    file = forms.FileField(
        label=_("Sheet"),
        help_text=_("xlsx or csv with the columns: account number, component, quantity, net price, reason."),
    )
    field_order = ("entity", "file")


class BenchForm(forms.Form):
    """A formula to try: for which component, on which premises, with the state of which day."""

    component = forms.ModelChoiceField(queryset=Component.objects.none(), label=_("Component"))
    premises = forms.CharField(
        label=_("Premises"), required=False, widget=forms.TextInput(attrs={"placeholder": _("Code, such as A-1/12.")})
    )
    on = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    formula = forms.CharField(
        label=_("Formula"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "off"}),
        help_text=_("Empty: the formula of the component, or its price times its basis."),
    )

    def __init__(self, *args: Any, components: QuerySet[Component], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["component"].queryset = components  # type: ignore[attr-defined]


class ApplyForm(forms.Form):
    """An application for a reduction."""

    account = forms.ModelChoiceField(queryset=Account.objects.all(), label=_("Account"))
    reduction_type = forms.ModelChoiceField(queryset=ReductionType.objects.filter(active=True), label=_("Kind"))
    component = forms.ModelChoiceField(
        queryset=Component.objects.select_related("entity"), label=_("Component"), required=False,
        help_text=_("Empty: everything that is charged."),
    )  # fmt: skip
    percent = forms.DecimalField(label=_("Per cent"), max_digits=5, decimal_places=2, required=False)
    month_amount = forms.DecimalField(label=_("or net amount a month"), max_digits=14, decimal_places=2, required=False)
    limit_amount = forms.DecimalField(label=_("Net limit in total"), max_digits=14, decimal_places=2, required=False)
    first_month = forms.DateField(label=_("First month"), help_text=_("Any day of the month."))
    last_month = forms.DateField(label=_("To month"), help_text=_("Any day of the month."))
    reason = forms.CharField(label=_("Reason"), max_length=250)
    file = forms.FileField(label=_("Document"), required=False)


class LastMonthForm(forms.Form):
    last_month = forms.DateField(label=_("To month"), help_text=_("Any day of the month."))


class CompareForm(forms.Form):
    """Which posted months to compare with what is known now."""

    entity = forms.ModelChoiceField(queryset=Entity.objects.all(), label=_("Entity"))
    since = forms.DateField(label=_("From month"), help_text=_("Any day of the month."))
    until = forms.DateField(label=_("To month"), help_text=_("Any day of the month."))
    premises = forms.ModelChoiceField(
        queryset=Premises.objects.all(), required=False, label=_("Premises"), help_text=_("Empty: all of the entity.")
    )
    reason = forms.CharField(label=_("Reason"), max_length=250, help_text=_("Stands on the corrections."))
