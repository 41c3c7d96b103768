"""What the ledger itself finds open in a month before it is closed: money to be cleared, money nobody used."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.core.base.languages import worded
from lokum.money.ledger.seams import OpenPoint

CLEARING = """
SELECT g.code, sum(l.debit_amount - l.credit_amount) FROM ledger_ledgeraccount g
JOIN ledger_line l ON l.ledger_account_id = g.id AND l.booked_on <= %(end)s
WHERE g.entity_id = %(entity)s AND g.purpose IN ('clearing', 'transit', 'in_transit')
GROUP BY g.id, g.code HAVING sum(l.debit_amount - l.credit_amount) <> 0 ORDER BY g.code
"""
# Free money of an account that has a due debt at the same time.
UNMATCHED = """
SELECT count(DISTINCT c.account_id), coalesce(sum(c.open_amount), 0) FROM ledger_openitem c
JOIN ledger_account a ON a.id = c.account_id AND a.entity_id = %(entity)s
JOIN ledger_entry e ON e.id = c.entry_id AND e.booked_on <= %(end)s
WHERE c.side = 'credit' AND c.open_amount > 0 AND EXISTS (
  SELECT FROM ledger_openitem d WHERE d.account_id = c.account_id AND d.side = 'debit' AND d.open_amount > 0
    AND d.due_on <= %(end)s)
"""


def open_points_of_books(entity_id: int, month: dt.date) -> Sequence[OpenPoint]:
    """What stands against closing a month: clearing accounts that are not zero, unmatched money beside due debts."""
    values: dict[str, Any] = {"entity": entity_id, "end": clock.last_of_month(month)}
    with connection.cursor() as cursor:
        cursor.execute(CLEARING, values)
        url = reverse("ledger:trial_balance")
        found = [OpenPoint(_held(code, amount), url=url) for code, amount in cursor.fetchall()]
        cursor.execute(UNMATCHED, values)
        count, amount = cursor.fetchone()
    if count:
        told = {"amount": amount, "count": count}
        found.append(
            OpenPoint(worded(lambda: _("unmatched money beside due debts: %(amount)s on accounts: %(count)s") % told))
        )
    return found


def _held(code: str, amount: Decimal) -> str:
    return worded(lambda: _("account %(code)s holds %(amount)s to be cleared") % {"code": code, "amount": amount})
