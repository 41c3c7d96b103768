"""Questions before the actions of interest, and the calculator."""

import datetime as dt
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from babel.numbers import get_territory_currencies
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from lokum.core.base.money import places_of, round_amount
from lokum.core.desk.words import COUNTRIES
from lokum.core.organisation.models import Entity
from lokum.money.interest.calculation import Part
from lokum.money.interest.models import InterestPolicy, InterestRegime
from lokum.money.ledger.models import Account
from lokum.money.ledger.seams import packs_with_days_off

FIRST_DAY, LAST_DAY = dt.date(1900, 1, 1), dt.date(2199, 12, 31)


def day_field(label: Any, **over: Any) -> forms.DateField:
    """A day in the reach of calendars and rate tables."""
    limits = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
    widget = forms.DateInput(attrs={"type": "date", "min": FIRST_DAY, "max": LAST_DAY}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, validators=limits, **over)


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


def _currencies() -> list[tuple[str, str]]:
    """Currencies in which entities keep their books."""
    kept = Entity.objects.order_by("currency").values_list("currency", flat=True).distinct()
    return [("", _now("that of the regime's country")), *((code, code) for code in kept)]


def currency_of(regime: InterestRegime) -> str:
    """The currency of a regime's country, "" for a regime of no country."""
    known: list[str] = get_territory_currencies(regime.country) if regime.country else []
    return known[0] if known else ""


class CalculatorForm(forms.Form):
    """One debt, what was paid of it and when, and the terms."""

    regime = forms.ModelChoiceField(queryset=InterestRegime.objects.all(), label=_("Interest regime"))
    principal = forms.DecimalField(
        label=_("Amount of the debt"), max_digits=16, decimal_places=2, min_value=Decimal("0.01")
    )
    currency = forms.ChoiceField(label=_("Currency"), required=False, choices=_currencies)
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
        if "regime" in values:
            values["currency"] = values.get("currency") or currency_of(values["regime"])
            self._check_units(values)
        return values

    def _check_units(self, values: dict[str, Any]) -> None:
        """Nobody owes a fraction of what the currency counts in."""
        currency = values["currency"]
        text = _now("Name an amount in whole units of %(currency)s.") % {"currency": currency}
        amounts = {"principal": [values.get("principal")], "parts": [one.amount for one in values.get("parts") or []]}
        for name, given in amounts.items():
            if any(one is not None and one != round_amount(one, places_of(currency)) for one in given):
                self.add_error(name, text)
