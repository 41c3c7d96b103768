"""Reports on money: declared here, shown by `core.reports`, proven against the books by `arrears.proof`."""

from lokum.money.arrears.reports import ageing, balances, books, collection, owing, vat

__all__ = ["ageing", "balances", "books", "collection", "owing", "vat"]
