"""The register of invoices by rate: what the invoices of the chosen months say, rate by rate (DOC-02)."""

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
from lokum.money.ledger.report_places import PLACES, located, place_condition

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


def _rows_url(row: Row, values: Values) -> str:
    """The invoices behind a sum; their register does not know where premises are."""
    if located(values):
        return ""
    asked = {
        "rate": row["rate"],
        "invoice__issued_on_from": values["start"].isoformat(),
        "invoice__issued_on_to": values["end"].isoformat(),
    }
    if values.get("entity"):
        asked["invoice__account__entity"] = values["entity"]
    return f"{reverse('desk:list', args=['documents', 'invoicerate'])}?{urlencode(asked)}"


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
        filters=(
            _month("start", gettext_lazy("From month")),
            _month("end", gettext_lazy("To month")),
            *PLACES,
        ),
        columns=(
            ReportColumn("rate", gettext_lazy("Rate of VAT"), shown=rate_text, url=_rows_url),
            ReportColumn("kind", gettext_lazy("Kind"), shown=lambda kind: str(Invoice.Kind(kind).label)),
            ReportColumn("documents", gettext_lazy("Documents"), "count"),
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
