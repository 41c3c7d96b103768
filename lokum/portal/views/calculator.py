"""A resident tries another number of persons or another forecast before declaring it; nothing is stored."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse

from lokum.core.base import clock
from lokum.core.desk.routes import resident
from lokum.money.charges.papers import unit_text
from lokum.money.charges.queries.simulation import MOST, Declarable, declarable_facts, simulate_facts
from lokum.portal import queries
from lokum.portal.frame import page
from lokum.property.occupancy.seams import remark_text
from lokum.property.occupancy.services import remarks_on_value


class FactsForm(forms.Form):
    """One field for each fact that may be declared otherwise; persons are counted in whole numbers."""

    def __init__(self, *args: Any, facts: Sequence[Declarable], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for fact in facts:
            whole = fact.kind == "persons"
            unit = "" if whole else f" ({unit_text(fact.unit)})"
            self.fields[fact.kind] = forms.DecimalField(
                label=fact.label + unit, min_value=0, max_value=MOST, decimal_places=0 if whole else 4, localize=True,
                initial=None if fact.value is None else Decimal(f"{fact.value.normalize():f}"),
                widget=forms.TextInput(attrs={"inputmode": "numeric" if whole else "decimal"}),
            )  # fmt: skip


def _remarks(
    premises_id: int, month: dt.date, facts: Sequence[Declarable], tried: Mapping[str, Decimal]
) -> list[dict[str, Any]]:
    """What the limits would say if a value that differs from the present one were declared."""
    return [
        {"label": fact.label, "text": remark_text(one.code, one.details), "impossible": one.impossible}
        for fact in facts if tried[fact.kind] != fact.value
        for one in remarks_on_value(premises_id, fact.kind, tried[fact.kind], month)
    ]  # fmt: skip


@resident
def calculator(request: HttpRequest, pk: int) -> HttpResponse:
    """What this month would cost with other persons or another forecast."""
    account = queries.own_account(request.user, pk)
    premises = account.agreement.premises if account is not None else None
    if account is None or premises is None or premises.is_supply_point:
        raise Http404  # at a supply point nothing is declared that a price could follow
    month = clock.first_of_month(clock.today(account.entity.time_zone))
    facts = declarable_facts(premises.pk, month)
    form = FactsForm(request.GET or None, facts=facts)
    context: dict[str, Any] = {"account": account, "month": month, "form": form}
    if form.is_bound and form.is_valid():
        context["result"] = simulate_facts(account, month, form.cleaned_data)
        context["remarks"] = _remarks(premises.pk, month, facts, form.cleaned_data)
    return page(request, "portal/calculator.html", "money", context)
