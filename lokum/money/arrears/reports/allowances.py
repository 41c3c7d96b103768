"""Payers with a housing allowance who are two full months in arrears: the list a manager owes the authority (LED-22).

Poland, act of 21 June 2001 on housing allowances (consolidated text Dz.U. 2021 item 2021): the allowance is paid to the
manager of the building by the tenth of the month (art. 8 ust. 1). Of arrears of charges (art. 7 ust. 11) that cover two
full months the manager tells the authority within 14 days of their arising; otherwise the manager pays back the
allowances of the months with arrears (art. 8 ust. 4).
"""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lokum.core.reports.declaration import Report, ReportColumn, ReportFilter, Row, Values, register_report
from lokum.money.allowances.models import Allowance
from lokum.money.arrears.queries.items import open_items_sql, pivot_of, place_sql
from lokum.money.arrears.reports.asking import (
    ACCOUNT_COLUMN,
    DEBTS,
    ON,
    PARTY_NAME,
    PAYER_COLUMN,
    PLACES,
    PREMISES_COLUMN,
    with_today,
)
from lokum.money.ledger.models import Account

DAYS_TO_TELL = 14
KIND = ReportFilter("kind", _("Kind"), "choice", options=lambda: Allowance.Kind.choices)

# Own part of a month: what was charged (with corrections) less the shares claimed for it. Two full months are the two
# newest months of charges that are due.
OWN = """
charged AS (
  SELECT n.account_id, n.period, sum(n.total_amount) AS amount
  FROM charges_notice n JOIN living v ON v.account_id = n.account_id
  WHERE n.due_on < %(on)s AND NOT EXISTS (SELECT FROM ledger_entry r WHERE r.corrects_id = n.entry_id
                                            AND r.source_kind = 'reversal' AND r.booked_on <= %(on)s)
  GROUP BY 1, 2
), own AS (
  SELECT c.account_id, c.period, c.amount - coalesce((
           SELECT sum(l.amount) FROM allowances_claimline l
           JOIN ledger_entry e ON e.id = l.entry_id AND e.booked_on <= %(on)s
           WHERE l.account_id = c.account_id AND l.month = c.period), 0) AS amount,
         row_number() OVER (PARTITION BY c.account_id ORDER BY c.period DESC) AS place
  FROM charged c
), two AS (
  SELECT account_id, sum(amount) AS amount FROM own WHERE place <= 2 GROUP BY 1
  HAVING count(*) = 2 AND sum(amount) > 0
), owed AS (
  SELECT i.account_id, i.due_on, i.open_amount, t.amount AS two,
         sum(i.open_amount) OVER (PARTITION BY i.account_id ORDER BY i.due_on, i.entry_id) AS so_far
  FROM item i JOIN two t ON t.account_id = i.account_id
  JOIN ledger_entry n ON n.id = i.entry_id AND n.kind IN ('charge', 'correction', 'opening')
  WHERE i.side = 'debit' AND i.due_on < %(on)s
), behind AS (
  SELECT account_id, two, sum(open_amount) AS overdue, min(due_on) AS oldest,
         min(due_on) FILTER (WHERE so_far >= two) AS reached_on
  FROM owed GROUP BY 1, 2 HAVING sum(open_amount) >= two
)"""


def allowance_arrears_sql(values: Values) -> str:
    """One row for each decision that holds on the day, of payers whose overdue charges reach two months."""
    kind = "AND w.kind = %(kind)s" if values.get("kind") else "AND w.kind IN ('housing', 'lump_sum')"
    return f"""
WITH {place_sql(values)}, {open_items_sql(known=False)}, living AS (
  SELECT w.* FROM allowances_allowance w JOIN place p ON p.account_id = w.account_id
  WHERE w.first_month <= %(on)s AND coalesce(w.last_month, 'infinity') >= date_trunc('month', %(on)s::date)::date {kind}
    AND NOT EXISTS (SELECT FROM allowances_allowancebreak b WHERE b.allowance_id = w.id AND NOT b.lifted
                      AND b.kind = 'ended' AND b.first_month <= %(on)s)
), {OWN}
SELECT p.currency, v.id AS allowance_id, v.decision_number, v.kind, v.body_name, v.monthly_amount, v.last_month,
       p.account_id, p.account_code, {PARTY_NAME} AS payer, p.premises_code, round(l.two / 2, 2) AS own_month,
       floor(l.overdue * 2 / l.two)::int AS months, l.overdue, l.oldest, l.reached_on + 1 AS since,
       l.reached_on + {DAYS_TO_TELL} AS tell_by
FROM living v JOIN behind l ON l.account_id = v.account_id JOIN place p ON p.account_id = v.account_id
JOIN parties_party y ON y.id = p.payer_id"""  # noqa: S608 - built from constants, values as parameters


def _allowance_url(row: Row, values: Values) -> str:
    return reverse("desk:detail", args=["allowances", "allowance", row["allowance_id"]])


def _kind(value: str) -> str:
    return str(dict(Allowance.Kind.choices).get(value, value))


def _prepare(values: Values) -> Values:
    values = with_today(values)
    return values | {"pivot": pivot_of(values["on"])}


register_report(
    Report(
        code="allowance_arrears",
        title=_("Allowances and arrears of two full months"),
        definition=_(
            "Payers with a decision that holds on the day whose overdue charges reach what they had to pay themselves "
            "for two months: the charges of the two newest months that are due, less the shares claimed. The manager "
            "tells the authority within 14 days (Poland: act of 21 June 2001 on housing allowances, art. 8 ust. 4)."
        ),
        right="allowances.allowance:view",
        scope=Account,
        section=DEBTS,
        icon="users-group",
        order=45,
        filters=(ON, *PLACES, KIND),
        columns=(
            PAYER_COLUMN, ACCOUNT_COLUMN, PREMISES_COLUMN,
            ReportColumn("body_name", _("Payer body")),
            ReportColumn("decision_number", _("Decision"), url=_allowance_url),
            ReportColumn("kind", _("Kind"), shown=_kind),
            ReportColumn("monthly_amount", _("Monthly amount"), "amount"),
            ReportColumn("own_month", _("Own part of a month"), "amount"),
            ReportColumn("months", _("Full months"), "count"),
            ReportColumn("overdue", _("Overdue"), "amount", total=True, tone="bad"),
            ReportColumn("oldest", _("Owed since"), "date"),
            ReportColumn("since", _("Two months since"), "date"),
            ReportColumn("tell_by", _("To be told by"), "date", tone="warn"),
        ),
        sql=allowance_arrears_sql,
        order_by="currency, tell_by, account_code, allowance_id",
        prepare=_prepare,
    )
)  # fmt: skip
