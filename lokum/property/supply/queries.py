"""Reads about supply points."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db.models import Case, CharField, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Concat, Trim

from lokum.core.base import clock
from lokum.property.estates.models import CONTRACTED, FACT_UNITS, PremisesFact
from lokum.property.estates.queries import value_text
from lokum.property.occupancy.models import Agreement
from lokum.property.supply.models import SupplyPoint

UNIT_WORDS = {"m2": "m²", "m3": "m³"}


def with_contract(points: QuerySet[Any], on: dt.date) -> QuerySet[Any]:
    """Supply points with what is agreed on a day (`contracted`), the customer and the number of the agreement."""
    kind = Case(
        *(When(resource=resource, then=Value(fact)) for resource, fact in CONTRACTED.items()),
        default=Value(""),
        output_field=CharField(),
    )
    facts = PremisesFact.objects.filter(
        premises=OuterRef("pk"), kind=OuterRef("contracted_name"), valid__contains=on, recorded__endswith=None
    )
    agreements = Agreement.objects.filter(premises=OuterRef("pk"), valid__contains=on).order_by("pk")
    named = agreements.annotate(customer=Trim(Concat(F("payer__last_name"), Value(" "), F("payer__first_name"))))
    found: QuerySet[Any] = points.annotate(contracted_name=kind).annotate(
        contracted=Subquery(facts.values("value")[:1]),
        customer_code=Subquery(agreements.values("payer__code")[:1]),
        customer_name=Subquery(named.values("customer")[:1]),
        agreement_code=Subquery(agreements.values("code")[:1]),
    )
    return found


def quantity_text(resource: str, value: Decimal | None) -> str:
    """ "120 kW"; empty when nothing is agreed."""
    unit = FACT_UNITS.get(CONTRACTED.get(resource, ""), "")
    return "" if value is None else f"{value_text(value)} {UNIT_WORDS.get(unit, unit)}".strip()


def served_today(points: QuerySet[Any], values: list[str], user: Any) -> QuerySet[Any]:
    """Filter of the register: points with or without a customer today."""
    running = Agreement.objects.filter(valid__contains=clock.today(), premises__isnull=False).values("premises_id")
    return points.filter(pk__in=running) if values[-1] == "yes" else points.exclude(pk__in=running)


def all_points() -> QuerySet[Any]:
    return with_contract(SupplyPoint.objects.all(), clock.today())
