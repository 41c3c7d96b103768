"""Forms of actions on estates and premises."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from lokum.core.base import policy
from lokum.core.desk.own_fields import own_fields
from lokum.core.organisation.models import Entity
from lokum.property.estates.models import (
    PLACE_FACTS,
    PLACE_KINDS,
    Building,
    CostShare,
    FactKind,
    Premises,
    PremisesGroup,
)


class PremisesForm(forms.ModelForm):  # type: ignore[type-arg]
    """Supply points are not added among premises: they have a register of their own."""

    kind = forms.ChoiceField(label=_("kind"), choices=PLACE_KINDS)

    class Meta:
        model = Premises
        fields = ("kind",)


class LastDayForm(forms.Form):
    last_on = forms.DateField(label=_("last day"))


class CloseForm(forms.Form):
    closed_on = forms.DateField(label=_("last day"))


class FactForm(forms.Form):
    kind = forms.ChoiceField(label=_("fact"), choices=[one for one in FactKind.choices if one[0] in PLACE_FACTS])
    value = forms.DecimalField(label=_("value"), max_digits=14, decimal_places=4, localize=True)
    valid_from = forms.DateField(label=_("from"))
    valid_to = forms.DateField(label=_("last day"), required=False, help_text=_("Empty: until further notice."))
    source = forms.CharField(label=_("source document"), max_length=200)


def _dated_fields() -> list[tuple[str, str]]:
    return [(one.code, one.label) for one in own_fields(Premises) if one.dated]


class OwnValueForm(forms.Form):
    code = forms.ChoiceField(label=_("own field"), choices=_dated_fields)
    value = forms.CharField(label=_("value"), max_length=500, required=False, help_text=_("Empty: none in this time."))
    valid_from = forms.DateField(label=_("from"))
    valid_to = forms.DateField(label=_("last day"), required=False, help_text=_("Empty: until further notice."))
    source = forms.CharField(label=_("source document"), max_length=200, required=False)


class ShareForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("kind"),
        choices=[("share", _("Ownership share")), *CostShare.Kind.choices],
        initial="share",
        required=False,
    )
    numerator = forms.IntegerField(label=_("numerator"), min_value=0)
    denominator = forms.IntegerField(label=_("denominator"), min_value=1)
    valid_from = forms.DateField(label=_("from"))


class EntityForm(forms.Form):
    entity = forms.ModelChoiceField(label=_("entity"), queryset=Entity.objects.all())
    valid_from = forms.DateField(label=_("from"))


class AsOfForm(forms.Form):
    """As of which day, and as known at which moment."""

    on = forms.DateField(label=_("as of"), required=False, widget=forms.DateInput({"type": "date"}))
    known_on = forms.DateField(
        label=_("as known at the end of"), required=False, widget=forms.DateInput({"type": "date"})
    )

    def days(self) -> tuple[Any, Any]:
        if not self.is_valid():
            return None, None
        return self.cleaned_data["on"], self.cleaned_data["known_on"]


class CodesField(forms.CharField):
    """Codes of records, one per line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea({"rows": 4}), required=False, **kwargs)


def records_of(model: type[Model], text: str, user: Any) -> list[Any]:
    """The records a person named by code, as far as that person may see them; an unknown code is refused by name."""
    codes = [line.strip() for line in text.splitlines() if line.strip()]
    found = {one.code: one for one in policy.allowed(model._default_manager.filter(code__in=codes), user, "view")}
    unknown = next((code for code in codes if code not in found), None)
    if unknown is not None:
        raise ValidationError(_now("There is nothing with the code “%(code)s”.") % {"code": unknown})
    return [found[code] for code in dict.fromkeys(codes)]


class GroupSpanForm(forms.Form):
    """A group and the time in it, for a selection of buildings or premises."""

    group = forms.ModelChoiceField(label=_("group of premises"), queryset=PremisesGroup.objects.all())
    valid_from = forms.DateField(label=_("from"))
    valid_to = forms.DateField(label=_("last day"), required=False, help_text=_("Empty: until further notice."))


class GroupPlacesForm(forms.Form):
    """Places that come into a group."""

    user: Any = None
    buildings = CodesField(label=_("buildings"), help_text=_("Codes, one per line. A building means all its premises."))
    premises = CodesField(label=_("single premises"), help_text=_("Codes, one per line; not for districts."))
    valid_from = forms.DateField(label=_("from"))
    valid_to = forms.DateField(label=_("last day"), required=False, help_text=_("Empty: until further notice."))

    def clean_buildings(self) -> list[Building]:
        return records_of(Building, self.cleaned_data["buildings"], self.user)

    def clean_premises(self) -> list[Premises]:
        return records_of(Premises, self.cleaned_data["premises"], self.user)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not self.errors and not values.get("buildings") and not values.get("premises"):
            raise ValidationError(_now("Name at least one building or premises."))
        return values
