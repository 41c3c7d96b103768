"""Questions before documents are made."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lokum.core.base import policy
from lokum.core.desk.fields import DayInput
from lokum.core.organisation.models import Entity
from lokum.money.charges.models import ChargeRun, Component, Notice
from lokum.money.documents.choosing import (
    notices_that_settle,
    notices_to_invoice,
    payments_with_free_money,
    taxed_components,
)
from lokum.money.documents.models import AccountStatement, Advance, FeeChange
from lokum.money.payments.models import Payment
from lokum.property.estates.models import Building, PremisesGroup


def _day(label: Any, **kwargs: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=DayInput(), **kwargs)


class RangeForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=AccountStatement.Kind.choices)
    start = _day(_("From"))
    end = _day(_("To"))


class BulkStatementForm(RangeForm):
    entity = forms.ModelChoiceField(queryset=Entity.objects.all(), label=_("Entity"))
    building = forms.ModelChoiceField(queryset=Building.objects.all(), label=_("Only this building"), required=False)
    district = forms.ModelChoiceField(
        queryset=PremisesGroup.objects.all(), label=_("Only this district or group"), required=False
    )
    only_open = forms.BooleanField(label=_("Only accounts whose balance is not zero"), required=False)

    field_order = ("entity", "kind", "start", "end", "building", "district", "only_open")


class ReplyForm(forms.Form):
    reply = forms.ChoiceField(
        label=_("Reply"), choices=[one for one in AccountStatement.Reply.choices if one[0] != "none"]
    )
    reply_on = _day(_("Replied on"))
    reply_amount = forms.DecimalField(
        label=_("Amount named by the payer"), max_digits=14, decimal_places=2, required=False
    )
    reply_note = forms.CharField(label=_("What the payer wrote"), max_length=500, required=False)


class RunForm(forms.Form):
    run = forms.ModelChoiceField(queryset=ChargeRun.objects.filter(state="posted"), label=_("Month run"))


class FeeChangeForm(forms.Form):
    entity = forms.ModelChoiceField(queryset=Entity.objects.all(), label=_("Entity"))
    effective_on = _day(_("New fees from"), help_text=_("The first of a month; compared with the month before."))
    costs = forms.ChoiceField(label=_("Kind of costs"), choices=FeeChange.Costs.choices)
    reason = forms.CharField(label=_("Reason"), max_length=500, help_text=_("Stands in every letter."))
    late_reason = forms.CharField(
        label=_("Why notice is late"), max_length=500, required=False,
        help_text=_("Needed when the legal notice time is not kept."),
    )  # fmt: skip


class RequestForm(forms.Form):
    requested_on = _day(_("Requested on"), required=False, help_text=_("Needed when the buyer has no tax number."))
    exempt_reason = forms.CharField(
        label=_("Reason of exemption"), max_length=200, required=False,
        help_text=_("The provision exempt lines are exempt by; empty: that of the settings."),
    )  # fmt: skip


class InvoiceForm(RequestForm):
    notice = forms.ModelChoiceField(
        queryset=notices_to_invoice(Notice.objects.select_related("account")), label=_("Notice")
    )

    field_order = ("notice", "requested_on", "exempt_reason")


class RunInvoicesForm(RunForm):
    exempt_reason = RequestForm.base_fields["exempt_reason"]


class AdvanceForm(forms.Form):
    """Of a payment that is known: what its money is for."""

    component = forms.ModelChoiceField(
        queryset=taxed_components(Component.objects.select_related("entity")), label=_("Supply"),
        help_text=_("The component the money is for; its kind of VAT is that of the advance."),
    )  # fmt: skip
    amount = forms.DecimalField(
        label=_("Gross amount of the advance"), max_digits=14, decimal_places=2, required=False,
        help_text=_("Empty: all that is free of the payment."),
    )  # fmt: skip
    order_amount = forms.DecimalField(
        label=_("Gross value of the order"), max_digits=14, decimal_places=2, required=False,
        help_text=_("The whole supply the advance belongs to; empty: the advance alone."),
    )  # fmt: skip
    subject = forms.CharField(
        label=_("Words for the supply"),
        max_length=200,
        required=False,
        help_text=_("Empty: the name of the component."),
    )
    requested_on = RequestForm.base_fields["requested_on"]


def component_field(entity_id: int, user: Any) -> forms.Field:
    """Components of an entity whose advances may be taxed, as far as the user sees them."""
    rows = policy.allowed(taxed_components(Component.objects.filter(entity_id=entity_id)), user, "view")
    base = AdvanceForm.base_fields["component"]
    return forms.ModelChoiceField(queryset=rows, label=base.label, help_text=base.help_text)


class NewAdvanceForm(AdvanceForm):
    payment = forms.ModelChoiceField(
        queryset=payments_with_free_money(Payment.objects.select_related("account")), label=_("Payment")
    )

    field_order = ("payment", "component", "amount", "order_amount", "subject", "requested_on")


class ReturnForm(forms.Form):
    amount = forms.DecimalField(
        label=_("Gross amount given back"), max_digits=14, decimal_places=2, required=False,
        help_text=_("Empty: all that is left of the advance."),
    )  # fmt: skip
    reason = forms.CharField(label=_("Reason"), max_length=250, help_text=_("Stands on the correction."))


class SettleForm(InvoiceForm):
    """The notice whose invoice takes the advance off."""

    notice = forms.ModelChoiceField(queryset=Notice.objects.select_related("account"), label=_("Notice"))

    def narrow(self, record: Advance) -> None:
        field: Any = self.fields["notice"]
        field.queryset = notices_that_settle(record, field.queryset)
        field.help_text = _(
            "Those of the payer of the advance that hold something of its rate and have no invoice yet."
        )
