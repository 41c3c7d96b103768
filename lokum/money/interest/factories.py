"""Valid defaults for regimes, rates and policies. Numbers count up; nothing is random."""

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from lokum.core.organisation.factories import make_entity
from lokum.money.interest.models import InterestPolicy, InterestRate, InterestRegime

_count = itertools.count(1)


def make_interest_regime(**over: Any) -> InterestRegime:
    number = next(_count)
    values = {"code": f"regime-{number}", "name": f"Regime {number}", "kind": "contractual"} | over
    return InterestRegime.objects.create(**values)


def make_interest_rate(**over: Any) -> InterestRate:
    values = {"valid_from": dt.date(2020, 1, 1), "rate": Decimal("10")} | over
    if "regime" not in values:
        values["regime"] = make_interest_regime()
    return InterestRate.objects.create(**values)


def make_interest_policy(**over: Any) -> InterestPolicy:
    """Statutory interest of Poland for all debts of an entity."""
    values = {"valid": DateRange(dt.date(2000, 1, 1), None)} | over
    if "regime" not in values:
        values["regime"] = InterestRegime.objects.get(code="pl-statutory")
    if "entity" not in values:
        values["entity"] = make_entity()
    return InterestPolicy.objects.create(**values)
