"""Registers of splits among payers: started and ended by acts, never edited."""

import datetime as dt
from fractions import Fraction
from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.desk.addresses import url_of
from lokum.core.desk.desk import Action, ModelDesk, Tab, register
from lokum.core.desk.fields import DayInput
from lokum.money.charges.models import Component
from lokum.money.charges.services.payers import Share, end_split, split_payers
from lokum.money.ledger.models import PayerShare, PayerSplit
from lokum.money.ledger.scope import require_within
from lokum.property.occupancy.models import Agreement
from lokum.property.parties.models import Party


class SplitForm(forms.Form):
    agreement = forms.ModelChoiceField(queryset=Agreement.objects.all(), label=gettext_lazy("Agreement"))
    component = forms.ModelChoiceField(
        queryset=Component.objects.all(), required=False, label=gettext_lazy("Only this component"),
        help_text=gettext_lazy("Left empty: all charges that have no split of their own."),
    )  # fmt: skip
    since = forms.DateField(label=gettext_lazy("From month"), widget=DayInput())
    shares = forms.CharField(
        label=gettext_lazy("Shares"), max_length=500,
        help_text=gettext_lazy("Number of the person and fraction, with commas between: P-17 1/2, P-18 1/2."),
    )  # fmt: skip
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=250)


class EndForm(forms.Form):
    until = forms.DateField(label=gettext_lazy("To month"), widget=DayInput())
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=250)


def read_shares(text: str) -> list[Share]:
    """Pairs "person fraction" with commas between. Raises Refusal naming the pair that cannot be read."""
    pairs = [part.split() for part in text.replace("\n", ",").replace(";", ",").split(",") if part.strip()]
    codes = {pair[0] for pair in pairs}
    people = dict(Party.objects.filter(code__in=codes).values_list("code", "pk"))
    found = []
    for pair in pairs:
        words = " ".join(pair)
        try:
            found.append(Share(people[pair[0]], Fraction(pair[1])))
        except (KeyError, IndexError, ValueError, ZeroDivisionError):
            message = _("“%(words)s” is not a number of a person and a fraction.") % {"words": words}
            raise Refusal("split.unread", message, fields={"shares": [message]}) from None
    return found


def start_split(
    *, agreement: Agreement, since: dt.date, shares: str, reason: str, actor: Actor, component: Component | None = None
) -> PayerSplit:
    with transaction.atomic():
        split = split_payers(
            agreement.pk, since, read_shares(shares), component_id=component.pk if component else None, reason=reason,
            actor=actor,
        )  # fmt: skip
        require_within(split, actor, "start")
        return split


def _component(split: PayerSplit) -> Any:
    return Component.objects.filter(pk=split.component_key).first() if split.component_key else None


@register
class PayerSplitDesk(ModelDesk):
    model = PayerSplit
    purpose = gettext_lazy(
        "How the charges of an agreement are shared by several payers, each with an account of their own."
    )
    section = "ledger"
    icon = "users"
    order = 12
    columns = ("agreement", "agreement__payer", "component", "valid", "denominator", "reason")
    cell = {"component": _component}
    labels = {"component": gettext_lazy("Component")}
    search = ("agreement__code", "agreement__payer__last_name")
    filters = ("agreement__entity", "valid")
    related = ("agreement__entity", "agreement__payer")
    facts = ("agreement", "valid", "reason")
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False
    tabs = (Tab("shares", gettext_lazy("Shares"), child=PayerShare, lookup="split"),)
    actions = (
        Action("start", gettext_lazy("Share charges among payers"), start_split, icon="plus", tone="primary",
               form=SplitForm, collection=True, result_url=url_of,
               confirm=gettext_lazy("From this month on each payer gets a notice of the own share. A split in force "
                                    "ends.")),
        Action("end", gettext_lazy("End"), end_split, icon="x", form=EndForm, tone="warn",
               confirm=gettext_lazy("Afterwards the payer of the agreement is charged alone again.")),
    )  # fmt: skip


@register
class PayerShareDesk(ModelDesk):
    model = PayerShare
    section = "ledger"
    menu = False
    columns = ("split", "account", "account__payer", "numerator", "split__denominator")
    filters = ("account__entity",)
    related = ("split__agreement", "account__payer")
    facts = ("split", "account", "numerator")
    fields = ()
    editable = addable = deletable = False
    searchable_globally = False
