"""Balances of accounts (LED-04): total, due, not yet due, overdue and free money of each, as of any day."""

from django.utils.translation import gettext_lazy

from lokum.core.reports.declaration import Report, ReportColumn, ReportFilter, Row, Values, register_report
from lokum.money.arrears.queries.items import pivot_of, place_sql
from lokum.money.arrears.reports.ageing import items_source
from lokum.money.arrears.reports.asking import (
    ACCOUNT,
    ACCOUNT_COLUMN,
    CONTRACT,
    DEBTS,
    KNOWN,
    NAMED,
    ON,
    PAYER,
    PAYER_COLUMN,
    PLACES,
    PREMISES_COLUMN,
    RIGHT,
    address,
    kept,
    sheet_url,
    with_today,
)
from lokum.money.ledger.models import Account

SETTLED = ReportFilter("settled", gettext_lazy("Accounts without an open item, too"), "yesno")


def _prepare(values: Values) -> Values:
    values = with_today(values)
    return values | {"pivot": pivot_of(values["on"])}


def balances_sql(values: Values) -> str:
    """Open items are added up by account; those without any are joined to nothing."""
    join = "LEFT JOIN" if values.get("settled") else "JOIN"
    return f"""
WITH {place_sql(values, located=False, kept=False)}, {items_source(values)}, summed AS (
  SELECT i.account_id, sum(i.open_amount) FILTER (WHERE i.side = 'debit' AND i.due_on <= %(on)s) AS due,
         sum(i.open_amount) FILTER (WHERE i.side = 'debit' AND i.due_on < %(on)s) AS overdue,
         sum(i.open_amount) FILTER (WHERE i.side = 'debit' AND i.due_on > %(on)s) AS not_due,
         sum(i.open_amount) FILTER (WHERE i.side = 'credit') AS credit
  FROM (SELECT * FROM item ORDER BY account_id) i GROUP BY i.account_id
)
SELECT p.currency, p.account_id, p.account_code, coalesce(s.due, 0) AS due, coalesce(s.overdue, 0) AS overdue,
       coalesce(s.not_due, 0) AS not_due, coalesce(s.credit, 0) AS credit,
       coalesce(s.due, 0) + coalesce(s.not_due, 0) - coalesce(s.credit, 0) AS balance
FROM place p {join} summed s ON s.account_id = p.account_id"""  # noqa: S608 - built from constants, values as parameters


def _items(side: str) -> object:
    def url(row: Row, values: Values) -> str:
        return address("open_items", kept(values, "on", "known"), account=row["account_id"], side=side)

    return url


MONEY = {"kind": "amount", "total": True}
BALANCES = register_report(
    Report(
        code="balances",
        title=gettext_lazy("Balances of accounts"),
        definition=gettext_lazy(
            "The balance of every account on a day: the sum of what was posted to it. It is what is due and what is "
            "not yet due, less money not used yet; overdue is the part of due whose day has passed. The sum is the "
            "balance of the ledger on that day."
        ),
        right=RIGHT,
        scope=Account,
        section=DEBTS,
        icon="coins",
        order=25,
        filters=(ON, KNOWN, *PLACES, SETTLED, ACCOUNT, PAYER, CONTRACT),
        columns=(
            ACCOUNT_COLUMN, PAYER_COLUMN, PREMISES_COLUMN,
            ReportColumn("due", gettext_lazy("Due"), url=_items("debit"), **MONEY),  # type: ignore[arg-type]
            ReportColumn("overdue", gettext_lazy("thereof overdue"), **MONEY),  # type: ignore[arg-type]
            ReportColumn("not_due", gettext_lazy("Not yet due"), url=_items("debit"), **MONEY),  # type: ignore[arg-type]
            ReportColumn("credit", gettext_lazy("Money not used yet"), url=_items("credit"), **MONEY),  # type: ignore[arg-type]
            ReportColumn("balance", gettext_lazy("Balance"), url=sheet_url, **MONEY),  # type: ignore[arg-type]
        ),
        sql=balances_sql,
        order_by="currency, account_code, account_id",
        named=NAMED,
        prepare=_prepare,
    )
)  # fmt: skip
