"""What others tell the charges: how due dates move past days off, and where a payer pays to.

Country packs register a mover of due dates; `payments` registers the relation of own account numbers.
"""

import datetime as dt
from collections.abc import Callable, Collection

from lokum.money.ledger import seams as ledger


def register_due_day_mover(pack: str, mover: Callable[[dt.date], dt.date]) -> None:
    """`mover(day)` gives the day itself, or the next day that is not off in the country of `pack`."""
    ledger.register_day_mover(pack, mover)


def due_on(pack: str, month: dt.date, day: int) -> dt.date:
    """Due date of the charges of a month: its `day`, moved past days off by the country's rule."""
    return ledger.moved_day(pack, month.replace(day=day))


def register_payment_targets(sql: str) -> None:
    """`sql` selects (account_id bigint, number text): the number each payer pays to today, one row an account."""
    ledger.register_payment_targets(sql)


def payment_targets_sql() -> str:
    return ledger.payment_targets_sql()


def payment_target(account_ids: Collection[int]) -> dict[int, str]:
    """The bank account number each of these payers pays to today."""
    return ledger.payment_target(account_ids)
