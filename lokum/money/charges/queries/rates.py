"""The rates of agreements through time, for their history: which price won from which day, and where it came from.

Asked for many agreements at once: the days on which a rate can change are collected, and the SQL of the month run
says which tariff wins on each of them (`winning`).
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from typing import Any

from django.db import connection

from lokum.core.base.context import Reach, acting, current_actor, system_actor
from lokum.money.charges.models import Component
from lokum.money.charges.papers import unit_text
from lokum.money.charges.winning import winning_sql
from lokum.property.estates.bitemporal import Change
from lokum.property.estates.models import FACT_UNITS
from lokum.property.occupancy.seams import HistoryRow

# `span`: the days on which an agreement pays a component; `day`: each day of it on which another tariff may win.
_DAYS = """
paid AS MATERIALIZED (
  SELECT g.id AS agreement_id, g.entity_id, g.premises_id, p.building_id, g.payer_id AS party_id, t.id AS title_id,
         coalesce(t.kind, '') AS title_kind, c.id AS component_id, upper(g.valid) AS agreement_ends,
         g.valid * s.valid * c.valid AS span
  FROM occupancy_agreement g
  JOIN estates_premises p ON p.id = g.premises_id
  JOIN charges_componentassignment s ON s.premises_id = g.premises_id AND s.valid && g.valid
  JOIN charges_component c ON c.id = s.component_id AND c.entity_id = g.entity_id
  LEFT JOIN occupancy_title t ON t.id = g.title_id
  WHERE g.id = ANY (%(agreements)s::bigint[]) AND NOT isempty(g.valid * s.valid * c.valid)
), memberships AS MATERIALIZED (
  SELECT title_id, entity_id, range_agg(valid) AS days FROM title_membership
  WHERE title_id IN (SELECT title_id FROM paid) GROUP BY title_id, entity_id
), dated AS MATERIALIZED (
  SELECT agreement_id, component_id, span, coalesce(lower(span), '-infinity') AS day FROM paid
  UNION
  SELECT s.agreement_id, s.component_id, s.span, v.day
  FROM paid s
  JOIN charges_tariff t ON t.component_id = s.component_id AND t.state = 'approved'
    AND t.target_key = CASE t.level WHEN 'building' THEN s.building_id WHEN 'premises' THEN s.premises_id
                                    WHEN 'party' THEN s.party_id WHEN 'group' THEN t.target_key ELSE 0 END
  LEFT JOIN group_membership m ON m.group_id = t.group_id AND m.premises_id = s.premises_id
  CROSS JOIN LATERAL (VALUES (lower(t.valid)), (upper(t.valid)), (lower(m.valid)), (upper(m.valid))) v(day)
  WHERE (t.level <> 'group' OR m.group_id IS NOT NULL) AND s.span @> v.day
  UNION
  SELECT s.agreement_id, s.component_id, s.span, v.day
  FROM paid s
  JOIN memberships m ON m.title_id = s.title_id AND m.entity_id = s.entity_id
  CROSS JOIN LATERAL unnest(m.days) AS part
  CROSS JOIN LATERAL (VALUES (lower(part)), (upper(part))) v(day)
  WHERE s.span @> v.day
), asked AS MATERIALIZED (
  SELECT s.*, d.day, coalesce(m.days @> d.day, false) AS member
  FROM paid s
  JOIN dated d ON d.agreement_id = s.agreement_id AND d.component_id = s.component_id AND d.span = s.span
  LEFT JOIN memberships m ON m.title_id = s.title_id AND m.entity_id = s.entity_id
)
"""
_RATES = f"""
WITH {_DAYS}, {winning_sql("asked", history=True)}
SELECT w.agreement_id, w.component_id, nullif(w.day, '-infinity'), upper(w.span),
       upper(w.span) IS NOT DISTINCT FROM w.agreement_ends, t.price, coalesce(t.source, ''), t.approved_at, e.currency
  FROM winning w LEFT JOIN charges_tariff t ON t.id = w.tariff_id
  JOIN organisation_entity e ON e.id = w.entity_id
 ORDER BY w.agreement_id, w.component_id, w.day
"""  # noqa: S608 - built from constants


def shown_rates_of(agreement_ids: Sequence[int]) -> Iterator[HistoryRow]:
    """The rates that residents see: of the components shown in the portal."""
    return rates_of(agreement_ids, portal=True)


def rates_of(agreement_ids: Sequence[int], *, portal: bool = False) -> Iterator[HistoryRow]:
    """Every change of the price of what an agreement pays; a component attached or taken off is a change as well.

    Read with whole reach: that a co-holder is a member decides the rate, whether or not the reader may see that person.
    """
    actor = current_actor() or system_actor("rates")
    with acting(replace(actor, reach=Reach(everything=True))), connection.cursor() as cursor:
        cursor.execute(_RATES, {"agreements": list(agreement_ids)})
        rows = cursor.fetchall()
        components = Component.objects.in_bulk({row[1] for row in rows})
    for (agreement_id, component_id), steps in groupby(rows, key=lambda row: (row[0], row[1])):
        component = components[component_id]
        if portal and not component.in_portal:
            continue
        found = list(steps)
        changes = list(_changes(found, component.local_name))
        label = f"{component.local_name} ({price_unit(component, found[0][8])})"
        for change, following in pairwise([*changes, None]):
            assert change is not None
            until = following.on if following is not None else None
            yield agreement_id, label, replace(change, until=_day_before(until))


def _changes(steps: list[Any], name: str) -> Iterator[Change]:
    price, ends, at_end = None, None, True
    for _agreement, _component, day, until, with_agreement, new, source, approved_at, _currency in steps:
        if price is not None and ends is not None and day is not None and day > ends:
            yield _change(ends, name, price, None)
            price = None
        if new != price:
            yield _change(day, name, price, new, source, approved_at)
        price, ends, at_end = new, until, with_agreement
    if price is not None and ends is not None and not at_end:
        yield _change(ends, name, price, None)


def _change(on: Any, name: str, old: Any, new: Any, source: str = "", recorded_at: Any = None) -> Change:
    return Change(
        on=on,
        until=None,
        name=name,
        old_value=old,
        new_value=new,
        source=source,
        recorded_at=recorded_at,
        replaced_at=None,
        actor_label="",
    )


def _day_before(day: dt.date | None) -> dt.date | None:
    return day - dt.timedelta(days=1) if day else None


def price_unit(component: Component, currency: str) -> str:
    """What the price is for: "PLN / m²", or the currency alone where it is an amount."""
    unit = FACT_UNITS.get(component.basis, "unit" if component.basis == Component.Basis.UNIT else "")
    return f"{currency} / {unit_text(unit)}" if unit else currency
