"""Interest that becomes a note in the moment a payment covers its debt (art. 451 par. 1 KC)."""

import datetime as dt

from django.db import connection

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.organisation.models import Entity
from lokum.money.interest.services.noting import book, now_under_locks, stage
from lokum.money.ledger.models import Period

GROUPS = """
SELECT value_on, max(booked_on), array_agg(DISTINCT account_id ORDER BY account_id), min(credit_id)
FROM allocation_reach GROUP BY value_on ORDER BY value_on
"""

# Only debts that the payment reaches when the interest of each comes before its principal; nothing is taken back here.
REACHED = """
DELETE FROM interest_due d WHERE d.difference <= 0 OR NOT EXISTS (
  SELECT FROM (
    SELECT r.debt_id, r.credit_amount,
           sum(r.open_amount + coalesce(greatest(x.difference, 0), 0)) OVER w
             - r.open_amount - coalesce(greatest(x.difference, 0), 0) AS before
    FROM allocation_reach r LEFT JOIN interest_due x ON x.debt_id = r.debt_id
    WHERE r.value_on = %(value_on)s
    WINDOW w AS (PARTITION BY r.account_id ORDER BY r.place)
  ) reached WHERE reached.debt_id = d.debt_id AND reached.before < reached.credit_amount
)
"""


def note_reached(entity_id: int, actor: Actor) -> int:
    """See `lokum.money.ledger.seams.SideDues`; the accounts are locked by the allocation."""
    made = 0
    entity = Entity.objects.get(pk=entity_id)
    with connection.cursor() as cursor:
        cursor.execute(GROUPS)
        groups = cursor.fetchall()
        for value_on, booked_on, accounts, first_credit in groups:
            now = now_under_locks()
            stage(entity, value_on, accounts)
            cursor.execute(REACHED, {"value_on": value_on})
            noted = book(
                entity,
                f"interest-payment:{first_credit}:{value_on}:{now:%Y%m%d%H%M%S%f}",
                reason="payment",
                booked_on=_booking_day(entity, booked_on),
                now=now,
                actor=actor,
            )
            made += noted.note_count
    return made


def _booking_day(entity: Entity, day: dt.date) -> dt.date:
    """The day of the payment, or today when its month was closed meanwhile."""
    month = clock.first_of_month(day)
    closed = Period.objects.filter(entity=entity, starts_on=month, closed_at__isnull=False).exists()
    return clock.today(entity.time_zone) if closed else day
