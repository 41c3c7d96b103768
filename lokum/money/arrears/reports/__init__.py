"""Reports on money: declared here, shown by `core.reports`, proven against the books by `arrears.proof`."""

from lokum.money.arrears.reports import ageing, allowances, balances, books, collection, owing, takings, vat

__all__ = ["ageing", "allowances", "balances", "books", "collection", "owing", "takings", "vat"]
