"""The register of invoices by rate: what the invoices of the chosen months say, rate by rate (DOC-02)."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.base import clock
from lokum.core.base.errors import Refusal
from lokum.core.reports.declaration import Chart, Report, ReportColumn, ReportFilter, Row, Values, register_report
from lokum.money.charges.vat import rate_text
from lokum.money.documents.models import Invoice
from lokum.money.ledger.models import Account
from lokum.money.ledger.report_places import PLACES, place_condition

LONGEST = 120  # months


def _month(name: str, label: object) -> ReportFilter:
    return ReportFilter(name, label, "month", default=lambda user: clock.first_of_month(clock.today()))


def _with_months(values: Values) -> Values:
    """First and last day of the chosen months. Raises Refusal."""
    first = values.get("start") or clock.first_of_month(clock.today())
    last = values.get("end") or first
    if last < first or (last.year - first.year) * 12 + last.month - first.month >= LONGEST:
        text = _("Choose a last month that is not before the first and at most ten years later.")
        raise Refusal("report.months", text, fields={"end": [text]})
    return values | {"start": first, "end": clock.last_of_month(last)}


def _sql(values: Values) -> str:
    return f"""
SELECT a.currency, r.rate, i.kind, count(*) AS documents, sum(r.net_amount) AS net, sum(r.tax_amount) AS tax,
       sum(r.net_amount + r.tax_amount) AS gross
FROM documents_invoice i JOIN documents_invoicerate r ON r.invoice_id = i.id
JOIN ledger_account a ON a.id = i.account_id
WHERE i.issued_on BETWEEN %(start)s AND %(end)s AND a.id IN ({{scope}}){place_condition(values)}
GROUP BY 1, 2, 3"""  # noqa: S608 - built from constants, values as parameters


def _rows_sql(values: Values) -> str:
    """One row for each rate of an invoice."""
    chosen = "".join(
        f" AND {text}" for name, text in (("rate", "r.rate = %(rate)s"), ("kind", "i.kind = %(kind)s"))
        if values.get(name)
    )  # fmt: skip
    return f"""
SELECT a.currency, i.id AS invoice_id, i.number, i.issued_on, i.kind, i.buyer_name, i.buyer_tax_number,
       a.id AS account_id, a.code AS account_code, r.rate, r.net_amount AS net, r.tax_amount AS tax,
       r.net_amount + r.tax_amount AS gross
FROM documents_invoice i JOIN documents_invoicerate r ON r.invoice_id = i.id
JOIN ledger_account a ON a.id = i.account_id
WHERE i.issued_on BETWEEN %(start)s AND %(end)s AND a.id IN ({{scope}}){place_condition(values)}{chosen}"""  # noqa: S608


def _rows_url(row: Row, values: Values) -> str:
    """The invoices behind a sum."""
    asked = {name: values.get(name) for name in (one.name for one in PLACES)}
    asked |= {"start": f"{values['start']:%Y-%m}", "end": f"{values['end']:%Y-%m}"}
    asked |= {"rate": row["rate"], "kind": row["kind"]}
    query = urlencode({name: value for name, value in asked.items() if value not in (None, "")})
    return f"{reverse('reports:report', args=['invoice_documents'])}?{query}"


def _invoice_url(row: Row, values: Values) -> str:
    return reverse("desk:detail", args=["documents", "invoice", row["invoice_id"]])


def _account_url(row: Row, values: Values) -> str:
    return reverse("ledger:sheet", args=[row["account_id"]])


def _kind_text(kind: Any) -> str:
    return str(Invoice.Kind(kind).label)


MONTHS = (_month("start", gettext_lazy("From month")), _month("end", gettext_lazy("To month")))
MONEY: dict[str, Any] = {"kind": "amount", "total": True}

register_report(
    Report(
        code="invoice_register",
        title=gettext_lazy("Invoices by rate"),
        definition=gettext_lazy(
            "Tax invoices and their corrections issued in the chosen months, by rate: net, tax and gross as they stand "
            "on the invoices. Each equals the lines of the ledger that its notice posted (rule D3 of the proof); "
            "advance invoices, and what invoices take off for them, equal the tax due on advances (rule D4)."
        ),
        right="documents.invoice:view",
        scope=Account,
        section=gettext_lazy("Books"),
        icon="receipt",
        order=64,
        filters=(*MONTHS, *PLACES),
        columns=(
            ReportColumn("rate", gettext_lazy("Rate of VAT"), shown=rate_text, url=_rows_url),
            ReportColumn("kind", gettext_lazy("Kind"), shown=_kind_text),
            ReportColumn("documents", gettext_lazy("Documents"), "count", url=_rows_url),
            ReportColumn("net", gettext_lazy("Net"), "amount", total=True, tone="primary"),
            ReportColumn("tax", gettext_lazy("Tax"), "amount", total=True, tone="warn"),
            ReportColumn("gross", gettext_lazy("Gross"), "amount", total=True),
        ),
        sql=_sql,
        order_by="currency, kind <> 'invoice', kind, rate ~ '^[0-9.]+$' DESC, "
        "CASE WHEN rate ~ '^[0-9.]+$' THEN rate::numeric END DESC, rate",
        chart=Chart("rate", ("net", "tax")),
        prepare=_with_months,
    )
)

register_report(
    Report(
        code="invoice_documents",
        title=gettext_lazy("Invoices one by one"),
        definition=gettext_lazy(
            "Tax invoices and their corrections issued in the chosen months, one row for each rate of an invoice. The "
            "sums are those of the invoices by rate."
        ),
        right="documents.invoice:view",
        scope=Account,
        section=gettext_lazy("Books"),
        icon="list",
        order=65,
        filters=(
            *MONTHS,
            *PLACES,
            ReportFilter("kind", gettext_lazy("Kind"), "choice", options=lambda: Invoice.Kind.choices),
            ReportFilter("rate", gettext_lazy("Rate of VAT"), "hidden"),
        ),
        columns=(
            ReportColumn("number", gettext_lazy("Document"), url=_invoice_url, short=True),
            ReportColumn("issued_on", gettext_lazy("Issued on"), "date"),
            ReportColumn("kind", gettext_lazy("Kind"), shown=_kind_text),
            ReportColumn("buyer_name", gettext_lazy("Buyer"), personal=True),
            ReportColumn("buyer_tax_number", gettext_lazy("Tax number"), personal=True),
            ReportColumn("account_code", gettext_lazy("Account"), personal=True, short=True, url=_account_url),
            ReportColumn("rate", gettext_lazy("Rate of VAT"), shown=rate_text),
            ReportColumn("net", gettext_lazy("Net"), tone="primary", **MONEY),
            ReportColumn("tax", gettext_lazy("Tax"), tone="warn", **MONEY),
            ReportColumn("gross", gettext_lazy("Gross"), **MONEY),
        ),
        sql=_rows_sql,
        order_by="currency, issued_on, number, invoice_id, rate",
        prepare=_with_months,
    )
)
