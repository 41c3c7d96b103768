"""Collection (RPT-06): charged, received, prepaid, recovered, owed, rates; and the progress picture.

Definitions (Chinese property management practice, 7.12), for a window of whole months, as of its last day:

* receivable: debts booked in the window, less what corrections, reliefs and reversals took from them; a deposit that
  was received is no debt;
* current paid: what money covered of them; of it `ahead` was received before the window;
* recovered: money received in the window and used for debts of earlier months;
* prepaid: money received in the window and not used for any debt;
* received: payments booked in the window less what became a deposit; a deposit used for debts is money of its day;
* owed: debts of earlier months and of the window still open on its last day.
"""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lokum.core.reports.declaration import Chart, Report, ReportColumn, ReportFilter, Row, Values, register_report
from lokum.money.arrears.queries.items import open_items_sql, pivot_of, place_sql
from lokum.money.arrears.reports.asking import (
    COLLECTION,
    END,
    KNOWN,
    PLACE_NAMES,
    PLACES,
    RIGHT,
    START,
    address,
    kept,
    known_condition,
    known_match,
    with_months,
)
from lokum.money.ledger.models import Account

GROUPS: dict[str, tuple[Any, str, str, str]] = {
    "building": (gettext_lazy("Building"), "p.building_id", "coalesce(p.building_code, '')", ""),
    "estate": (gettext_lazy("Estate"), "p.estate_id", "coalesce(s.name, '')",
               "LEFT JOIN estates_estate s ON s.id = p.estate_id"),
    "entity": (gettext_lazy("Entity"), "p.entity_id", "e.name",
               "JOIN organisation_entity e ON e.id = p.entity_id"),
    "premises_kind": (gettext_lazy("Kind of premises"), "p.premises_kind", "coalesce(p.premises_kind, '')", ""),
    "month": (gettext_lazy("Month"), "a.month", "to_char(a.month, 'YYYY-MM')", ""),
}  # fmt: skip
GROUP = ReportFilter(
    "group",
    gettext_lazy("Grouped by"),
    "choice",
    options=lambda: [(name, one[0]) for name, one in GROUPS.items()],
    default=lambda user: "building",
)

# Entries of the window and of before it, by account: debts with what took from them, and money with what it covered.
# `counted` allocations: both sides booked by the last day. A payment is an entry of kind payment; every other credit
# (correction, reversal, relief) takes from the debt. A deposit received is no debt; one used for debts counts as money.
PER_ACCOUNT = """
booked AS MATERIALIZED (
  -- Read once; what an entry is, is told here, where the server knows how many there are of each kind.
  SELECT n.account_id, n.id, n.amount, n.booked_on, n.corrects_id, n.amount > 0 AND n.kind <> 'deposit' AS is_debt,
         n.amount < 0 AND n.kind IN ('payment', 'deposit') AS is_money
  FROM ledger_entry n JOIN place p ON p.account_id = n.account_id WHERE n.booked_on BETWEEN %(start)s AND %(end)s
    {known_n}
), debts AS (
  SELECT n.account_id, n.id, n.amount, n.booked_on, coalesce(i.open_amount, 0) AS open_amount
  FROM booked n LEFT JOIN item i ON i.entry_id = n.id LEFT JOIN ledger_entry o ON o.id = n.corrects_id
  WHERE n.is_debt AND coalesce(o.kind, '') <> 'deposit'
), money AS (
  SELECT n.account_id, n.id, -n.amount AS amount, n.booked_on, coalesce(i.open_amount, 0) AS open_amount
  FROM booked n LEFT JOIN item i ON i.entry_id = n.id WHERE n.is_money
), taken AS (
  SELECT d.id, sum(a.amount) FILTER (WHERE c.kind NOT IN ('payment', 'deposit')) AS relieved,
         sum(a.amount) FILTER (WHERE c.kind IN ('payment', 'deposit') AND c.booked_on < %(start)s) AS ahead
  FROM debts d JOIN ledger_allocation a ON a.debit_id = d.id AND {match}
  JOIN ledger_entry c ON c.id = a.credit_id AND c.booked_on <= %(end)s {known_c} GROUP BY d.id
), covered AS (
  SELECT m.id, sum(a.amount) FILTER (WHERE o.booked_on < %(start)s AND o.kind <> 'deposit') AS recovered,
         sum(a.amount) FILTER (WHERE o.kind = 'deposit') AS kept
  FROM money m JOIN ledger_allocation a ON a.credit_id = m.id AND {match}
  JOIN ledger_entry o ON o.id = a.debit_id AND o.booked_on <= %(end)s {known_o} GROUP BY m.id
), facts AS (
  SELECT d.account_id, date_trunc('month', d.booked_on)::date AS month, 0::numeric AS history_owed,
         sum(d.amount - coalesce(t.relieved, 0)) AS receivable, sum(d.open_amount) AS current_owed,
         sum(coalesce(t.ahead, 0)) AS ahead, 0::numeric AS received, 0::numeric AS recovered, 0::numeric AS prepaid,
         0::numeric AS credit
  FROM debts d LEFT JOIN taken t ON t.id = d.id GROUP BY 1, 2
  UNION ALL
  SELECT m.account_id, date_trunc('month', m.booked_on)::date, 0, 0, 0, 0, sum(m.amount - coalesce(c.kept, 0)),
         sum(coalesce(c.recovered, 0)), sum(m.open_amount), 0
  FROM money m LEFT JOIN covered c ON c.id = m.id GROUP BY 1, 2
  UNION ALL
  SELECT i.account_id, %(start)s::date, sum(CASE WHEN i.side = 'debit' AND n.id IS NULL
           THEN i.open_amount ELSE 0 END), 0, 0, 0, 0, 0, 0,
         sum(CASE WHEN i.side = 'credit' THEN i.open_amount ELSE 0 END)
  FROM item i JOIN place p ON p.account_id = i.account_id LEFT JOIN booked n ON n.id = i.entry_id GROUP BY 1
), by_account AS (
  SELECT account_id, {month} AS month, sum(history_owed) AS history_owed, sum(receivable) AS receivable,
         sum(current_owed) AS current_owed, sum(ahead) AS ahead, sum(received) AS received,
         sum(recovered) AS recovered, sum(prepaid) AS prepaid, sum(credit) AS credit
  FROM facts GROUP BY account_id, {month}
)"""

SUMS = """
       count(*) FILTER (WHERE a.receivable > 0) AS households,
       count(*) FILTER (WHERE a.receivable > 0 AND a.current_owed > 0) AS owing,
       count(*) FILTER (WHERE a.receivable > 0 AND a.current_owed = 0) AS settled,
       sum(a.receivable) AS receivable, sum(a.receivable - a.current_owed) AS current_paid, sum(a.ahead) AS ahead,
       sum(a.recovered) AS recovered, sum(a.prepaid) AS prepaid, sum(a.received) AS received,
       sum(a.history_owed) AS history_owed, sum(a.current_owed) AS current_owed,
       sum(a.history_owed + a.current_owed) AS owed, sum(a.credit) AS credit,
       sum(a.history_owed + a.current_owed - a.credit) AS balance,
       sum(a.recovered + a.history_owed) AS old_debt
"""
RATES = """round(current_paid * 100 / nullif(receivable, 0), 2) AS amount_rate,
       round(settled * 100.0 / nullif(households, 0), 2) AS household_rate,
       round(recovered * 100 / nullif(old_debt, 0), 2) AS clearing_rate"""


def per_account_sql(values: Values, *, by_month: bool = False) -> str:
    """Common table expressions ending in `by_account`; the day is the last of the window."""
    items = open_items_sql(known=values.get("known") is not None).replace("%(on)s", "%(end)s")
    text = PER_ACCOUNT.replace("{month}", "month" if by_month else "%(start)s::date")
    text = text.replace("{match}", known_match(values, "a"))
    for entry in ("n", "c", "o"):
        text = text.replace(f"{{known_{entry}}}", known_condition(values, entry))
    return f"{place_sql(values)}, {items}, {text}"


def _through(values: Values) -> Values:
    values = with_months(values)
    return values | {"pivot": pivot_of(values["end"])}


def _prepare(values: Values) -> Values:
    values = _through(values)
    values["group"] = values["group"] if values.get("group") in GROUPS else "building"
    return values


def collection_sql(values: Values) -> str:
    group = values["group"]
    _title, key, label, join = GROUPS[group]
    return f"""
WITH {per_account_sql(values, by_month=group == "month")}, lines AS (
  SELECT p.currency, {key} AS key, {label} AS label, {SUMS}
  FROM by_account a JOIN place p ON p.account_id = a.account_id {join} GROUP BY 1, 2, 3
)
SELECT lines.*, {RATES} FROM lines"""  # noqa: S608 - built from constants, values as parameters


def _progress(row: Row, values: Values) -> str:
    if values["group"] != "building":
        return ""
    return address("progress", kept(values, "start", "end", "known", *PLACE_NAMES), building=row["key"])


def _owing(row: Row, values: Values) -> str:
    group = values["group"]
    found = kept(values, "known", *PLACE_NAMES) | {"on": values["end"], "side": "debit"}
    return address("open_items", found, **({} if group == "month" else {group: row["key"]}))


def collection_columns(values: Values) -> list[ReportColumn]:
    money: dict[str, Any] = {"kind": "amount", "total": True}
    count: dict[str, Any] = {"kind": "count", "total": True}
    return [
        ReportColumn("label", GROUPS[values["group"]][0], url=_progress, shown=lambda value: value or _("without")),
        ReportColumn("households", gettext_lazy("Payers charged"), **count),
        ReportColumn("owing", gettext_lazy("Payers owing"), **count),
        ReportColumn("history_owed", gettext_lazy("Owed from before"), url=_owing, tone="bad", **money),
        ReportColumn("receivable", gettext_lazy("Charged"), **money),
        ReportColumn("current_paid", gettext_lazy("Paid of it"), tone="ok", **money),
        ReportColumn("ahead", gettext_lazy("thereof received before"), **money),
        ReportColumn("current_owed", gettext_lazy("Owed of it"), url=_owing, tone="warn", **money),
        ReportColumn("received", gettext_lazy("Received"), **money),
        ReportColumn("recovered", gettext_lazy("Recovered"), **money),
        ReportColumn("prepaid", gettext_lazy("Prepaid"), **money),
        ReportColumn("owed", gettext_lazy("Owed in all"), url=_owing, **money),
        ReportColumn("credit", gettext_lazy("Money not used yet"), **money),
        ReportColumn("balance", gettext_lazy("Balance"), **money),
        ReportColumn("amount_rate", gettext_lazy("Collection rate"), "percent", ratio=("current_paid", "receivable")),
        ReportColumn("household_rate", gettext_lazy("Rate by payers"), "percent", ratio=("settled", "households")),
        ReportColumn("clearing_rate", gettext_lazy("Clearing rate"), "percent", ratio=("recovered", "old_debt")),
    ]


COLLECTION_REPORT = register_report(
    Report(
        code="collection",
        title=gettext_lazy("Collection"),
        definition=gettext_lazy(
            "For whole months, as of the last day. Charged: debts booked in these months less corrections and reliefs; "
            "deposits are no debts. Paid of it: what money, or a deposit used for debts, covered. "
            "Recovered: money of these months used for older debts. Prepaid: money of "
            "these months not used yet. Collection rate = paid of it / charged; rate by payers = payers without an "
            "open charge / payers charged; clearing rate = recovered / (recovered + owed from before). Owed in all "
            "less money not used is the balance of the ledger."
        ),
        right=RIGHT,
        scope=Account,
        section=COLLECTION,
        icon="percentage",
        order=40,
        filters=(GROUP, START, END, *PLACES, KNOWN),
        columns=collection_columns,
        sql=collection_sql,
        order_by=lambda values: "currency, label" if values["group"] == "month" else "currency, owed DESC, label",
        chart=Chart("label", ("current_paid", "current_owed", "history_owed")),
        prepare=_prepare,
        hidden_totals=("settled", "old_debt"),
    )
)

STATES = {
    "paid": (gettext_lazy("paid"), "ok"),
    "part": (gettext_lazy("paid in part"), "warn"),
    "unpaid": (gettext_lazy("unpaid"), "bad"),
    "none": (gettext_lazy("nothing charged"), "muted"),
}
STATE = ReportFilter(
    "state", gettext_lazy("State"), "choice", options=lambda: [(name, one[0]) for name, one in STATES.items()]
)


def progress_sql(values: Values) -> str:
    chosen = "WHERE state = %(state)s" if values.get("state") in STATES else ""
    return f"""
WITH {per_account_sql(values)}, lines AS (
  SELECT p.currency, p.building_id, p.building_code, p.premises_id, p.premises_code, p.premises_number,
         p.sort_number, sum(coalesce(a.receivable, 0)) AS receivable,
         sum(coalesce(a.receivable, 0) - coalesce(a.current_owed, 0)) AS current_paid,
         sum(coalesce(a.current_owed, 0)) AS current_owed, sum(coalesce(a.history_owed, 0)) AS history_owed,
         max(p.account_id) AS account_id
  FROM place p LEFT JOIN by_account a ON a.account_id = p.account_id
  WHERE p.premises_id IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6, 7
)
SELECT * FROM (SELECT lines.*, CASE WHEN receivable <= 0 THEN 'none' WHEN current_owed = 0 THEN 'paid'
    WHEN current_paid > 0 THEN 'part' ELSE 'unpaid' END AS state FROM lines) told {chosen}"""  # noqa: S608 - constants


def premises_url(row: Row, values: Values) -> str:
    return reverse("desk:detail", args=["estates", "premises", row["premises_id"]])


def houses_of(rows: list[Row], values: Values) -> list[dict[str, Any]]:
    """Premises by building with their counts by state, for the picture."""
    found: list[dict[str, Any]] = []
    for row in rows:
        if not found or found[-1]["building_id"] != row["building_id"]:
            found.append({"building_id": row["building_id"], "code": row["building_code"], "premises": [],
                          "counts": dict.fromkeys(STATES, 0)})  # fmt: skip
        words, tone = STATES[row["state"]]
        found[-1]["counts"][row["state"]] += 1
        found[-1]["premises"].append(row | {"words": words, "tone": tone, "url": premises_url(row, values)})
    for house in found:
        house["counted"] = [
            {"words": STATES[name][0], "tone": STATES[name][1], "count": count,
             "url": address("progress", values, building=house["building_id"], state=name)}
            for name, count in house["counts"].items()
            if count
        ]  # fmt: skip
    return found


PROGRESS = register_report(
    Report(
        code="progress",
        title=gettext_lazy("Collection, house by house"),
        definition=gettext_lazy(
            "Every premises in its building: paid when nothing of what was charged for the chosen months is open on "
            "the last day, paid in part when some of it is, unpaid when all of it is."
        ),
        right=RIGHT,
        scope=Account,
        section=COLLECTION,
        icon="building",
        order=50,
        filters=(START, END, *PLACES, STATE, KNOWN),
        columns=(
            ReportColumn("building_code", gettext_lazy("Building")),
            ReportColumn("premises_code", gettext_lazy("Premises"), url=premises_url),
            ReportColumn("state", gettext_lazy("State"), shown=lambda value: str(STATES[value][0])),
            ReportColumn("receivable", gettext_lazy("Charged"), "amount", total=True),
            ReportColumn("current_paid", gettext_lazy("Paid of it"), "amount", total=True),
            ReportColumn("current_owed", gettext_lazy("Owed of it"), "amount", total=True),
            ReportColumn("history_owed", gettext_lazy("Owed from before"), "amount", total=True),
        ),
        sql=progress_sql,
        order_by="building_code, sort_number, premises_id, currency",
        prepare=_through,
        template="arrears/progress.html",
        page_size=600,
        more=lambda rows, values: {"houses": houses_of(rows, values)},
    )
)
