"""What others tell the charges: how due dates move past days off, and where a payer pays to.

Country packs register a mover of due dates; `payments` registers the relation of own account numbers.
"""

import datetime as dt
from collections.abc import Callable, Collection

from django.db import connection

DayMover = Callable[[dt.date], dt.date]
_movers: dict[str, DayMover] = {}


def register_due_day_mover(pack: str, mover: DayMover) -> None:
    """`mover(day)` gives the day itself, or the next day that is not off in the country of `pack`."""
    _movers[pack] = mover


def due_on(pack: str, month: dt.date, day: int) -> dt.date:
    """Due date of the charges of a month: its `day`, moved past days off by the country's rule."""
    raw = month.replace(day=day)
    mover = _movers.get(pack)
    return mover(raw) if mover else raw


# A relation (account_id, number) as SQL; the default knows no own numbers.
_payment_targets = "SELECT NULL::bigint AS account_id, NULL::text AS number WHERE false"


def register_payment_targets(sql: str) -> None:
    """`sql` selects (account_id bigint, number text): the number each payer pays to today, one row an account."""
    global _payment_targets
    _payment_targets = sql


def payment_targets_sql() -> str:
    return _payment_targets


def payment_target(account_ids: Collection[int]) -> dict[int, str]:
    """The bank account number each of these payers pays to today."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT account_id, number FROM ({_payment_targets}) t WHERE account_id = ANY(%s)",  # noqa: S608 - own SQL
            [list(account_ids)],
        )
        return dict(cursor.fetchall())
