"""Money by the person who took or booked it: a sum for each cashier, and every payment behind it (RPT-07)."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.reports.declaration import Chart, Report, ReportColumn, ReportFilter, Row, Values, register_report
from lokum.money.arrears.queries.items import place_sql
from lokum.money.arrears.reports.asking import (
    ACCOUNT_COLUMN,
    BOOKS,
    END,
    KNOWN,
    NAMED,
    PAYER_COLUMN,
    PLACES,
    PREMISES_COLUMN,
    RIGHT,
    START,
    address,
    kept,
    with_months,
)
from lokum.money.arrears.reports.money import PAYMENT, money_sql
from lokum.money.ledger.models import Account
from lokum.money.payments.models import Payment

MONEY: dict[str, Any] = {"kind": "amount", "total": True}
CHANNEL = ReportFilter("channel", gettext_lazy("Method"), "choice", options=lambda: Payment.Channel.choices)
CASHIER = ReportFilter(
    "cashier", gettext_lazy("Booked by"), "text", help_text=gettext_lazy("The whole name, as the report shows it.")
)
RECEIVED = "CASE WHEN n.kind = 'payment' THEN -n.amount ELSE 0 END"
RETURNED = "CASE WHEN n.kind = 'payment' THEN 0 ELSE -n.amount END"


def _from(values: Values) -> str:
    conditions = {
        "channel": "m.channel = %(channel)s",
        "cashier": "b.actor_label = %(cashier)s",
    }
    return (
        f"FROM money n JOIN place p ON p.account_id = n.account_id JOIN ledger_batch b ON b.id = n.batch_id {PAYMENT} "
        "WHERE true" + "".join(f" AND {text}" for name, text in conditions.items() if values.get(name) is not None)
    )


def cashiers_sql(values: Values) -> str:
    return f"""
WITH {place_sql(values, located=False)}, {money_sql(values)}
SELECT p.currency, b.actor_label AS cashier, coalesce(m.channel, '') AS method, min(n.booked_on) AS first_on,
       max(n.booked_on) AS last_on, count(*) FILTER (WHERE n.kind = 'payment') AS payments,
       sum({RECEIVED}) AS received, sum({RETURNED}) AS returned, -sum(n.amount) AS kept
{_from(values)} GROUP BY 1, 2, 3"""


def takings_sql(values: Values) -> str:
    return f"""
WITH {place_sql(values, located=False)}, {money_sql(values)}
SELECT p.currency, n.id AS entry_id, n.booked_on, n.kind, b.actor_label AS cashier, coalesce(m.channel, '') AS method,
       coalesce(nullif(n.document_number, ''), m.channel_reference, '') AS reference, p.account_id, p.account_code,
       {RECEIVED} AS received, {RETURNED} AS returned, -n.amount AS kept
{_from(values)}"""


def _method(value: Any) -> str:
    return str(dict(Payment.Channel.choices).get(value, _("other")))


def _who(value: Any) -> str:
    return str(value or _("without"))


def _payments(row: Row, values: Values) -> str:
    asked = kept(values, "start", "end", "known", *(one.name for one in PLACES))
    return address("takings", asked, cashier=row["cashier"], channel=row["method"] or None)


def _entry(row: Row, values: Values) -> str:
    return reverse("desk:detail", args=["ledger", "entry", row["entry_id"]])


register_report(
    Report(
        code="cashiers",
        title=gettext_lazy("Receipts by cashier"),
        definition=gettext_lazy(
            "Money of payers booked in the chosen months by each person and method, less what was reversed or paid "
            "back. The sum of what was kept is the turnover of payers' receivables by money in these months; who "
            "booked a payment is written in its batch: the person at the cash desk, or who read the bank file."
        ),
        right=RIGHT,
        scope=Account,
        section=BOOKS,
        icon="cash",
        order=76,
        filters=(START, END, *PLACES, CHANNEL, KNOWN),
        columns=(
            ReportColumn("cashier", gettext_lazy("Booked by"), url=_payments, shown=_who),
            ReportColumn("method", gettext_lazy("Method"), shown=_method),
            ReportColumn("first_on", gettext_lazy("First day"), "date"),
            ReportColumn("last_on", gettext_lazy("Last day"), "date"),
            ReportColumn("payments", gettext_lazy("Payments"), "count", total=True),
            ReportColumn("received", gettext_lazy("Received"), tone="ok", **MONEY),
            ReportColumn("returned", gettext_lazy("Reversed or paid back"), tone="bad", **MONEY),
            ReportColumn("kept", gettext_lazy("Kept"), **MONEY),
        ),
        sql=cashiers_sql,
        order_by="currency, cashier, method",
        chart=Chart("cashier", ("received", "returned")),
        prepare=with_months,
    )
)

register_report(
    Report(
        code="takings",
        title=gettext_lazy("Payments by cashier, one by one"),
        definition=gettext_lazy(
            "Every payment of payers booked in the chosen months, and every reversal or refund, with who booked it. "
            "The sum of what was kept is the turnover of payers' receivables by money in these months."
        ),
        right=RIGHT,
        scope=Account,
        section=BOOKS,
        icon="list",
        order=77,
        filters=(START, END, *PLACES, CHANNEL, CASHIER, KNOWN),
        columns=(
            ReportColumn("booked_on", gettext_lazy("Booked on"), "date"),
            ReportColumn("reference", gettext_lazy("Document"), url=_entry,
                         shown=lambda value: value or _("without number")),
            ReportColumn("method", gettext_lazy("Method"), shown=_method),
            ReportColumn("cashier", gettext_lazy("Booked by"), shown=_who),
            ACCOUNT_COLUMN, PAYER_COLUMN, PREMISES_COLUMN,
            ReportColumn("received", gettext_lazy("Received"), tone="ok", **MONEY),
            ReportColumn("returned", gettext_lazy("Reversed or paid back"), tone="bad", **MONEY),
            ReportColumn("kept", gettext_lazy("Kept"), **MONEY),
        ),
        sql=takings_sql,
        order_by="currency, booked_on, entry_id",
        named=NAMED,
        prepare=with_months,
    )
)  # fmt: skip
