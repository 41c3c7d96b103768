"""Shares of third parties by payer body and month of claim: claimed, taken back, received, open (LED-22)."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lokum.core.base import clock
from lokum.core.reports.declaration import Chart, Report, ReportColumn, ReportFilter, Row, Values, register_report
from lokum.money.allowances.models import Allowance
from lokum.money.ledger.models import Account
from lokum.money.ledger.report_places import PLACES, place_condition

RECEIVED = """
LEFT JOIN (SELECT line_id, sum(amount) AS amount FROM allowances_bodypaymentline GROUP BY 1) r ON r.line_id = l.id"""
MONTHS = """
  AND (%(start)s::date IS NULL OR c.month >= %(start)s) AND (%(end)s::date IS NULL OR c.month <= %(end)s)"""


def _sql(values: Values) -> str:
    return f"""
SELECT a.currency, c.body_id, concat_ws(' ', nullif(y.first_name, ''), y.last_name) AS body, c.month,
       count(DISTINCT l.account_id) AS payers, coalesce(sum(l.amount) FILTER (WHERE l.amount > 0), 0) AS claimed,
       coalesce(sum(l.amount) FILTER (WHERE l.amount < 0), 0) AS taken_back, sum(coalesce(r.amount, 0)) AS received,
       sum(l.amount - coalesce(r.amount, 0)) AS open
FROM allowances_claimline l JOIN allowances_claim c ON c.id = l.claim_id JOIN parties_party y ON y.id = c.body_id
JOIN ledger_account a ON a.id = l.account_id {RECEIVED}
WHERE a.id IN ({{scope}}){place_condition(values)} {MONTHS}
GROUP BY 1, 2, 3, 4"""  # noqa: S608 - built from constants, values as parameters


def _lines_sql(values: Values) -> str:
    """One row for each line of a claim: a payer and a month."""
    conditions = {"body": " AND c.body_id = %(body)s", "month": " AND c.month = %(month)s"}
    chosen = "".join(text for name, text in conditions.items() if values.get(name) is not None)
    return f"""
SELECT a.currency, l.id AS line_id, c.id AS claim_id, c.number, c.month, l.month AS share_month, l.allowance_id,
       w.decision_number, w.kind, concat_ws(' ', nullif(y.first_name, ''), y.last_name) AS body,
       a.id AS account_id, a.code AS account_code, greatest(l.amount, 0) AS claimed, least(l.amount, 0) AS taken_back,
       coalesce(r.amount, 0) AS received, l.amount - coalesce(r.amount, 0) AS open
FROM allowances_claimline l JOIN allowances_claim c ON c.id = l.claim_id JOIN parties_party y ON y.id = c.body_id
JOIN allowances_allowance w ON w.id = l.allowance_id JOIN ledger_account a ON a.id = l.account_id {RECEIVED}
WHERE a.id IN ({{scope}}){place_condition(values)} {MONTHS}{chosen}"""  # noqa: S608 - built from constants, values as parameters


def _lines_url(row: Row, values: Values) -> str:
    """The lines behind a sum."""
    asked = {name: values.get(name) for name in (one.name for one in PLACES)}
    asked |= {name: f"{day:%Y-%m}" for name in ("start", "end") if (day := values.get(name)) is not None}
    asked |= {"month": f"{row['month']:%Y-%m}", "body": row["body_id"]}
    query = urlencode({name: value for name, value in asked.items() if value not in (None, "")})
    return f"{reverse('reports:report', args=['allowance_lines'])}?{query}"


def _through(values: Values) -> Values:
    """The last month to its last day: the day the district is asked of."""
    end = values.get("end")
    return values | {"end": end and clock.last_of_month(end)}


def _claim_url(row: Row, values: Values) -> str:
    return reverse("desk:detail", args=["allowances", "claim", row["claim_id"]])


def _decision_url(row: Row, values: Values) -> str:
    return reverse("desk:detail", args=["allowances", "allowance", row["allowance_id"]])


def _account_url(row: Row, values: Values) -> str:
    return reverse("ledger:sheet", args=[row["account_id"]])


FROM_TO = (ReportFilter("start", _("From month"), "month"), ReportFilter("end", _("To month"), "month"))
MONEY: dict[str, Any] = {"kind": "amount", "total": True}

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
        filters=(*FROM_TO, *PLACES),
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
        prepare=_through,
    )
)

register_report(
    Report(
        code="allowance_lines",
        title=_("Shares of third parties, one by one"),
        definition=_(
            "The lines of the claims, by the month of the claim: each payer and month with its decision, what was "
            "claimed, taken back and received. The sums are those of the shares of third parties."
        ),
        right="allowances.claim:view",
        scope=Account,
        section=_("Books"),
        icon="list",
        order=67,
        filters=(
            *FROM_TO,
            ReportFilter("month", _("Month of the claim"), "month"),
            *PLACES,
            ReportFilter("body", _("Payer body"), "id"),
        ),
        columns=(
            ReportColumn("number", _("Claim"), url=_claim_url, short=True),
            ReportColumn("month", _("Month"), "month"),
            ReportColumn("body", _("Payer body")),
            ReportColumn("account_code", _("Account"), personal=True, short=True, url=_account_url),
            ReportColumn("payer", _("Payer"), personal=True),
            ReportColumn("decision_number", _("Decision"), personal=True, url=_decision_url),
            ReportColumn("kind", _("Kind"), shown=lambda kind: str(Allowance.Kind(kind).label)),
            ReportColumn("share_month", _("For the month"), "month"),
            ReportColumn("claimed", _("Claimed"), tone="primary", **MONEY),
            ReportColumn("taken_back", _("Taken back"), **MONEY),
            ReportColumn("received", _("Received"), tone="ok", **MONEY),
            ReportColumn("open", _("Open"), tone="warn", **MONEY),
        ),
        sql=_lines_sql,
        named="SELECT row.*, lokum_called(y.first_name, y.last_name) AS payer FROM {rows} row "
        "LEFT JOIN ledger_account a ON a.id = row.account_id LEFT JOIN parties_party y ON y.id = a.payer_id",
        order_by="currency, month DESC, body, account_code, share_month, line_id",
        prepare=_through,
    )
)
