"""The generator's parameters as a form, and the form read back into plain parameters."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from lokum.core.organisation.models import Entity
from lokum.property.estates.generator import Parameters, Position, parse_numbers
from lokum.property.estates.models import PLACE_KINDS, Estate, FactKind

_DAY = forms.DateInput({"type": "date"}, format="%Y-%m-%d")


class NumbersField(forms.CharField):
    """Whole numbers and ranges: "4, 13-15"."""

    def clean(self, value: Any) -> frozenset[int]:  # type: ignore[override]
        text = str(super().clean(value))
        try:
            return parse_numbers(text)
        except ValueError as error:
            raise ValidationError(
                _now("“%(piece)s” is not a number or a range such as 13-15.") % {"piece": error}, code="numbers"
            ) from error


class GeneratorForm(forms.Form):
    entity = forms.ModelChoiceField(
        label=_("entity whose books the premises belong to"), queryset=Entity.objects.none()
    )
    valid_from = forms.DateField(label=_("valid from"), widget=_DAY)
    source = forms.CharField(label=_("source document"), max_length=200, required=False)
    street = forms.CharField(label=_("street"), max_length=120)
    postal_code = forms.CharField(label=_("postal code"), max_length=12, required=False)
    city = forms.CharField(label=_("town"), max_length=100, required=False)
    building_count = forms.IntegerField(label=_("number of buildings"), min_value=1, max_value=1000, initial=1)
    building_mask = forms.CharField(
        label=_("mask of building codes"),
        max_length=40,
        initial="{estate}-{n}",
        help_text=_("{n} counts, {n:2} counts with two digits, {estate} is the estate's code."),
    )
    first_building = forms.IntegerField(label=_("first building number"), min_value=0, initial=1)
    first_house_number = forms.IntegerField(label=_("first house number"), min_value=1, initial=1)
    house_number_step = forms.IntegerField(
        label=_("step of house numbers"),
        min_value=1,
        max_value=100,
        initial=1,
        help_text=_("2 for one side of a street."),
    )
    entrance_names = forms.ChoiceField(
        label=_("entrances are called"),
        choices=[("1", _("1, 2, 3 …")), ("A", _("A, B, C …")), ("", _("no entrances"))],
        required=False,
        initial="1",
    )
    entrance_count = forms.IntegerField(label=_("entrances per building"), min_value=1, max_value=100, initial=1)
    lowest_level = forms.IntegerField(label=_("lowest storey"), min_value=-10, max_value=200, initial=0)
    highest_level = forms.IntegerField(label=_("highest storey"), min_value=-10, max_value=200, initial=4)
    skipped_levels = NumbersField(label=_("storeys left out"), required=False, max_length=200)
    number_mask = forms.CharField(
        label=_("mask of premises numbers"),
        max_length=60,
        initial="{n}",
        help_text=_(
            "{n} counts; {entrance}, {storey}, {position} and {building} are filled in; {position:2} has two digits."
        ),
    )
    first_number = forms.IntegerField(label=_("first number"), min_value=0, initial=1)
    counting = forms.ChoiceField(
        label=_("numbers start again"),
        choices=[
            ("building", _("in each building")),
            ("entrance", _("in each entrance")),
            ("storey", _("on each storey")),
        ],
    )
    skipped = NumbersField(
        label=_("numbers left out"), required=False, max_length=500, help_text=_("For example 13, 40-49.")
    )
    skipped_digits = forms.RegexField(
        label=_("digits no number may contain"), regex=r"^[0-9]*$", required=False, max_length=10
    )

    def __init__(self, *args: Any, entities: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["entity"].queryset = entities  # type: ignore[attr-defined]
        if entities.count() == 1:
            self.fields["entity"].initial = entities.first()


def _area(kind: FactKind) -> forms.DecimalField:
    return forms.DecimalField(label=kind.label, min_value=0, decimal_places=4, max_digits=14, required=False)


class PositionForm(forms.Form):
    """One place on a storey."""

    kind = forms.ChoiceField(
        label=_("kind"),
        choices=[("", "–"), *PLACE_KINDS],
        required=False,
    )
    levels = NumbersField(label=_("storeys"), required=False, max_length=100)
    usable_area = _area(FactKind.USABLE_AREA)
    heated_area = _area(FactKind.HEATED_AREA)
    cellar_area = _area(FactKind.CELLAR_AREA)
    balcony_area = _area(FactKind.BALCONY_AREA)
    rooms = forms.IntegerField(label=FactKind.ROOMS.label, min_value=0, max_value=100, required=False)

    FACTS = ("usable_area", "heated_area", "cellar_area", "balcony_area", "rooms")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs |= {"aria-label": str(field.label), "class": f"narrow-{name}"}

    def position(self) -> Position | None:
        values = self.cleaned_data
        if not values.get("kind"):
            return None
        facts = {name: Decimal(values[name]) for name in self.FACTS if values.get(name) is not None}
        return Position(values["kind"], facts, values.get("levels") or frozenset())


PositionFormSet = forms.formset_factory(PositionForm, extra=0, min_num=10, max_num=60, absolute_max=60)


def parameters_of(estate: Estate, form: GeneratorForm, positions: Any) -> Parameters:
    """Plain parameters out of valid forms."""
    values = dict(form.cleaned_data)
    for name in ("entity", "valid_from", "source"):
        values.pop(name)
    places = [place for row in positions if (place := row.position()) is not None]
    return Parameters(estate_code=estate.code, positions=places, **values)
