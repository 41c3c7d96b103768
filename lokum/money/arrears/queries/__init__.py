"""Reads about arrears: everything from the open items of a day, as known at a moment."""

from lokum.money.arrears.queries.items import open_items_sql, place_sql

__all__ = ["open_items_sql", "place_sql"]
