"""Matching by hand: which money of an account is free, which debts are open, and the form between them."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from lokum.core.base.context import Actor
from lokum.core.base.errors import Refusal
from lokum.core.base.templatetags.lokum import amount_text
from lokum.money.ledger.models import Account, Allocation, OpenItem
from lokum.money.ledger.services import FIXED_RULES, match_by_hand
from lokum.money.ledger.words import ALLOCATION_RULES

SHOWN = 100


def _items(account: Account, side: str) -> list[OpenItem]:
    rows = OpenItem.objects.filter(account=account, side=side, open_amount__gt=0).select_related("entry")
    return list(rows.order_by("due_on", "pk")[:SHOWN])


def matching_of(account: Account, user: Any) -> dict[str, Any]:
    """Open items of both sides and the last live matches of an account."""
    live = Allocation.objects.filter(account=account, undone_at__isnull=True).select_related("credit", "debit")
    matches = [
        {"row": one, "rule": ALLOCATION_RULES.text(one.rule), "undoable": one.rule not in FIXED_RULES}
        for one in live.order_by("-pk")[:SHOWN]
    ]
    return {
        "account": account,
        "credits": _items(account, "credit"),
        "debts": _items(account, "debit"),
        "matches": matches,
    }


def _words(item: OpenItem, account: Account) -> str:
    """Document, day and what is left of it, as the reader writes them."""
    day = date_format(item.due_on, "SHORT_DATE_FORMAT")
    return f"{item.entry} · {day} · {amount_text(item.open_amount, account.currency)}"


class MatchForm(forms.Form):
    """One credit, and an amount beside each debt it shall cover."""

    def __init__(self, account: Account, data: Any = None) -> None:
        super().__init__(data)
        self.account = account
        self.credits, self.debts = _items(account, "credit"), _items(account, "debit")
        choices = [(str(one.pk), _words(one, account)) for one in self.credits]
        self.fields["credit"] = forms.ChoiceField(choices=choices, label=_("Free money"))
        for one in self.debts:
            self.fields[f"debt_{one.pk}"] = forms.DecimalField(
                label=_words(one, account),
                required=False,
                min_value=Decimal(0),
                max_value=one.open_amount,
                decimal_places=2,
                max_digits=16,
            )

    @property
    def rows(self) -> list[tuple[OpenItem, Any]]:
        return [(one, self[f"debt_{one.pk}"]) for one in self.debts]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        credit = next((one for one in self.credits if str(one.pk) == values.get("credit")), None)
        total = sum((amount for _debt, amount in self.parts(values)), Decimal(0))
        if credit is not None and not total and not self.errors:
            self.add_error(None, _("Write an amount beside at least one debt."))
        if credit is not None and total > credit.open_amount:
            left = amount_text(credit.open_amount, self.account.currency)
            self.add_error("credit", _("Only %(left)s of this money is free.") % {"left": left})
        return values

    def parts(self, values: dict[str, Any]) -> list[tuple[int, Decimal]]:
        """(debt entry, amount) of the amounts that were written."""
        return [(one.pk, values[f"debt_{one.pk}"]) for one in self.debts if values.get(f"debt_{one.pk}")]


def matched(form: MatchForm, *, actor: Actor | None) -> bool:
    """Match as a valid form says; a refusal becomes an error of the form."""
    assert actor is not None
    chosen = form.cleaned_data
    try:
        match_by_hand(form.account.pk, int(chosen["credit"]), form.parts(chosen), actor=actor)
    except Refusal as refusal:
        form.add_error(None, str(refusal.message))
    return not form.errors
