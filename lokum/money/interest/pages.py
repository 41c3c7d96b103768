"""What the pages of interest show, put together from queries."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.core.base.money import places_of
from lokum.money.interest.calculation import RateUnknown, Terms, interest
from lokum.money.interest.forms import CalculatorForm
from lokum.money.interest.models import InterestPolicy, InterestRate, InterestRegime
from lokum.money.interest.rates import rates_of
from lokum.money.ledger.terms import calendar_of

MONTHS_SHOWN = 120


def rates_over_time(regime_id: str) -> dict[str, Any]:
    """The chosen regime (or the first one) with its rates, newest first, and a step line by months."""
    regimes = list(InterestRegime.objects.all())
    regimes.sort(key=lambda one: (one.kind != InterestRegime.Kind.STATUTORY, one.country, one.code))
    chosen = next((one for one in regimes if str(one.pk) == regime_id), regimes[0] if regimes else None)
    context: dict[str, Any] = {"regimes": regimes, "regime": chosen}
    if chosen is None:
        return context
    table = rates_of([chosen.pk])[chosen.pk]
    rows = InterestRate.objects.filter(regime=chosen, withdrawn_at__isnull=True).order_by("-valid_from")
    return context | {"rates": rows, "chart": _chart(chosen, table.steps), "limited": chosen.limit_id is not None}


def _chart(regime: InterestRegime, steps: tuple[tuple[dt.date, Decimal], ...]) -> dict[str, Any]:
    if not steps:
        return {}
    last = max(clock.first_of_month(clock.today()), clock.first_of_month(steps[-1][0]))
    first = max(clock.first_of_month(steps[0][0]), clock.add_months(last, -MONTHS_SHOWN))
    months, values = [], []
    while first <= last:
        known = [rate for day, rate in steps if day <= clock.last_of_month(first)]
        months.append(date_format(first, "YEAR_MONTH_FORMAT"))
        values.append(float(known[-1]))  # a picture, not an amount
        first = clock.add_months(first, 1)
    dataset = {"label": str(regime), "data": values, "tone": "primary", "stepped": True, "pointRadius": 0}
    return {"type": "line", "labels": months, "unit": "%" if regime.divisor == 36500 else "‰", "datasets": [dataset]}


def calculated(form: CalculatorForm) -> dict[str, Any]:
    """The calculation sheet of a valid form, or the reason why there is none."""
    chosen = form.cleaned_data
    country = chosen["country"]
    terms = Terms(
        due_day_counts=chosen["due_day_counts"],
        grace_days=chosen["grace_days"] or 0,
        from_grace_end=chosen["grace_start"] == InterestPolicy.GraceStart.END,
        cap_percent=chosen["cap_percent"],
        by_stretch=chosen["rounding"] == InterestPolicy.Rounding.STRETCH,
        places=places_of(chosen["currency"]),
        move=calendar_of(country).moved if country else None,
    )
    regime = chosen["regime"]
    try:
        rates = rates_of([regime.pk])[regime.pk]
        sheet = interest(chosen["principal"], chosen["due_on"], chosen["parts"], chosen["as_of"], rates, terms)
    except RateUnknown as error:
        return {"problem": unknown_rate(error.day, error.first_day)}
    due_on = terms.due_on(chosen["due_on"])
    high = regime.unit == InterestRegime.Unit.DAY and any(one.rate > Decimal("0.5") for one in sheet.spans)
    return {"sheet": sheet, "due_on": due_on, "moved": due_on != chosen["due_on"], "regime": regime, "high": high,
            "currency": chosen["currency"]}  # fmt: skip


def unknown_rate(day: dt.date, first_day: dt.date | None) -> str:
    if first_day is None:
        return _("This regime has no rates yet.")
    return _("There is no interest rate for %(day)s; the first known one is from %(first_day)s.") % {
        "day": day.isoformat(),
        "first_day": first_day.isoformat(),
    }
