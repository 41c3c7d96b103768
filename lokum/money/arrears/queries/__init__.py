"""Reads about arrears: everything from the open items of a day, as known at a moment."""

from collections.abc import Collection
from decimal import Decimal

from django.db import connection

from lokum.money.arrears.queries.items import NO_PIVOT, open_items_sql, open_pieces_sql, pivot_of, place_sql

__all__ = ["balances_by_ageing", "open_items_sql", "open_pieces_sql", "pivot_of", "place_sql"]
FAR = "9999-12-31"


def balances_by_ageing(account_ids: Collection[int]) -> dict[int, Decimal]:
    """Open debts less money not used, by account, of everything booked: the balance an ageing ends in."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH {open_items_sql(known=False)} SELECT account_id, "  # noqa: S608 - constants
            "sum(CASE side WHEN 'debit' THEN open_amount ELSE -open_amount END) FROM item "
            "WHERE account_id = ANY(%(accounts)s) GROUP BY account_id",
            {"on": FAR, "pivot": NO_PIVOT, "accounts": list(account_ids)},
        )
        return dict(cursor.fetchall())
