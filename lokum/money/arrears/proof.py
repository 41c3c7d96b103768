"""Totals of reports are those of the ledger (RPT-11, LED-04): asked every night, for today and for past month ends."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from lokum.core.base import clock
from lokum.core.organisation.models import Entity
from lokum.core.reports.declaration import Values, report_named
from lokum.core.reports.running import run_whole
from lokum.money.ledger.models import Account
from lokum.money.ledger.proof import Finding, register_check

MONTHS_BACK = (0, 1, 2, 6, 12)
NOTHING: dict[str, Any] = dict.fromkeys(
    ("entity", "estate", "building", "stock", "premises_kind", "account", "payer", "contract", "component", "known",
     "band", "side", "limited", "bands", "stage", "least_days", "least_amount", "display", "state", "year", "group",
     "rate", "settled")
)  # fmt: skip


def days_asked(today: dt.date | None = None) -> list[dt.date]:
    """Today and the ends of some months before."""
    day = today or clock.today()
    return [day, *(clock.last_of_month(clock.add_months(day, -back)) for back in MONTHS_BACK if back)]


def totals(code: str, column: str, **values: Any) -> dict[str, Decimal]:
    """Total of a column of a whole report by currency, as the system sees it."""
    report = report_named(code)
    assert report is not None
    filters = {one.name for one in report.filters}
    given: Values = {name: value for name, value in (NOTHING | values).items() if name in filters}
    result = run_whole(report, report.prepare(given), Account.objects.all())
    return {one["currency"]: one[column] or Decimal(0) for one in result.totals}


def ledger_sums(condition: str, values: dict[str, Any]) -> dict[str, Decimal]:
    """Sum of payers' lines by currency under a condition on line `l`, its entry `n` and what that corrects, `o`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.currency, sum(l.debit_amount - l.credit_amount) FROM ledger_line l "  # noqa: S608
            "JOIN ledger_entry n ON n.id = l.entry_id LEFT JOIN ledger_entry o ON o.id = n.corrects_id "
            "JOIN organisation_entity e ON e.id = l.entity_id "
            f"WHERE l.account_id IS NOT NULL AND {condition} GROUP BY e.currency",
            values,
        )
        return dict(cursor.fetchall())


def differing(code: str, what: str, shown: dict[str, Decimal], expected: dict[str, Decimal]) -> Iterable[Finding]:
    for currency in sorted(set(shown) | set(expected)):
        one, other = shown.get(currency, Decimal(0)), expected.get(currency, Decimal(0))
        if one != other:
            yield Finding(f"report {code}", None, f"{what} {currency}: {one}, ledger {other}")


def balance_reports() -> Iterable[Finding]:
    """Ageing by every grouping, balances, open items, arrears and collection end in the balance of the ledger."""
    from lokum.money.arrears.reports.ageing import GROUPS

    for day in days_asked():
        expected = ledger_sums("l.booked_on <= %(on)s", {"on": day})
        for group in GROUPS:
            shown = totals("ageing", "balance", on=day, group=group)
            yield from differing("ageing", f"by {group} on {day}", shown, expected)
        yield from differing("balances", f"on {day}", totals("balances", "balance", on=day), expected)
        yield from differing("open_items", f"on {day}", totals("open_items", "open_amount", on=day), expected)
        yield from differing("arrears", f"on {day}", totals("arrears", "balance", on=day, show="all"), expected)
        month = clock.first_of_month(day)
        if day == clock.last_of_month(day):
            shown = totals("collection", "balance", start=month, end=month)
            yield from differing("collection", f"{month}", shown, expected)


def filtered_reports() -> Iterable[Finding]:
    """With a filter the ageing is the ledger of what it leaves: of each entity, and both stocks together of all."""
    day = clock.today()
    values: dict[str, Any] = {"on": day}
    stocks: dict[str, Decimal] = {}
    for stock in ("residential", "commercial"):
        for currency, amount in totals("ageing", "balance", on=day, stock=stock).items():
            stocks[currency] = stocks.get(currency, Decimal(0)) + amount
    yield from differing("ageing", "of both stocks", stocks, ledger_sums("l.booked_on <= %(on)s", values))
    for entity in Entity.objects.filter(pk__in=Account.objects.values("entity_id")).order_by("pk"):
        shown = totals("ageing", "balance", on=day, entity=entity.pk)
        expected = ledger_sums("l.booked_on <= %(on)s AND l.entity_id = %(entity)s", values | {"entity": entity.pk})
        yield from differing("ageing", f"of {entity.code}", shown, expected)


BY_MONEY = "(n.kind IN ('payment', 'refund') OR (n.kind = 'correction' AND o.kind IN ('payment', 'refund')))"
NO_CHARGE = "('payment', 'refund', 'clearing')"
OF_DEPOSIT = "(n.kind = 'deposit' OR (n.kind = 'correction' AND coalesce(o.kind, '') = 'deposit'))"


def turnover_reports() -> Iterable[Finding]:
    """Receivables, receipts and ledger book end in the turnover of payers' receivables."""
    for day in days_asked()[1:]:
        month = clock.first_of_month(day)
        values = {"start": month, "end": clock.last_of_month(day)}
        within = "l.booked_on BETWEEN %(start)s AND %(end)s"
        charged = ledger_sums(f"{within} AND n.kind NOT IN {NO_CHARGE} AND NOT {OF_DEPOSIT}", values)
        deposited = ledger_sums(f"{within} AND {OF_DEPOSIT}", values)
        yield from differing("receivables", f"deposits {month}",
                             totals("receivables", "deposits", start=month, end=month), deposited)  # fmt: skip
        yield from differing("receivables", f"{month}", totals("receivables", "receivable", start=month, end=month),
                             charged)  # fmt: skip
        received = {code: -sum_ for code, sum_ in ledger_sums(f"{within} AND {BY_MONEY}", values).items()}
        for code in ("receipts", "methods"):
            yield from differing(code, f"{month}", totals(code, "kept", start=month, end=month), received)
    year = clock.today().replace(month=1, day=1)
    closing = ledger_sums("l.booked_on <= %(end)s", {"end": year.replace(month=12, day=31)})
    yield from differing("ledger_book", f"{year:%Y}", totals("ledger_book", "closing", year=year), closing)


def vat_reports() -> Iterable[Finding]:
    """The VAT registers by rate and by document end in the turnover of the accounts for tax due."""
    for day in days_asked():
        start, end = clock.first_of_month(day), clock.last_of_month(day)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT e.currency, sum(l.credit_amount - l.debit_amount) FROM ledger_line l "
                "JOIN ledger_ledgeraccount g ON g.id = l.ledger_account_id AND g.purpose = 'vat' "
                "JOIN ledger_entry n ON n.id = l.entry_id AND (n.account_id IS NOT NULL OR n.kind = 'advance_tax') "
                "JOIN organisation_entity e ON e.id = l.entity_id "
                "WHERE l.booked_on BETWEEN %(start)s AND %(end)s GROUP BY e.currency",
                {"start": start, "end": end},
            )
            expected = dict(cursor.fetchall())
        for code in ("vat_register", "vat_documents"):
            yield from differing(code, f"{start:%Y-%m}", totals(code, "tax", start=start, end=start), expected)


def register() -> None:
    register_check("R1", _("Ageing, arrears and collection end in the balance of the ledger"), balance_reports)
    register_check("R4", _("Ageing filtered by entity or stock ends in their ledger"), filtered_reports)
    register_check("R2", _("Receivables, receipts and the ledger book end in the turnover of the ledger"),
                   turnover_reports)  # fmt: skip
    register_check("R3", _("The VAT registers end in the turnover of the account for tax due"), vat_reports)
