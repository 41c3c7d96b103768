"""Forms of splits and merges: the day, what the premises become, who owns what was merged."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from lokum.core.base import policy
from lokum.property.estates.models import PLACE_KINDS, FactKind, Premises
from lokum.property.occupancy.forms import HoldersField, HoldersForm
from lokum.property.parties.models import Party
from lokum.property.reshaping.models import OWNER_KINDS, Reshaping
from lokum.property.reshaping.queries import ValueLine
from lokum.property.reshaping.services import Planned
from lokum.property.reshaping.totals import SHARES

_FRACTION = re.compile(r"(\d{1,18})\s*/\s*(\d{1,18})")
_NAMES = ("code", "kind", "entrance", "storey", "register_number")


def fraction_of(text: str) -> tuple[int, int]:
    """A share as people type it: "305/10000"."""
    match = _FRACTION.fullmatch(text.strip())
    if match is None:
        raise ValidationError(_now("“%(text)s” is not a fraction such as 305/10000.") % {"text": text.strip()})
    return int(match[1]), int(match[2])


def number_of(text: str) -> Decimal:
    try:
        value = Decimal(text.strip().replace("\xa0", "").replace(" ", "").replace(",", "."))
    except InvalidOperation:
        raise ValidationError(_now("“%(text)s” is not a number.") % {"text": text.strip()}) from None
    if not value.is_finite():
        raise ValidationError(_now("“%(text)s” is not a number.") % {"text": text.strip()})
    return value


class _DayForm(forms.Form):
    effective_on = forms.DateField(
        label=_("with effect from"), help_text=_("The first day of the new premises."),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    document = forms.CharField(label=_("deed or other document"), max_length=200, required=False)
    corrects_posted = forms.BooleanField(
        label=_("months posted already go to the corrections"), required=False,
        help_text=_("Otherwise months charged beyond the day stand in the way."),
    )  # fmt: skip


class SplitForm(_DayForm):
    """Begins a split on the page of the premises."""


class MergeForm(_DayForm):
    """Begins a merge of chosen premises."""


class MergeCodesForm(_DayForm):
    """Begins a merge of premises given by code, within the user's sight; the first one leads."""

    user: Any = None
    premises = forms.CharField(
        label=_("premises to merge"), widget=forms.Textarea({"rows": 3}),
        help_text=_("Their codes, one per line; the first one leads."),
    )  # fmt: skip

    field_order = ("premises", "effective_on", "document", "corrects_posted")

    def clean_premises(self) -> list[Premises]:
        found = []
        for code in self.cleaned_data["premises"].split():
            rows = policy.allowed(Premises.objects.proper().filter(code__iexact=code), self.user, "view")
            premises = rows.first()
            if premises is None:
                raise ValidationError(_now("There are no premises %(code)s.") % {"code": code})
            found.append(premises)
        return found


class ResultsTextForm(forms.Form):
    """What the premises become as lines of text: for the API and for pasting."""

    record: Any = None
    results = forms.CharField(
        label=_("new premises"), widget=forms.Textarea({"rows": 6}),
        help_text=_("One per line: number; then name=value, for example 12A; usable_area=30.5; share=305/10000. "
                    "What is left out for one of them is the rest."),
    )  # fmt: skip

    def clean_results(self) -> list[Planned]:
        lines = [line for line in self.cleaned_data["results"].splitlines() if line.strip()]
        return [planned_of(line, self.record) for line in lines]


def planned_of(line: str, act: Reshaping) -> Planned:
    """One line of text: "12A; kind=office; usable_area=30.5; share=305/10000"."""
    number, *pairs = (part.strip() for part in line.split(";"))
    words: dict[str, str] = {}
    facts: dict[str, Decimal] = {}
    shares: dict[str, tuple[int, int]] = {}
    for pair in filter(None, pairs):
        name, equals, text = (part.strip() for part in pair.partition("="))
        if not equals or not text:
            raise ValidationError(_now("“%(text)s” is not name=value.") % {"text": pair})
        if name in _NAMES:
            words[name] = text
        elif name in SHARES:
            shares[name] = fraction_of(text)
        elif name in FactKind.values:
            facts[name] = number_of(text)
        else:
            raise ValidationError(_now("“%(text)s” is not name=value.") % {"text": pair})
    return _planned(act, number, words, facts, shares)


def _planned(
    act: Reshaping,
    number: str,
    words: Mapping[str, str],
    facts: Mapping[str, Decimal],
    shares: Mapping[str, tuple[int, int]],
) -> Planned:
    building = act.premises.building
    entrance = storey = None
    if words.get("entrance"):
        entrance = building.entrances.filter(code__iexact=words["entrance"]).first()
        if entrance is None:
            raise ValidationError(_now("There is no entrance %(code)s.") % {"code": words["entrance"]})
    if words.get("storey"):
        level = words["storey"].removeprefix("+")
        plain = level.removeprefix("-").isdigit() and len(level) < 5
        storey = building.storeys.filter(level=int(level)).first() if plain else None
        if storey is None:
            raise ValidationError(_now("There is no storey %(level)s.") % {"level": words["storey"]})
    if words.get("kind", Premises.Kind.DWELLING) not in dict(PLACE_KINDS):
        raise ValidationError(_now("There are no premises of the kind “%(kind)s”.") % {"kind": words["kind"]})
    return Planned(
        number, words.get("code", ""), words.get("kind", ""), entrance.pk if entrance else None,
        storey.pk if storey else None, words.get("register_number", ""), facts, shares,
    )  # fmt: skip


class ResultsForm(forms.Form):
    """The same as a table: a column for each of the new premises, a row for each kind of value."""

    def __init__(self, act: Reshaping, lines: Sequence[ValueLine], count: int, data: Any = None) -> None:
        super().__init__(data)
        self.act, self.lines, self.count = act, lines, count
        building = act.premises.building
        for place in range(1, count + 1):
            self.fields[f"number_{place}"] = forms.CharField(label=_("number"), max_length=20)
            self.fields[f"kind_{place}"] = forms.ChoiceField(label=_("kind"), choices=PLACE_KINDS)
            self.fields[f"entrance_{place}"] = forms.ModelChoiceField(
                building.entrances.all(), label=_("entrance"), required=False, empty_label=_now("as before")
            )
            self.fields[f"storey_{place}"] = forms.ModelChoiceField(
                building.storeys.all(), label=_("storey"), required=False, empty_label=_now("as before")
            )
            self.fields[f"register_number_{place}"] = forms.CharField(
                label=_("land register number"), max_length=40, required=False
            )
            for line in lines:
                self.fields[f"{line.kind}_{place}"] = _ValueField(line.is_share, label=line.label, required=False)
        self.initial = self._initial()

    def _initial(self) -> dict[str, Any]:
        found: dict[str, Any] = {f"kind_{place}": self.act.premises.kind for place in range(1, self.count + 1)}
        for place, row in enumerate(self.act.new_premises.all()[: self.count], start=1):
            found |= {
                f"number_{place}": row.number, f"kind_{place}": row.kind, f"entrance_{place}": row.entrance_id,
                f"storey_{place}": row.storey_id, f"register_number_{place}": row.register_number,
            }  # fmt: skip
            found |= {f"{kind}_{place}": text for kind, text in row.facts.items()}
            found |= {f"{kind}_{place}": f"{top}/{bottom}" for kind, (top, bottom) in row.shares.items()}
        return found

    def table(self) -> list[dict[str, Any]]:
        """Rows of the table: label, what the former premises have in all, a field for each of the new ones."""
        rows = [
            {"label": self.fields[f"{name}_1"].label, "before": "", "cells": self._cells(name)}
            for name in ("number", "kind", "entrance", "storey", "register_number")
        ]
        return rows + [
            {"label": line.label, "before": line.total_text, "cells": self._cells(line.kind)} for line in self.lines
        ]

    def _cells(self, name: str) -> list[Any]:
        return [self[f"{name}_{place}"] for place in range(1, self.count + 1)]

    def planned(self) -> list[Planned]:
        values = self.cleaned_data
        found = []
        for place in range(1, self.count + 1):
            given = {line: values[f"{line.kind}_{place}"] for line in self.lines}
            entrance, storey = values[f"entrance_{place}"], values[f"storey_{place}"]
            found.append(
                Planned(
                    values[f"number_{place}"], "", values[f"kind_{place}"], entrance.pk if entrance else None,
                    storey.pk if storey else None, values[f"register_number_{place}"],
                    {line.kind: value for line, value in given.items() if value is not None and not line.is_share},
                    {line.kind: value for line, value in given.items() if value is not None and line.is_share},
                )
            )  # fmt: skip
        return found


class _ValueField(forms.CharField):
    """A number, or a share as a fraction; None when left empty."""

    def __init__(self, is_share: bool, **kwargs: Any) -> None:
        super().__init__(max_length=40, **kwargs)
        self.is_share = is_share
        self.widget.attrs["inputmode"] = "text" if is_share else "decimal"

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        return fraction_of(text) if self.is_share else number_of(text)


class TitleForm(HoldersForm):
    """Who owns merged premises whose titles do not agree, and who pays."""

    holders = HoldersField(
        label=_("holders of the merged premises"), required=False,
        help_text=_("Only where the titles do not agree. One per line: number of the person and share, "
                    "for example P000012 1/2."),
    )  # fmt: skip
    kind = forms.ChoiceField(
        label=_("kind of the new title"), choices=[("", _("as before")), *OWNER_KINDS], required=False
    )
    member = forms.BooleanField(label=_("held by a member"), required=False)
    payer = forms.CharField(
        label=_("payer"), max_length=20, required=False,
        help_text=_("Number of the person; empty: who pays for all of them now."),
    )  # fmt: skip

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
    def initial_of(act: Reshaping) -> dict[str, Any]:
        lines = [
            one.party.code + ("" if one.numerator == one.denominator else f" {one.numerator}/{one.denominator}")
            for one in act.holders.select_related("party")
        ]
        return {
            "holders": "\n".join(lines), "kind": act.title_kind, "member": act.member,
            "payer": act.payer.code if act.payer else "",
        }  # fmt: skip
