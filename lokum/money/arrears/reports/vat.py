"""The VAT register by rate (CHG-16) and the documents its cells are made of.

Amounts are lines of the ledger, so that their sum is the turnover of the account for tax due; the rate is that of the
charge line. A correction that moved a component to another rate takes its former amount out of the former rate.
"""

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
    NAMED,
    PAYER_COLUMN,
    PLACE_NAMES,
    PLACES,
    PREMISES_COLUMN,
    RIGHT,
    START,
    address,
    kept,
    with_months,
)
from lokum.money.charges.models import Component
from lokum.money.charges.seams import taxed_beside_sql
from lokum.money.charges.vat import UNTAXED
from lokum.money.ledger.models import Account

MONEY: dict[str, Any] = {"kind": "amount", "total": True}
RATE = ReportFilter("rate", gettext_lazy("Rate of VAT"), "hidden")
UNKNOWN = "unknown"


def _rate(snapshot: str) -> str:
    """SQL: "exempt", "outside" or the per cent ("23") that a snapshot of a charge line was taxed by."""
    words = ", ".join(f"'{one}'" for one in UNTAXED)
    return (
        f"CASE WHEN {snapshot} ->> 'vat_kind' IN ({words}) THEN {snapshot} ->> 'vat_kind' "
        f"ELSE trim_scale(({snapshot} ->> 'vat_percent')::numeric)::text END"
    )


def _summed(values: Values) -> str:
    """Common table expressions ending in `summed`: (entry_id, account_id, rate, net, tax), one a document and rate."""
    return f"""
{place_sql(values, located=False)}, document AS MATERIALIZED (
  -- Notices, their parts in sub-accounts, and what corrects or reverses either; plain tax without a notice, too.
  -- Whose notice it is, is looked up one by one for the few that are none themselves; only a charge or a correction is
  -- a notice, so nothing is looked up for the rest.
  SELECT e.id, e.account_id, e.batch_id, own.corrects_id,
         CASE WHEN own.entry_id IS NOT NULL THEN own.entry_id
              WHEN split_part(coalesce(o.source_kind, e.source_kind), '/', 1) = 'notice' THEN (
                SELECT root.entry_id FROM charges_notice root
                WHERE root.document_id = coalesce(o.source_id, e.source_id)) END AS notice_id
  FROM ledger_entry e JOIN place p ON p.account_id = e.account_id
  LEFT JOIN ledger_entry o ON o.id = e.corrects_id
  LEFT JOIN charges_notice own ON own.entry_id = CASE WHEN e.kind IN ('charge', 'correction') THEN e.id END
  WHERE e.booked_on BETWEEN %(start)s AND %(end)s AND e.kind NOT IN ('payment', 'refund', 'clearing')
), changed AS (
  SELECT d.id AS entry_id, d.account_id, {_rate("c.before")} AS former, {_rate("c.after")} AS later, c.before_net,
         c.before_tax
  FROM document d JOIN charges_correctionrun r ON r.batch_id = d.batch_id
  JOIN charges_correctionline c ON c.run_id = r.id AND c.notice_id = d.corrects_id AND c.problem = ''
  WHERE d.corrects_id IS NOT NULL AND c.before IS NOT NULL AND c.after IS NOT NULL
    AND {_rate("c.before")} <> {_rate("c.after")}
), found AS (
  -- Lines and the rates of their components meet by being grouped together: quicker than looking one up for each other.
  -- The lines of the months are read in one go, as they were posted (a line has the day of its entry).
  SELECT d.id AS entry_id, d.account_id, l.component_key, l.amount, l.is_tax, NULL AS rate
  FROM (SELECT l.entry_id, l.component_key, l.credit_amount - l.debit_amount AS amount,
               l.ledger_account_id IN (SELECT id FROM ledger_ledgeraccount WHERE purpose = 'vat') AS is_tax
        FROM ledger_line l WHERE l.account_id IS NULL AND l.booked_on BETWEEN %(start)s AND %(end)s OFFSET 0) l
  JOIN document d ON d.id = l.entry_id WHERE d.notice_id IS NOT NULL OR l.is_tax
  UNION ALL
  SELECT d.id, d.account_id, l.component_id, NULL, NULL, {_rate("l.snapshot")}
  FROM document d JOIN charges_chargeline l ON l.notice_id = d.notice_id
), moved AS (
  SELECT entry_id, min(account_id) AS account_id, coalesce(min(rate), '{UNKNOWN}') AS rate,
         coalesce(sum(amount) FILTER (WHERE NOT is_tax), 0) AS net,
         coalesce(sum(amount) FILTER (WHERE is_tax), 0) AS tax
  FROM found GROUP BY entry_id, component_key HAVING count(amount) > 0
  UNION ALL
  SELECT x.entry_id, x.account_id, side.rate, side.net, side.tax FROM changed x CROSS JOIN LATERAL (VALUES
    (x.former, -x.before_net, -x.before_tax), (x.later, x.before_net, x.before_tax)) side(rate, net, tax)
  UNION ALL
  SELECT t.entry_id, t.account_id, t.rate, t.net, t.tax FROM ({taxed_beside_sql()}) t
  JOIN ledger_entry e ON e.id = t.entry_id JOIN place p ON p.account_id = t.account_id
  WHERE e.booked_on BETWEEN %(start)s AND %(end)s
), summed AS MATERIALIZED (
  SELECT m.entry_id, m.account_id, m.rate, sum(m.net) AS net, sum(m.tax) AS tax FROM moved m
  GROUP BY m.entry_id, m.account_id, m.rate
)"""  # noqa: S608 - built from constants, values as parameters


def register_sql(values: Values) -> str:
    return f"""
WITH {_summed(values)}
SELECT p.currency, m.rate, count(DISTINCT m.entry_id) AS documents, sum(m.net) AS net, sum(m.tax) AS tax,
       sum(m.net + m.tax) AS gross
FROM summed m JOIN place p ON p.account_id = m.account_id GROUP BY 1, 2"""  # noqa: S608 - built from constants


def documents_sql(values: Values) -> str:
    """Names come with the page, numbers by the keys of the documents alone."""
    chosen = "WHERE m.rate = %(rate)s" if values.get("rate") else ""
    return f"""
WITH {_summed(values)}
SELECT p.currency, n.id AS entry_id, n.document_number, n.booked_on, p.account_id, p.account_code, m.rate, m.net, m.tax,
       m.net + m.tax AS gross
FROM summed m JOIN place p ON p.account_id = m.account_id
JOIN (SELECT e.id, e.document_number, e.booked_on FROM ledger_entry e
      WHERE e.id = ANY(ARRAY(SELECT entry_id FROM summed))) n ON n.id = m.entry_id {chosen}"""  # noqa: S608 - constants


def _rate_text(value: Any) -> str:
    if value == UNKNOWN:
        return _("without a rate")
    return str(Component.VatKind(value).label) if value in UNTAXED else f"{value} %"


def _documents_url(row: Row, values: Values) -> str:
    found = kept(values, "start", "end", *PLACE_NAMES)
    return address("vat_documents", found, rate=row["rate"])


def _entry_url(row: Row, values: Values) -> str:
    return reverse("desk:detail", args=["ledger", "entry", row["entry_id"]])


REGISTER = register_report(
    Report(
        code="vat_register",
        title=gettext_lazy("VAT register by rate"),
        definition=gettext_lazy(
            "Charges and their corrections booked in the chosen months by the rate of the day of supply: net, tax and "
            "gross. What is exempt and what is not subject to VAT stand apart. Advances count in the month they came, "
            "less what invoices took off for them. The sum of the tax is the turnover of the ledger account for tax "
            "due."
        ),
        right=RIGHT,
        scope=Account,
        section=BOOKS,
        icon="percentage",
        order=62,
        filters=(START, END, *PLACES),
        columns=(
            ReportColumn("rate", gettext_lazy("Rate of VAT"), shown=_rate_text, url=_documents_url),
            ReportColumn("documents", gettext_lazy("Documents"), "count", url=_documents_url),
            ReportColumn("net", gettext_lazy("Net"), tone="primary", **MONEY),
            ReportColumn("tax", gettext_lazy("Tax"), tone="warn", **MONEY),
            ReportColumn("gross", gettext_lazy("Gross"), **MONEY),
        ),
        sql=register_sql,
        order_by="currency, rate ~ '^[0-9.]+$' DESC, CASE WHEN rate ~ '^[0-9.]+$' THEN rate::numeric END DESC, rate",
        chart=Chart("rate", ("net", "tax")),
        prepare=with_months,
    )
)

register_report(
    Report(
        code="vat_documents",
        title=gettext_lazy("VAT register by document"),
        definition=gettext_lazy(
            "The documents of the VAT register, one row for each rate of a document. The sums are those of the "
            "register by rate."
        ),
        right=RIGHT,
        scope=Account,
        section=BOOKS,
        icon="list",
        order=63,
        filters=(START, END, *PLACES, RATE),
        columns=(
            ReportColumn("document_number", gettext_lazy("Document"), url=_entry_url,
                         shown=lambda value: value or _("without number")),
            ReportColumn("booked_on", gettext_lazy("Booked on"), "date"),
            ACCOUNT_COLUMN, PAYER_COLUMN, PREMISES_COLUMN,
            ReportColumn("rate", gettext_lazy("Rate of VAT"), shown=_rate_text),
            ReportColumn("net", gettext_lazy("Net"), **MONEY),
            ReportColumn("tax", gettext_lazy("Tax"), **MONEY),
            ReportColumn("gross", gettext_lazy("Gross"), **MONEY),
        ),
        sql=documents_sql,
        named=NAMED,
        order_by="currency, booked_on, document_number, entry_id, rate",
        prepare=with_months,
    )
)  # fmt: skip
