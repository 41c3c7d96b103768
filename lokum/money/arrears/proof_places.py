"""Every book of money by both stocks, and by cashier, is the ledger (RPT-07, RPT-11)."""

from collections.abc import Iterable
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext_lazy as _

from lokum.core.base import clock
from lokum.money.arrears.proof import BY_MONEY, days_asked, differing, ledger_sums, totals
from lokum.money.ledger.proof import Finding, register_check

# Report, its total, and whether it asks for months (else for a day or a year).
BOOKS = (
    ("receivables", "receivable", "months"),
    ("fees", "amount", "months"),
    ("receipts", "kept", "months"),
    ("methods", "kept", "months"),
    ("cashiers", "kept", "months"),
    ("takings", "kept", "months"),
    ("waivers", "amount", "months"),
    ("deposits", "closing", "months"),
    ("ledger_book", "closing", "year"),
    ("balances", "balance", "on"),
    ("open_items", "open_amount", "on"),
    ("collection", "balance", "months"),
    ("vat_register", "tax", "months"),
)


def takings_are_the_ledger() -> Iterable[Finding]:
    """Receipts by cashier, and one by one, end in the turnover of payers' receivables by money."""
    for day in days_asked()[1:]:
        month = clock.first_of_month(day)
        values = {"start": month, "end": clock.last_of_month(day)}
        condition = f"l.booked_on BETWEEN %(start)s AND %(end)s AND {BY_MONEY}"
        received = {code: -sum_ for code, sum_ in ledger_sums(condition, values).items()}
        for code in ("cashiers", "takings"):
            yield from differing(code, f"{month}", totals(code, "kept", start=month, end=month), received)


def stocks_are_the_whole() -> Iterable[Finding]:
    """The residential and the commercial part of each book are together the whole of it, in the last full month."""
    today = clock.today()
    month = clock.add_months(clock.first_of_month(today), -1)
    asked = {
        "months": {"start": month, "end": month},
        "year": {"year": month},
        "on": {"on": clock.last_of_month(month)},
    }
    for code, column, kind in BOOKS:
        parts: dict[str, Decimal] = {}
        for stock in ("residential", "commercial"):
            for currency, amount in totals(code, column, stock=stock, **asked[kind]).items():
                parts[currency] = parts.get(currency, Decimal(0)) + amount
        whole = totals(code, column, **asked[kind])
        yield from differing(code, f"of both stocks {month}", parts, whole)


def invoices_are_their_register() -> Iterable[Finding]:
    """Invoices by rate are the rows of the register of invoices, which rule D3 compares with the ledger."""
    for day in days_asked()[1:]:
        first, last = clock.first_of_month(day), clock.last_of_month(day)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT a.currency, sum(r.tax_amount) FROM documents_invoicerate r "
                "JOIN documents_invoice i ON i.id = r.invoice_id JOIN ledger_account a ON a.id = i.account_id "
                "WHERE i.issued_on BETWEEN %s AND %s GROUP BY a.currency",
                [first, last],
            )
            expected = dict(cursor.fetchall())
        for code in ("invoice_register", "invoice_documents"):
            yield from differing(code, f"{first:%Y-%m}", totals(code, "tax", start=first, end=first), expected)


def register() -> None:
    register_check("R8", _("Receipts by cashier end in the turnover of the ledger by money"), takings_are_the_ledger)
    register_check("R9", _("Residential and commercial stock are together the whole of each report"),
                   stocks_are_the_whole)  # fmt: skip
    register_check("R10", _("Invoices by rate are the register of invoices"), invoices_are_their_register)
