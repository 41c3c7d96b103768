"""Fiscal years of entities: their months, how many are closed, the closing that stands and its result."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.db.models import Q, QuerySet

from lokum.core.base import clock
from lokum.core.organisation.models import Entity
from lokum.money.ledger.models import Batch

CLOSING, UNDOING = "year-end", "year-end-undo"  # kinds of batches
SHOWN = 300


def months_of_year(entity: Entity, year: int) -> list[dt.date]:
    """First days of the months of a fiscal year, from the month in which the entity began."""
    start = dt.date(year, entity.fiscal_year_start, 1)
    months = [clock.add_months(start, count) for count in range(12)]
    return [month for month in months if month >= clock.first_of_month(entity.opened_on)]


def fiscal_year_of(entity: Entity, month: dt.date) -> int:
    """The calendar year in which the fiscal year of a month began."""
    return month.year if month.month >= entity.fiscal_year_start else month.year - 1


def standing_closings(entity_id: int, year: int) -> QuerySet[Batch]:
    """The closing of a year, unless it was taken back."""
    named = Q(source=f"{CLOSING}:{year}") | Q(source__startswith=f"{CLOSING}:{year}/")
    batches = Batch.objects.filter(named, entity_id=entity_id, kind=CLOSING)
    return batches.exclude(entries__corrections__source_kind="reversal")


@dataclass(frozen=True)
class FiscalYear:
    entity: Entity
    year: int
    start: dt.date
    end: dt.date
    closed_count: int
    month_count: int
    batch_id: int | None
    result: Decimal | None  # a surplus is positive

    @property
    def ready(self) -> bool:
        return self.batch_id is None and self.closed_count == self.month_count


# A year shows as soon as one of its months is known to the books.
YEARS = """
WITH years AS (
  SELECT p.entity_id, extract(year FROM p.starts_on - make_interval(months => e.fiscal_year_start - 1))::int AS year,
         count(*) FILTER (WHERE p.closed_at IS NOT NULL) AS closed
  FROM ledger_period p JOIN organisation_entity e ON e.id = p.entity_id
  WHERE p.entity_id = ANY(%(entities)s) AND p.starts_on >= date_trunc('month', e.opened_on)
  GROUP BY 1, 2
), closings AS (
  SELECT b.id, b.entity_id, split_part(split_part(b.source, ':', 2), '/', 1)::int AS year,
         coalesce((SELECT sum(l.credit_amount - l.debit_amount) FROM ledger_line l
                   JOIN ledger_ledgeraccount g ON g.id = l.ledger_account_id AND g.purpose = 'result'
                   WHERE l.entry_id = n.id), 0) AS result
  FROM ledger_batch b JOIN ledger_entry n ON n.batch_id = b.id
  WHERE b.kind = %(closing)s AND b.entity_id = ANY(%(entities)s)
    AND NOT EXISTS (SELECT FROM ledger_entry r WHERE r.corrects_id = n.id AND r.source_kind = 'reversal')
)
SELECT y.entity_id, y.year, y.closed, c.id, c.result
FROM years y JOIN organisation_entity e ON e.id = y.entity_id
LEFT JOIN closings c ON c.entity_id = y.entity_id AND c.year = y.year
ORDER BY y.year DESC, e.code LIMIT %(limit)s
"""


def fiscal_years(entities: Collection[Entity]) -> list[FiscalYear]:
    """The years of entities that the books know, newest first, in one query."""
    known = {entity.pk: entity for entity in entities}
    with connection.cursor() as cursor:
        cursor.execute(YEARS, {"entities": list(known), "closing": CLOSING, "limit": SHOWN})
        rows = cursor.fetchall()
    found = []
    for entity_id, year, closed, batch_id, result in rows:
        months = months_of_year(known[entity_id], year)
        end = clock.last_of_month(months[-1])
        found.append(FiscalYear(known[entity_id], year, months[0], end, closed, len(months), batch_id, result))
    return found
