"""Shares of third parties by payer body and month of claim: claimed, taken back, received, open (LED-22)."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lokum.core.reports.declaration import Chart, Report, ReportColumn, ReportFilter, Row, Values, register_report
from lokum.money.ledger.models import Account
from lokum.money.ledger.report_places import PLACES, located, place_condition


def _sql(values: Values) -> str:
    return f"""
SELECT a.currency, c.body_id, concat_ws(' ', nullif(y.first_name, ''), y.last_name) AS body, c.month,
       count(DISTINCT l.account_id) AS payers, coalesce(sum(l.amount) FILTER (WHERE l.amount > 0), 0) AS claimed,
       coalesce(sum(l.amount) FILTER (WHERE l.amount < 0), 0) AS taken_back, sum(coalesce(r.amount, 0)) AS received,
       sum(l.amount - coalesce(r.amount, 0)) AS open
FROM allowances_claimline l JOIN allowances_claim c ON c.id = l.claim_id JOIN parties_party y ON y.id = c.body_id
JOIN ledger_account a ON a.id = l.account_id
LEFT JOIN (SELECT line_id, sum(amount) AS amount FROM allowances_bodypaymentline GROUP BY 1) r ON r.line_id = l.id
WHERE a.id IN ({{scope}}){place_condition(values)}
  AND (%(start)s::date IS NULL OR c.month >= %(start)s) AND (%(end)s::date IS NULL OR c.month <= %(end)s)
GROUP BY 1, 2, 3, 4"""  # noqa: S608 - built from constants, values as parameters


def _lines_url(row: Row, values: Values) -> str:
    if located(values):
        return ""
    asked = {"claim__body": row["body_id"]}
    return f"{reverse('desk:list', args=['allowances', 'claimline'])}?{urlencode(asked)}"


register_report(
    Report(
        code="allowances",
        title=_("Shares of third parties"),
        definition=_(
            "What was claimed from payer bodies, by the month of the claim: shares of the month, what was taken back, "
            "what came, what is open. What is open in all equals the ledger account for shares of third parties (rule "
            "A1 of the proof)."
        ),
        right="allowances.claim:view",
        scope=Account,
        section=_("Books"),
        icon="users-group",
        order=66,
        filters=(
            ReportFilter("start", _("From month"), "month"),
            ReportFilter("end", _("To month"), "month"),
            *PLACES,
        ),
        columns=(
            ReportColumn("body", _("Payer body"), url=_lines_url),
            ReportColumn("month", _("Month"), "month"),
            ReportColumn("payers", _("Payers"), "count"),
            ReportColumn("claimed", _("Claimed"), "amount", total=True, tone="primary"),
            ReportColumn("taken_back", _("Taken back"), "amount", total=True),
            ReportColumn("received", _("Received"), "amount", total=True, tone="ok"),
            ReportColumn("open", _("Open"), "amount", total=True, tone="warn"),
        ),
        sql=_sql,
        order_by="currency, month DESC, body, body_id",
        chart=Chart("month", ("received", "open")),
    )
)
