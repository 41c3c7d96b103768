"""What a resident may choose above the account sheet."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lokum.core.base import clock
from lokum.money.ledger.queries import Account


class SheetFilter(forms.Form):
    """Account, range (a day, month, year or any two days) and order. Unusable input falls back to everything and
    is said beside the field."""

    account_id = forms.ChoiceField(label=_("Account"), required=False)
    sub = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    start = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    end = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    order = forms.ChoiceField(
        label=_("Order"), required=False, choices=[("newest", _("newest first")), ("oldest", _("oldest first"))]
    )

    def __init__(self, *args: Any, accounts: Sequence[Account], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.accounts = {str(account.pk): account for account in accounts}
        field: Any = self.fields["account_id"]
        field.choices = [(key, str(account)) for key, account in self.accounts.items()]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        start, end = cleaned.get("start"), cleaned.get("end")
        if start and end and end < start:
            self.add_error("end", _("The last day lies before the first."))
        return cleaned

    def _value(self, name: str) -> Any:
        self.is_valid()
        return getattr(self, "cleaned_data", {}).get(name)

    def account(self) -> Account | None:
        """The chosen account; the first one when none is named; None for one that is not the user's."""
        named = self.data.get("account_id", "") if self.is_bound else ""
        return self.accounts.get(named) if named else next(iter(self.accounts.values()), None)

    def range(self) -> tuple[dt.date | None, dt.date | None]:
        """First and last day; a month or year of the address bar (?month=2026-03, ?year=2026) wins."""
        month, year = self.data.get("month", ""), self.data.get("year", "")
        try:
            if month:
                first = dt.date.fromisoformat(f"{month}-01")
                return first, clock.last_of_month(first)
            if year:
                return dt.date(int(year), 1, 1), dt.date(int(year), 12, 31)
        except ValueError:
            return None, None
        return self._value("start"), self._value("end")

    def sub_account(self) -> int | None:
        """The sub-account the sheet is limited to; 0 is the main one, None all."""
        chosen: int | None = self._value("sub")
        return chosen

    def newest_first(self) -> bool:
        return self._value("order") != "oldest"


MONTH_INPUT = forms.DateInput(attrs={"type": "month"}, format="%Y-%m")


class NormForm(forms.Form):
    """Another advance norm for own premises, from a month on; of the whole home or of one person."""

    what = forms.ChoiceField(label=_("What do you want to change?"))
    value = forms.DecimalField(
        label=_("New amount in a month"), min_value=0, max_digits=10, decimal_places=3, localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )  # fmt: skip
    per = forms.ChoiceField(
        label=_("This is the amount"), widget=forms.RadioSelect, initial="home",
        choices=[("home", _("for the whole home")), ("person", _("for each person who lives there"))],
    )  # fmt: skip
    month = forms.DateField(label=_("From the month"), widget=MONTH_INPUT, input_formats=["%Y-%m", "%Y-%m-%d"])
    note = forms.CharField(label=_("Remark"), required=False, max_length=200)

    def __init__(self, *args: Any, norms: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.norms = {norm.key: norm for norm in norms}
        field: Any = self.fields["what"]
        field.choices = [(norm.key, str(norm)) for norm in norms]
        if len(norms) == 1:
            field.initial = norms[0].key

    def clean(self) -> dict[str, Any]:
        """`amount`: what is declared for the whole home."""
        cleaned: dict[str, Any] = super().clean() or {}
        norm, value = self.norms.get(str(cleaned.get("what"))), cleaned.get("value")
        if norm is None or value is None:
            return cleaned
        cleaned["norm"], cleaned["amount"] = norm, value
        if cleaned.get("per") == "person":
            if not norm.persons:
                self.add_error("per", _("Nobody is recorded as living there; give the amount for the whole home."))
            else:
                cleaned["amount"] = value * norm.persons
        return cleaned


class PersonsForm(forms.Form):
    """How many people live in own premises, from a month on."""

    premises = forms.ChoiceField(label=_("Premises"))
    count = forms.IntegerField(label=_("How many people live there?"), min_value=0, max_value=50)
    month = forms.DateField(
        label=_("From the month"),
        widget=forms.DateInput(attrs={"type": "month"}, format="%Y-%m"),
        input_formats=["%Y-%m", "%Y-%m-%d"],
    )
    note = forms.CharField(label=_("Remark"), required=False, max_length=200)

    def __init__(self, *args: Any, places: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = {str(place.pk): place for place in places}
        field: Any = self.fields["premises"]
        field.choices = [(key, place.place_text) for key, place in self.places.items()]
        if len(self.places) == 1:
            field.initial = next(iter(self.places))
