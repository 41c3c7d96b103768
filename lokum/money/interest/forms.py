"""Questions before the actions of interest, and the calculator."""

import datetime as dt
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from lokum.core.desk.words import COUNTRIES
from lokum.core.organisation.models import Entity
from lokum.money.interest.calculation import Part
from lokum.money.interest.models import InterestPolicy, InterestRegime
from lokum.money.ledger.models import Account
from lokum.money.ledger.seams import packs_with_days_off


def day_field(label: Any, **over: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **over)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=250)


class MonthForm(forms.Form):
    entity = forms.ModelChoiceField(queryset=Entity.objects.all(), label=_("Entity"))
    month = day_field(_("Month"), help_text=_("Any day of the month."))


class WaiverForm(forms.Form):
    account = forms.ModelChoiceField(queryset=Account.objects.all(), label=_("Account"))
    amount = forms.DecimalField(
        label=_("Amount"), max_digits=16, decimal_places=2, min_value=Decimal("0.01"),
        help_text=_("Oldest debt first; unpaid notes before interest that is not noted yet."),
    )  # fmt: skip
    reason = forms.CharField(label=_("Reason"), max_length=250)


def _calendars() -> list[tuple[str, str]]:
    """Countries whose days off move a due day, as the reader calls them."""
    packs = packs_with_days_off()
    named = [(code.lower(), name) for code, name in COUNTRIES.options() if code.lower() in packs]
    return [("", _now("do not move the due day")), *named]


class CalculatorForm(forms.Form):
    """One debt, what was paid of it and when, and the terms."""

    regime = forms.ModelChoiceField(queryset=InterestRegime.objects.all(), label=_("Interest regime"))
    principal = forms.DecimalField(
        label=_("Amount of the debt"), max_digits=16, decimal_places=2, min_value=Decimal("0.01")
    )
    due_on = day_field(_("Due on"))
    as_of = day_field(_("Interest to"))
    country = forms.ChoiceField(
        label=_("Days off"),
        required=False,
        choices=_calendars,
    )
    parts = forms.CharField(
        label=_("Payments"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One in a line: day and amount, for example 2026-06-30 250.00."),
    )
    due_day_counts = forms.BooleanField(label=_("The due day counts as late"), required=False)
    grace_days = forms.IntegerField(label=_("Days of grace"), min_value=0, max_value=365, required=False)
    grace_start = forms.ChoiceField(
        label=_("After the grace interest runs"), choices=InterestPolicy.GraceStart.choices, required=False
    )
    cap_percent = forms.DecimalField(
        label=_("Cap in percent of the debt"), max_digits=6, decimal_places=2, min_value=Decimal("0.01"), required=False
    )
    rounding = forms.ChoiceField(
        label=_("Rounded is"), choices=InterestPolicy.Rounding.choices, initial="once", required=False
    )

    def clean_parts(self) -> list[Part]:
        found = []
        for line in self.cleaned_data["parts"].splitlines():
            words = re.split(r"[\s;]+", line.strip())
            if words == [""]:
                continue
            try:
                day, text = words
                amount = Decimal(text.replace(",", "."))
                if not amount.is_finite() or amount <= 0:
                    raise ValueError(text)
                found.append(Part(dt.date.fromisoformat(day), amount))
            except (ValueError, InvalidOperation) as error:
                raise forms.ValidationError(
                    _now("“%(line)s” is not a day and an amount.") % {"line": line.strip()}
                ) from error
        return found

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        paid = sum((one.amount for one in values.get("parts") or []), Decimal(0))
        if "principal" in values and paid > values["principal"]:
            self.add_error("parts", _now("More was paid than the debt."))
        return values
