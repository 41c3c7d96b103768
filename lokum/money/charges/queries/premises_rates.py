"""The rates of premises: which one wins on any day, at which level, and how they followed each other (CHG-02)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from django.db import connection

from lokum.core.base.context import Reach, acting, current_actor, system_actor
from lokum.money.charges.models import Component, ComponentAssignment, Tariff
from lokum.money.charges.queries.cards import AssignmentCard
from lokum.money.charges.queries.rates import price_unit
from lokum.money.charges.winning import winning_sql

# `span`: the days on which a component is attached and valid; `day`: each day of it on which another tariff may win,
# and the day asked for. Who pays on the day decides person, title and membership; of several payers the first.
_STEPS = f"""
WITH attached AS MATERIALIZED (
  SELECT s.id AS assignment_id, s.component_id, s.premises_id, p.building_id, c.entity_id, s.valid * c.valid AS span
  FROM charges_componentassignment s
  JOIN charges_component c ON c.id = s.component_id
  JOIN estates_premises p ON p.id = s.premises_id
  WHERE s.premises_id = %(premises)s AND NOT isempty(s.valid * c.valid)
), paying AS MATERIALIZED (
  SELECT g.id, g.entity_id, g.payer_id, g.title_id, g.valid, coalesce(t.kind, '') AS title_kind
  FROM occupancy_agreement g LEFT JOIN occupancy_title t ON t.id = g.title_id WHERE g.premises_id = %(premises)s
), memberships AS MATERIALIZED (
  SELECT m.title_id, m.entity_id, range_agg(m.valid) AS days FROM title_membership m
  WHERE m.title_id IN (SELECT title_id FROM paying) GROUP BY m.title_id, m.entity_id
), turning AS MATERIALIZED (
  SELECT a.assignment_id, coalesce(lower(a.span), '-infinity') AS day FROM attached a
  UNION SELECT a.assignment_id, %(day)s::date FROM attached a
  UNION
  SELECT a.assignment_id, v.day
  FROM attached a
  JOIN charges_tariff t ON t.component_id = a.component_id AND t.state = 'approved'
  LEFT JOIN group_membership m ON m.group_id = t.group_id AND m.premises_id = a.premises_id
  CROSS JOIN LATERAL (VALUES (lower(t.valid)), (upper(t.valid)), (lower(m.valid)), (upper(m.valid))) v(day)
  UNION
  SELECT a.assignment_id, v.day
  FROM attached a JOIN paying g ON g.entity_id = a.entity_id
  CROSS JOIN LATERAL (VALUES (lower(g.valid)), (upper(g.valid))) v(day)
  UNION
  SELECT a.assignment_id, v.day
  FROM attached a JOIN memberships m ON m.entity_id = a.entity_id
  CROSS JOIN LATERAL unnest(m.days) AS part CROSS JOIN LATERAL (VALUES (lower(part)), (upper(part))) v(day)
), asked AS MATERIALIZED (
  SELECT a.*, d.day, coalesce(g.payer_id, 0) AS party_id, coalesce(g.title_kind, '') AS title_kind,
         coalesce(m.days @> d.day, false) AS member
  FROM attached a JOIN turning d ON d.assignment_id = a.assignment_id AND a.span @> d.day
  LEFT JOIN LATERAL (
    SELECT * FROM paying p WHERE p.entity_id = a.entity_id AND p.valid @> d.day ORDER BY p.id LIMIT 1) g ON true
  LEFT JOIN memberships m ON m.title_id = g.title_id AND m.entity_id = a.entity_id
), {winning_sql("asked", history=True)}
SELECT w.assignment_id, w.day = %(day)s::date, nullif(w.day, '-infinity'), upper(w.span), w.tariff_id
FROM winning w ORDER BY w.assignment_id, w.day
"""  # noqa: S608 - built from constants


@dataclass(frozen=True)
class RateStep:
    """A time in which one tariff wins; None: no approved price. `first`, `last`: None = open."""

    first: dt.date | None
    last: dt.date | None
    tariff: Tariff | None
    current: bool


@dataclass(frozen=True)
class RateHistory:
    """The rates of one attached component, oldest first; `unit`: what a price is for, "PLN / m²"."""

    component: Component
    unit: str
    steps: Sequence[RateStep]


@dataclass(frozen=True)
class PremisesRates:
    """What is attached on a day with the rate that wins, and the rates of everything that ever was attached."""

    on: dt.date
    cards: Sequence[AssignmentCard]
    histories: Sequence[RateHistory]


@dataclass
class _Step:
    assignment_id: int
    first: dt.date | None
    after: dt.date | None
    tariff_id: int | None


def premises_rates(premises_id: int, on: dt.date) -> PremisesRates:
    """Read with whole reach: membership of a co-holder decides the rate, whether or not the reader may see it."""
    actor = current_actor() or system_actor("rates")
    with acting(replace(actor, reach=Reach(everything=True))), connection.cursor() as cursor:
        cursor.execute(_STEPS, {"premises": premises_id, "day": on})
        found = cursor.fetchall()
        tariffs = Tariff.objects.select_related("building", "group", "premises").in_bulk(
            {row[4] for row in found if row[4]}
        )
        attached_ever = ComponentAssignment.objects.filter(pk__in={row[0] for row in found}).select_related(
            "component__entity", "premises", "package", "origin__group", "origin__building", "origin__estate"
        )
        rows = list(attached_ever.order_by("component__position", "component__code", "pk"))
    winners = {row[0]: row[4] for row in found if row[1]}
    cards = [AssignmentCard(row, tariffs.get(winners[row.pk] or 0)) for row in rows if row.pk in winners]
    steps = _merged(found)
    histories = []
    for _pk, group in groupby(rows, key=lambda row: row.component_id):
        attached = list(group)
        keys = {row.pk for row in attached}
        own = sorted((one for one in steps if one.assignment_id in keys), key=lambda one: one.first or dt.date.min)
        component = attached[0].component
        unit = price_unit(component, component.entity.currency)
        histories.append(RateHistory(component, unit, [_told(one, tariffs, on) for one in own]))
    return PremisesRates(on, cards, histories)


def _merged(rows: Sequence[tuple[int, bool, dt.date | None, dt.date | None, int | None]]) -> list[_Step]:
    """One step for each time with the same tariff; the rows of an attachment follow each other by day."""
    made: list[_Step] = []
    for assignment_id, _asked, day, until, tariff_id in rows:
        before = made[-1] if made and made[-1].assignment_id == assignment_id else None
        if before is not None and before.tariff_id == tariff_id:
            continue
        if before is not None:
            before.after = day
        made.append(_Step(assignment_id, day, until, tariff_id))
    return made


def _told(step: _Step, tariffs: dict[int, Tariff], on: dt.date) -> RateStep:
    last = step.after - dt.timedelta(days=1) if step.after else None
    current = (step.first is None or step.first <= on) and (last is None or on <= last)
    return RateStep(step.first, last, tariffs.get(step.tariff_id or 0), current)
