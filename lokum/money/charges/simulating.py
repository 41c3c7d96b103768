"""The page that tries new prices on a whole entity: its form, and what the reader typed."""

from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lokum.core.base import clock
from lokum.core.desk.sheets import write_xlsx
from lokum.core.organisation.chosen import ask_entity
from lokum.core.organisation.models import Entity
from lokum.money.charges.models import Tariff
from lokum.money.charges.queries.simulation import SHOWN, Simulation, simulate_prices, wide_prices


class MonthChoice(forms.Form):
    entity = forms.ModelChoiceField(queryset=Entity.objects.none(), label=_("Entity"))
    month = forms.DateField(
        label=_("Month"), help_text=_("Any day of the month."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip


class PricesForm(forms.Form):
    """One field for each price that counts in the month; an empty field leaves it as it is."""

    def __init__(self, *args: Any, tariffs: list[Tariff], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for tariff in tariffs:
            self.fields[f"price-{tariff.pk}"] = forms.DecimalField(
                label=f"{tariff.component.local_name}, {_told(tariff)}", required=False, min_value=0,
                max_digits=14, decimal_places=4, localize=True,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "form-control num"}),
            )  # fmt: skip

    def prices(self) -> dict[int, Decimal]:
        found = self.cleaned_data.items()
        return {int(name.removeprefix("price-")): value for name, value in found if value is not None}


def _figure(price: Decimal) -> str:
    """A price without zeros at its end, with two places at least."""
    places = max(2, -int(price.normalize().as_tuple().exponent))
    return number_format(price, decimal_pos=places)


def _told(tariff: Tariff) -> str:
    """For whom a price is."""
    parts = [tariff.get_level_display(), str(tariff.building or tariff.group or "")]
    parts += [tariff.get_title_kind_display(), tariff.get_membership_display()]
    return " · ".join(part for part in map(str, parts) if part)


def simulation_context(request: HttpRequest) -> dict[str, Any]:
    """The choice of the month, the prices of it, and what other prices would come to."""
    data = request.GET
    form = ask_entity(MonthChoice, request, initial={"month": clock.add_months(clock.today().replace(day=1), 1)})
    context: dict[str, Any] = {"form": form, "rows": None}
    if not form.is_bound or not form.is_valid():
        return context
    entity, month = form.cleaned_data["entity"], clock.first_of_month(form.cleaned_data["month"])
    tariffs = list(wide_prices(entity.pk, month))
    asked = any(name.startswith("price-") for name in data)
    prices = PricesForm(data if asked else None, tariffs=tariffs)
    fields = [prices[f"price-{tariff.pk}"] for tariff in tariffs]
    rows = [(one, _told(one), _figure(one.price), field) for one, field in zip(tariffs, fields, strict=True)]
    context |= {"entity": entity, "month": month, "rows": rows, "currency": entity.currency, "prices": prices}
    if asked and prices.is_valid():
        everybody = data.get("format") == "xlsx"
        result = simulate_prices(entity.pk, month, prices.prices(), everybody=everybody)
        context |= {"result": result, "shown": SHOWN}
    return context


def simulation_workbook(result: Simulation) -> bytes:
    """All payers with what their month is made of, now and with the new prices."""
    headings = [gettext("Premises"), gettext("Payer"), *result.columns, gettext("With the new prices"), gettext("Now"),
                gettext("Difference")]  # fmt: skip
    return write_xlsx(
        headings,
        [[one.premises, one.name, *one.parts, one.after, one.now, one.difference] for one in result.payers],
    )
