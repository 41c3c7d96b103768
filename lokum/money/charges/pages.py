"""What the pages of the charges show, put together from queries."""

from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from lokum.core.base import clock, policy
from lokum.money.charges.forms import BenchForm, DayForm
from lokum.money.charges.formulas.errors import FormulaError
from lokum.money.charges.formulas.facts import BOOLEAN, TEXT, known_facts
from lokum.money.charges.models import Component
from lokum.money.charges.papers import unit_text
from lokum.money.charges.queries.bench import check_everywhere, try_formula
from lokum.money.charges.queries.notices import told_segments
from lokum.money.charges.queries.premises_rates import premises_rates
from lokum.money.charges.services.formulas import error_text
from lokum.property.estates.models import Premises


def bench_context(data: QueryDict, user: Any) -> dict[str, Any]:
    """The form, and what the formula gives: a line with its steps, a mass check, or what is wrong and where."""
    components = policy.allowed(Component.objects.select_related("entity"), user, "view")
    form = BenchForm(data or None, components=components, initial={"on": clock.today()})
    context: dict[str, Any] = {"form": form, "facts": _vocabulary()}
    if not form.is_bound or not form.is_valid():
        return context
    chosen = form.cleaned_data
    component = chosen["component"]
    text = chosen["formula"].strip() or component.formula
    context |= {"component": component, "text": text, "currency": component.entity.currency, "on": chosen["on"]}
    try:
        if "everywhere" in data:
            return context | {"checked": check_everywhere(component, text, chosen["on"])}
        premises = policy.allowed(Premises.objects.filter(code=chosen["premises"]), user, "view").first()
        line = try_formula(component, text, premises.pk, chosen["on"]) if premises else None
    except FormulaError as error:
        start, end = error.position, error.position + 1
        return context | {
            "error": error_text(text, error),
            "before": text[:start], "at": text[start:end] or "␣", "after": text[end:],
        }  # fmt: skip
    parts = told_segments(line.explanation) if line and line.explanation else []
    return context | {"premises": premises, "line": line, "parts": parts, "unknown": line is None}


def rates_context(premises: Premises, user: Any, query: QueryDict) -> dict[str, Any]:
    """The card of premises on the day of the address (today without one), with the rates of every component."""
    form = DayForm(query if "on" in query else {"on": clock.today()})
    on = form.cleaned_data["on"] if form.is_valid() else clock.today()
    return {"form": form, "rates": premises_rates(premises.pk, on)}


def _vocabulary() -> list[tuple[str, str, str]]:
    """Every name a formula may use: name, meaning, unit."""
    rows = []
    for name, fact in known_facts().items():
        unit = "“…”" if fact.unit == TEXT else _("yes or no") if fact.unit == BOOLEAN else unit_text(fact.unit)
        rows.append((name, str(fact.label), unit))
    return rows
