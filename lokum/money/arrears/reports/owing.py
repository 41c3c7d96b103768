"""Arrears by account (LED-10): months owed, part payments, contacts, last action; and the version for display."""

from typing import Any

from django.utils.translation import gettext_lazy

from lokum.core.reports.declaration import Chart, Report, ReportColumn, ReportFilter, Row, Values, register_report
from lokum.money.arrears.models import PayerContact
from lokum.money.arrears.queries.items import pivot_of, place_sql
from lokum.money.arrears.queries.parts import PARTS
from lokum.money.arrears.reports.ageing import COMPONENT, items_of, limitation_join, standing_sql, watched_sql
from lokum.money.arrears.reports.asking import (
    ACCOUNT,
    ACCOUNT_COLUMN,
    CONTRACT,
    DEBTS,
    KNOWN,
    ON,
    PARTY_NAME,
    PAYER,
    PAYER_COLUMN,
    PLACES,
    PREMISES_COLUMN,
    RIGHT,
    WHO,
    address,
    kept,
    with_today,
)
from lokum.money.ledger.models import Account

STAGES: dict[str, Any] = {
    "deferred": gettext_lazy("deferred"),
    "limited": gettext_lazy("limitation near or over"),
    "marked": gettext_lazy("above the warning threshold"),
    "overdue": gettext_lazy("overdue"),
    "waiting": gettext_lazy("not yet due"),
    "clear": gettext_lazy("nothing owed"),
}
STAGE = ReportFilter("stage", gettext_lazy("Stage"), "choice", options=lambda: list(STAGES.items()))
SHOW = ReportFilter(
    "show",
    gettext_lazy("Accounts"),
    "choice",
    options=lambda: [("overdue", gettext_lazy("with something overdue")), ("open", gettext_lazy("with an open debt")),
                     ("all", gettext_lazy("with any open item"))],
    default=lambda user: "overdue",
)  # fmt: skip
LEAST_DAYS = ReportFilter("least_days", gettext_lazy("Overdue for days, at least"), "number")
LEAST_AMOUNT = ReportFilter("least_amount", gettext_lazy("Overdue amount, at least"), "number")
DISPLAY = ReportFilter(
    "display",
    gettext_lazy("For display: without names and premises"),
    "yesno",
)


def _prepare(values: Values) -> Values:
    values = with_today(values)
    values["pivot"] = pivot_of(values["on"])
    values["show"] = values.get("show") or "overdue"
    return values


# What is put off on the day asked for, and was approved by then.
DEFERRED = """    SELECT r.account_id, sum(least(r.amount, i.open_amount)) AS amount FROM arrears_relief r
    JOIN item i ON i.entry_id = r.debt_id
    JOIN place p ON p.account_id = r.account_id JOIN organisation_entity e ON e.id = p.entity_id
    WHERE r.kind = 'deferral' AND r.until >= %(on)s AND (r.approved_at AT TIME ZONE e.time_zone)::date <= %(on)s"""


def _last_payment(known: bool) -> str:
    """The last payment of account `d` that stands on the day asked for: one reversed by then is none."""
    posted = "AND EXISTS (SELECT FROM ledger_batch b WHERE b.id = {}.batch_id AND b.posted_at <= %(known)s)"
    paid, undone = (posted.format(name) if known else "" for name in ("e", "r"))
    return f"""LEFT JOIN LATERAL (
  SELECT e.booked_on, e.amount FROM ledger_entry e
  WHERE e.account_id = d.account_id AND e.booked_on <= %(on)s AND e.kind = 'payment' {paid}
    AND NOT EXISTS (SELECT FROM ledger_entry r WHERE r.corrects_id = e.id AND r.source_kind = 'reversal'
                    AND r.booked_on <= %(on)s {undone})
  ORDER BY e.booked_on DESC, e.id DESC LIMIT 1) paid ON true"""  # noqa: S608 - built from constants


def arrears_sql(values: Values) -> str:
    """One row per account. The last payment and contact are looked up for the accounts that remain."""
    component = values.get("component") is not None
    known = values.get("known") is not None
    chosen = {"overdue": ["d.overdue > 0"], "open": ["d.overdue + d.not_due > 0"]}.get(values["show"], [])
    if values.get("least_days") is not None:
        chosen.append("%(on)s::date - d.oldest >= %(least_days)s")
    if values.get("least_amount") is not None:
        chosen.append("d.overdue >= %(least_amount)s")
    if values.get("stage") in STAGES:
        chosen.append("d.stage = %(stage)s")
    only = "AND i.component_key = %(component)s" if component else ""
    return f"""
WITH {place_sql(values)}, {items_of(values)}, {watched_sql(values)} {"," + PARTS if component else ""},
sums AS (
  SELECT i.account_id,
         coalesce(sum(i.open_amount) FILTER (WHERE i.side = 'debit' AND i.due_on < %(on)s), 0) AS overdue,
         coalesce(sum(i.open_amount) FILTER (WHERE i.side = 'debit' AND i.due_on >= %(on)s), 0) AS not_due,
         coalesce(sum(i.open_amount) FILTER (WHERE i.side = 'credit'), 0) AS credit,
         coalesce(sum(i.amount - i.open_amount) FILTER (WHERE i.side = 'debit' AND i.due_on < %(on)s), 0) AS part_paid,
         count(DISTINCT date_trunc('month', i.due_on)) FILTER (WHERE i.side = 'debit' AND i.due_on < %(on)s) AS months,
         min(i.due_on) FILTER (WHERE i.side = 'debit' AND i.due_on < %(on)s) AS oldest,
         min(limitation.last_day) FILTER (WHERE i.side = 'debit' AND i.due_on < %(on)s) AS limitation_on
  FROM {"part" if component else "item"} i JOIN place p ON p.account_id = i.account_id
  JOIN organisation_entity e ON e.id = p.entity_id {limitation_join(values)}
  WHERE true {only} GROUP BY i.account_id
), judged AS (
  SELECT s.*, CASE
           WHEN s.overdue > 0 AND s.overdue <= coalesce(f.amount, 0) THEN 'deferred'
           WHEN s.limitation_on <= %(on)s::date + coalesce(w.limitation_days, 90) THEN 'limited'
           WHEN s.overdue > 0 AND (s.months >= coalesce(w.warn_months, 2)
                OR (coalesce(w.warn_amount, 0) > 0 AND s.overdue >= w.warn_amount)) THEN 'marked'
           WHEN s.overdue > 0 THEN 'overdue' WHEN s.not_due > 0 THEN 'waiting' ELSE 'clear' END AS stage
  FROM sums s JOIN place p ON p.account_id = s.account_id
  LEFT JOIN policy w ON w.entity_id = p.entity_id
  LEFT JOIN (
{DEFERRED}{" AND r.approved_at <= %(known)s" if known else ""}
    GROUP BY r.account_id
  ) f ON f.account_id = s.account_id
)
SELECT p.currency, p.account_id, p.account_code, {PARTY_NAME} AS payer, p.premises_code, p.building_code,
       d.months, d.oldest, (%(on)s::date - d.oldest) AS days, d.overdue, d.part_paid, d.not_due, d.credit,
       d.overdue + d.not_due - d.credit AS balance, d.stage, d.limitation_on, paid.booked_on AS paid_on,
       -paid.amount AS paid, phone.value AS phone, said."on" AS contact_on, said.kind AS contact,
       said.promised_on,
       row_number() OVER (PARTITION BY p.currency ORDER BY d.overdue DESC, p.account_id) AS place_no
FROM judged d JOIN place p ON p.account_id = d.account_id JOIN parties_party y ON y.id = p.payer_id
{_last_payment(known)}
LEFT JOIN LATERAL (
  SELECT c.value FROM parties_partycontact c WHERE c.party_id = p.payer_id AND c.kind = 'phone'
  ORDER BY c.preferred DESC, c.id LIMIT 1) phone ON true
LEFT JOIN LATERAL (
  SELECT c."on", c.kind, c.promised_on FROM arrears_payercontact c
  WHERE c.account_id = d.account_id AND c."on" <= %(on)s AND {standing_sql("c", values)}
  ORDER BY c."on" DESC, c.id DESC LIMIT 1) said ON true
{"WHERE " + " AND ".join(chosen) if chosen else ""}"""  # noqa: S608 - built from constants, values as parameters


def _items(row: Row, values: Values) -> str:
    return address("open_items", kept(values, "on", "known", "component"), account=row["account_id"], side="debit")


def _contact(value: Any) -> str:
    return str(dict(PayerContact.Kind.choices).get(value, value))


def arrears_columns(values: Values) -> list[ReportColumn]:
    first = [ReportColumn("place_no", "#", "count")] if values.get("display") else []
    return [
        *first,
        ACCOUNT_COLUMN, PAYER_COLUMN, PREMISES_COLUMN,
        ReportColumn("building_code", gettext_lazy("Building")),
        ReportColumn("months", gettext_lazy("Months owed"), "count"),
        ReportColumn("oldest", gettext_lazy("Owed since"), "date"),
        ReportColumn("days", gettext_lazy("Days"), "count"),
        ReportColumn("overdue", gettext_lazy("Overdue"), "amount", total=True, url=_items, tone="bad"),
        ReportColumn("part_paid", gettext_lazy("Paid in part"), "amount", total=True, personal=True),
        ReportColumn("not_due", gettext_lazy("Not yet due"), "amount", total=True, tone="muted"),
        ReportColumn("credit", gettext_lazy("Money not used yet"), "amount", total=True, personal=True, tone="ok"),
        ReportColumn("balance", gettext_lazy("Balance"), "amount", total=True, personal=True),
        ReportColumn("stage", gettext_lazy("Stage"), personal=True,
                     shown=lambda value: str(STAGES.get(value, value))),
        ReportColumn("limitation_on", gettext_lazy("Limitation on"), "date", personal=True),
        ReportColumn("paid_on", gettext_lazy("Last payment"), "date", personal=True),
        ReportColumn("paid", gettext_lazy("Amount paid"), "amount", personal=True),
        ReportColumn("phone", gettext_lazy("Phone"), personal=True),
        ReportColumn("contact_on", gettext_lazy("Last contact"), "date", personal=True),
        ReportColumn("contact", gettext_lazy("Way"), personal=True, shown=_contact),
        ReportColumn("promised_on", gettext_lazy("Promised by"), "date", personal=True),
    ]  # fmt: skip


ARREARS = register_report(
    Report(
        code="arrears",
        title=gettext_lazy("Arrears"),
        definition=gettext_lazy(
            "Accounts with debts open after their due date, as of a day and as known at a moment. Months owed are "
            "months with an overdue debt; paid in part is what was already paid on the overdue documents. With all "
            "accounts shown the balance is that of the ledger."
        ),
        right=RIGHT,
        scope=Account,
        section=DEBTS,
        icon="alert-triangle",
        order=10,
        filters=(SHOW, ON, KNOWN, *PLACES, WHO, COMPONENT, STAGE, LEAST_DAYS, LEAST_AMOUNT, DISPLAY, ACCOUNT, PAYER,
                 CONTRACT),
        columns=arrears_columns,
        sql=arrears_sql,
        order_by="currency, overdue DESC, account_id",
        chart=lambda values: Chart("place_no" if values.get("display") else "account_code", ("overdue", "not_due")),
        prepare=_prepare,
        display="display",
    )
)  # fmt: skip
