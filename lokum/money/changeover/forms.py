"""Forms of the guided change of owner."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from lokum.core.base import policy
from lokum.money.changeover.models import OwnerChange
from lokum.money.changeover.services import Keys, Reading
from lokum.money.ledger.models import Account
from lokum.property.occupancy.forms import HoldersField, HoldersForm
from lokum.property.occupancy.models import EXCLUSIVE_KINDS, Title, TitleKind
from lokum.property.parties.models import Party


def _day(label: Any, help_text: Any = "") -> forms.DateField:
    return forms.DateField(
        label=label, help_text=help_text, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )


def _titles_that_may_end() -> QuerySet[Title]:
    """Owners' titles of which no change is in preparation."""
    prepared = OwnerChange.objects.filter(title=OuterRef("pk"), state=OwnerChange.State.PREPARED)
    return Title.objects.filter(~Exists(prepared), kind__in=EXCLUSIVE_KINDS)


class StartOnPremisesForm(forms.Form):
    transferred_on = _day(_("day of transfer"), _("The first day of the new owner."))
    document = forms.CharField(label=_("deed or other document"), max_length=200, required=False)


class StartForm(forms.Form):
    title = forms.ModelChoiceField(label=_("title that ends"), queryset=_titles_that_may_end())
    transferred_on = _day(_("day of transfer"), _("The first day of the new owner."))
    document = forms.CharField(label=_("deed or other document"), max_length=200, required=False)


class HoldersStepForm(HoldersForm):
    """Who takes over; people are given by number, within the user's sight."""

    transferred_on = _day(_("day of transfer"), _("The first day of the new owner."))
    kind = forms.ChoiceField(
        label=_("kind of the new title"), choices=[one for one in TitleKind.choices if one[0] in EXCLUSIVE_KINDS]
    )
    holders = HoldersField(label=_("new owners"))
    payer = forms.CharField(
        label=_("new payer"),
        max_length=20,
        required=False,
        help_text=_("Number of the person; empty: the first owner."),
    )
    due_day = forms.IntegerField(label=_("own due day"), min_value=1, max_value=28, required=False)
    member = forms.BooleanField(label=_("held by a member"), required=False)
    document = forms.CharField(label=_("deed or other document"), max_length=200, required=False)

    field_order = ("transferred_on", "kind", "holders", "payer", "due_day", "member", "document")

    def clean_payer(self) -> Party | None:
        code = self.cleaned_data["payer"].strip()
        if not code:
            return None
        rows = policy.allowed(Party.objects.filter(merged_into=None, code__iexact=code), self.user, "view")
        party: Party | None = rows.first()
        if party is None:
            raise ValidationError(_now("There is nobody with the number %(code)s.") % {"code": code})
        return party

    @staticmethod
    def initial_of(change: OwnerChange) -> dict[str, Any]:
        lines = [
            one.party.code + ("" if one.numerator == one.denominator else f" {one.numerator}/{one.denominator}")
            for one in change.holders.select_related("party")
        ]
        names = ("transferred_on", "kind", "due_day", "member", "document")
        return {name: getattr(change, name) for name in names} | {
            "holders": "\n".join(lines),
            "payer": change.payer.code if change.payer and lines else "",
        }


class MoveForm(forms.Form):
    """Which open balance goes where."""

    source = forms.ModelChoiceField(label=_("former account"), queryset=Account.objects.all())
    target = forms.ModelChoiceField(label=_("new account"), queryset=Account.objects.all())
    reason = forms.CharField(label=_("Reason"), max_length=250, min_length=3)


class UndoForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=250, min_length=3)


class DetailsStepForm(forms.Form):
    """Border readings, and what becomes of arrears, deposits and keys."""

    readings = forms.CharField(
        label=_("border readings"),
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("One meter per line: number, reading, unit; for example ZW-1204 381.52 m3."),
    )
    arrears = forms.ChoiceField(
        label=_("arrears of the former owner"), choices=OwnerChange.Arrears.choices, widget=forms.RadioSelect
    )
    takeover_document = forms.CharField(
        label=_("written takeover"), max_length=200, required=False, help_text=_("Needed when arrears are taken over.")
    )
    deposits = forms.ChoiceField(
        label=_("deposits of the former owner"), choices=OwnerChange.Deposits.choices, widget=forms.RadioSelect,
        required=False, initial=OwnerChange.Deposits.STAYS,
        help_text=_("A return or transfer is proposed with the change; another person decides."),
    )  # fmt: skip
    deposit_document = forms.CharField(
        label=_("agreement on deposits"), max_length=200, required=False, help_text=_("Needed when deposits pass on.")
    )
    keys = forms.CharField(
        label=_("keys handed over"), required=False, widget=forms.Textarea({"rows": 3}),
        help_text=_("One kind per line, the number first; for example 2 entrance door."),
    )  # fmt: skip
    handed_over = forms.CharField(label=_("other things handed over"), max_length=250, required=False)

    def clean_deposits(self) -> str:
        return self.cleaned_data["deposits"] or OwnerChange.Deposits.STAYS

    def clean_keys(self) -> list[Keys]:
        found = []
        for line in filter(None, (one.strip() for one in self.cleaned_data["keys"].splitlines())):
            count, _space, what = line.partition(" ")
            if not (count.isdecimal() and 0 < int(count) < 1000 and what.strip()):
                raise ValidationError(
                    _now("“%(line)s” is not a number of keys and what they are for.") % {"line": line}
                )
            found.append(Keys(what.strip()[:80], int(count)))
        return found

    def clean_readings(self) -> list[Reading]:
        found = []
        for line in self.cleaned_data["readings"].splitlines():
            parts = line.split()
            if not parts:
                continue
            try:
                value = Decimal(parts[1].replace(",", "."))
            except (IndexError, InvalidOperation):
                raise ValidationError(_now("“%(line)s” is not a meter with a reading.") % {"line": line.strip()})
            if not value.is_finite() or abs(value.adjusted()) > 9:
                raise ValidationError(_now("“%(line)s” is not a meter with a reading.") % {"line": line.strip()})
            found.append(Reading(parts[0][:60], value, " ".join(parts[2:])[:10]))
        return found

    @staticmethod
    def initial_of(change: OwnerChange) -> dict[str, Any]:
        names = ("arrears", "takeover_document", "deposits", "deposit_document", "handed_over")
        keys = [f"{one.count} {one.what}" for one in change.keys.all()]
        lines = [f"{one.meter} {one.value.normalize():f} {one.unit}".strip() for one in change.readings.all()]
        shown = {"readings": "\n".join(lines), "keys": "\n".join(keys)}
        return {name: getattr(change, name) for name in names} | shown
