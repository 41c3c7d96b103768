"""Receivables, receipts, ledger book, reliefs, deposits, fees (RPT-07): the books by the same filters."""

from typing import Any

from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.core.reports.declaration import Chart, Report, ReportColumn, ReportFilter, Row, Values, register_report
from lokum.money.arrears.queries.items import place_sql
from lokum.money.arrears.reports.asking import (
    ACCOUNT_COLUMN,
    BOOKS,
    END,
    KNOWN,
    NAMED,
    PARTY_NAME,
    PAYER_COLUMN,
    PLACES,
    PREMISES_COLUMN,
    RIGHT,
    START,
    known_condition,
    with_months,
)
from lokum.money.arrears.reports.money import PAYMENT, money_sql
from lokum.money.charges.models import Component, name_field
from lokum.money.ledger.models import Account
from lokum.money.ledger.report_places import located, place_condition
from lokum.money.payments.models import Payment

MONEY: dict[str, Any] = {"kind": "amount", "total": True}
COMPONENT = ReportFilter("component", gettext_lazy("Component"), "relation", model=Component)


def component_name() -> str:
    return f"coalesce(nullif(c.{name_field(get_language())}, ''), c.name)"


def _group(options: dict[str, tuple[Any, str, str, str]], default: str) -> ReportFilter:
    return ReportFilter(
        "group",
        gettext_lazy("Grouped by"),
        "choice",
        options=lambda: [(name, one[0]) for name, one in options.items()],
        default=lambda user: default,
    )


def _chosen(options: dict[str, tuple[Any, str, str, str]], default: str) -> Any:
    def prepare(values: Values) -> Values:
        values = with_months(values)
        values["group"] = values["group"] if values.get("group") in options else default
        return values

    return prepare


# --- receivables -----------------------------------------------------------------------------------------------
# group -> (heading, key, label, join): the label is told of the sums, once for each key.
Groups = dict[str, tuple[Any, str, str, str]]
BUILDINGS = "LEFT JOIN estates_building b ON b.id = s.key"
ACCOUNTS = "JOIN ledger_account a ON a.id = s.key"
RECEIVABLE_GROUPS: Groups = {
    "component": (gettext_lazy("Component"), "l.component_key", "coalesce(c.code || ' ' || {name}, '')",
                  "LEFT JOIN charges_component c ON c.id = s.key"),
    "building": (gettext_lazy("Building"), "p.building_id", "coalesce(b.code, '')", BUILDINGS),
    "month": (gettext_lazy("Month"), "date_trunc('month', l.booked_on)::date", "to_char(s.key, 'YYYY-MM')", ""),
    "premises_kind": (gettext_lazy("Kind of premises"), "p.premises_kind", "coalesce(s.key, '')", ""),
    "account": (gettext_lazy("Account"), "p.account_id", "a.code", ACCOUNTS),
}  # fmt: skip
LOCATED = ("building", "premises_kind")


# An entry of a deposit, or the reversal of one: money that became a deposit, or a debt that a deposit covered. It is a
# liability that moves, no turnover (docs/adr/0028).
OF_DEPOSIT = "(n.kind = 'deposit' OR (n.kind = 'correction' AND coalesce(o.kind, '') = 'deposit'))"


def receivables_sql(values: Values) -> str:
    """What payers' accounts were debited and credited for, by counter line, without money received.

    What became a deposit or came out of one stands apart. Entries and lines of the months are each read in one go (a
    line has the day of its entry) and meet by number.
    """
    _title, key, label, join = RECEIVABLE_GROUPS[values["group"]]
    component = "AND l.component_key = %(component)s" if values.get("component") is not None else ""
    return f"""
WITH {place_sql(values, located=values["group"] in LOCATED)}, entry AS MATERIALIZED (
  SELECT n.id, n.account_id, n.kind = 'correction' AS corrects, {OF_DEPOSIT} AS of_deposit
  FROM ledger_entry n LEFT JOIN ledger_entry o ON o.id = n.corrects_id
  WHERE n.booked_on BETWEEN %(start)s AND %(end)s AND n.kind NOT IN ('payment', 'refund', 'clearing')
    {known_condition(values)}
), line AS MATERIALIZED (
  SELECT l.entry_id, l.component_key, l.booked_on, l.credit_amount - l.debit_amount AS amount,
         l.ledger_account_id IN (SELECT id FROM ledger_ledgeraccount WHERE purpose = 'vat') AS is_tax
  FROM ledger_line l WHERE l.account_id IS NULL AND l.booked_on BETWEEN %(start)s AND %(end)s {component}
), summed AS (
  SELECT p.currency, {key} AS key,
         coalesce(sum(l.amount) FILTER (WHERE NOT n.corrects AND NOT n.of_deposit AND NOT l.is_tax), 0) AS net,
         coalesce(sum(l.amount) FILTER (WHERE NOT n.corrects AND NOT n.of_deposit AND l.is_tax), 0) AS tax,
         coalesce(sum(l.amount) FILTER (WHERE n.corrects AND NOT n.of_deposit), 0) AS corrected,
         coalesce(sum(l.amount) FILTER (WHERE NOT n.of_deposit), 0) AS receivable,
         coalesce(sum(l.amount) FILTER (WHERE n.of_deposit), 0) AS deposits,
         count(DISTINCT n.id) FILTER (WHERE NOT n.of_deposit) AS documents
  FROM line l JOIN entry n ON n.id = l.entry_id JOIN place p ON p.account_id = n.account_id GROUP BY {key}, p.currency
)
SELECT s.currency, s.key, {label.replace("{name}", component_name())} AS label, s.net, s.tax, s.corrected,
       s.receivable, s.deposits, s.documents
FROM summed s {join}"""  # noqa: S608 - built from constants, values as parameters


def _group_column(options: dict[str, tuple[Any, str, str, str]], values: Values) -> ReportColumn:
    from lokum.money.arrears.reports.asking import kind_text

    group = values["group"]
    show = kind_text if group == "premises_kind" else str
    return ReportColumn("label", options[group][0], shown=lambda value: show(value) or _("without"))


register_report(
    Report(
        code="receivables",
        title=gettext_lazy("Receivables"),
        definition=gettext_lazy(
            "What payers were charged in the chosen months, net and tax, and what corrections took from it. The sum "
            "is the turnover of payers' receivables without money received and without deposits: money that became a "
            "deposit (above zero) and debts that a deposit covered (below zero) stand in a column of their own."
        ),
        right=RIGHT,
        scope=Account,
        section=BOOKS,
        icon="receipt",
        order=60,
        filters=(_group(RECEIVABLE_GROUPS, "component"), START, END, *PLACES, COMPONENT, KNOWN),
        columns=lambda values: [
            _group_column(RECEIVABLE_GROUPS, values),
            ReportColumn("documents", gettext_lazy("Documents"), "count"),
            ReportColumn("net", gettext_lazy("Net"), tone="primary", **MONEY),
            ReportColumn("tax", gettext_lazy("Tax"), tone="muted", **MONEY),
            ReportColumn("corrected", gettext_lazy("Corrections"), tone="warn", **MONEY),
            ReportColumn("receivable", gettext_lazy("Receivable"), **MONEY),
            ReportColumn("deposits", gettext_lazy("Into deposits"), tone="muted", **MONEY),
        ],
        sql=receivables_sql,
        order_by=lambda values: "currency, label" if values["group"] == "month" else "currency, receivable DESC, label",
        chart=Chart("label", ("net", "tax", "corrected")),
        prepare=_chosen(RECEIVABLE_GROUPS, "component"),
    )
)

# --- receipts --------------------------------------------------------------------------------------------------
RECEIPT_GROUPS: Groups = {
    "day": (gettext_lazy("Day"), "n.booked_on", "s.key::text", ""),
    "month": (gettext_lazy("Month"), "date_trunc('month', n.booked_on)::date", "to_char(s.key, 'YYYY-MM')", ""),
    "method": (gettext_lazy("Method"), "coalesce(m.channel, '')", "s.key", ""),
    "building": (gettext_lazy("Building"), "p.building_id", "coalesce(b.code, '')", BUILDINGS),
    "account": (gettext_lazy("Account"), "p.account_id", "a.code", ACCOUNTS),
}


def receipts_sql(values: Values) -> str:
    group = values["group"]
    _title, key, label, join = RECEIPT_GROUPS[group]
    return f"""
WITH {place_sql(values, located=group in LOCATED)}, {money_sql(values)}, summed AS (
  SELECT p.currency, {key} AS key, count(*) FILTER (WHERE n.kind = 'payment') AS payments,
         -sum(n.amount) FILTER (WHERE n.kind = 'payment') AS received,
         coalesce(-sum(n.amount) FILTER (WHERE n.kind <> 'payment'), 0) AS returned, -sum(n.amount) AS kept
  FROM money n JOIN place p ON p.account_id = n.account_id {PAYMENT if group == "method" else ""}
  GROUP BY {key}, p.currency
)
SELECT s.currency, s.key, {label} AS label, s.payments, s.received, s.returned, s.kept FROM summed s {join}"""  # noqa: S608


def _receipt_column(values: Values) -> ReportColumn:
    if values["group"] == "method":
        names = dict(Payment.Channel.choices)
        return ReportColumn("label", gettext_lazy("Method"), shown=lambda value: str(names.get(value, _("other"))))
    return ReportColumn("label", RECEIPT_GROUPS[values["group"]][0], shown=lambda value: value or _("without"))


def _receipts(code: str, title: Any, default: str, order: int) -> Report:
    return Report(
        code=code,
        title=title,
        definition=gettext_lazy(
            "Money of payers booked in the chosen months, less what was reversed or paid back. The sum is the "
            "turnover of payers' receivables by money."
        ),
        right=RIGHT,
        scope=Account,
        section=BOOKS,
        icon="cash",
        order=order,
        filters=(_group(RECEIPT_GROUPS, default), START, END, *PLACES, KNOWN),
        columns=lambda values: [
            _receipt_column(values),
            ReportColumn("payments", gettext_lazy("Payments"), "count", total=True),
            ReportColumn("received", gettext_lazy("Received"), tone="ok", **MONEY),
            ReportColumn("returned", gettext_lazy("Reversed or paid back"), tone="bad", **MONEY),
            ReportColumn("kept", gettext_lazy("Kept"), **MONEY),
        ],
        sql=receipts_sql,
        order_by="currency, label",
        chart=Chart("label", ("received", "returned")),
        prepare=_chosen(RECEIPT_GROUPS, default),
    )


register_report(_receipts("receipts", gettext_lazy("Receipts"), "day", 70))
register_report(_receipts("methods", gettext_lazy("Payment methods"), "method", 75))

# --- ledger book: accounts x months of a year --------------------------------------------------------------------
YEAR = ReportFilter(
    "year", gettext_lazy("Year"), "month", default=lambda user: clock.today().replace(month=1, day=1),
    help_text=gettext_lazy("Any month of the year."),
)  # fmt: skip


def _year(values: Values) -> Values:
    first = (values.get("year") or clock.today()).replace(month=1, day=1)
    return values | {"start": first, "end": first.replace(month=12, day=31)}


RECEIVED = "('payment', 'refund', 'clearing', 'deposit')"
BACKWARDS = 5  # years from today within which a balance is told from the present one
FLOW = f"""
  SELECT n.account_id, n.amount, extract(month FROM n.booked_on)::int * 2 + CASE WHEN CASE n.kind
           WHEN 'correction' THEN coalesce((SELECT o.kind FROM ledger_entry o WHERE o.id = n.corrects_id), '')
           ELSE n.kind END IN {RECEIVED} THEN 0 ELSE 1 END AS slot
  FROM ledger_entry n JOIN place p ON p.account_id = n.account_id WHERE n.booked_on BETWEEN %(start)s AND %(end)s
  {{known}} ORDER BY n.account_id"""  # noqa: S608 - constants


def _edge(values: Values) -> tuple[str, str]:
    """Sums beside the year, by account, and how they make its opening balance: what was booked before, or the present
    balance less what was booked since, whichever is likely less to read."""
    sums = "SELECT n.account_id, sum(n.amount) AS amount FROM ledger_entry n WHERE n.booked_on"
    known = known_condition(values)
    if known or values["start"].year < clock.today().year - BACKWARDS:
        return f"{sums} < %(start)s{known} GROUP BY n.account_id", "coalesce(b.amount, 0)"
    since = f"{sums} > %(end)s GROUP BY n.account_id"
    through = (
        "SELECT a.account_id, a.amount - coalesce(s.amount, 0) AS amount FROM ledger_accountbalance a "  # noqa: S608
        f"LEFT JOIN ({since}) s ON s.account_id = a.account_id"
    )
    return through, "coalesce(b.amount, 0) - coalesce(f.moved, 0)"


def ledger_book_sql(values: Values) -> str:
    """Entries of the year are read once, in the order of accounts; a month's charges and receipts are slots."""
    slots = {f"charged_{month}": (2 * month + 1, "") for month in range(1, 13)}
    slots |= {f"received_{month}": (2 * month, "-") for month in range(1, 13)}
    sums = ", ".join(f"{sign}sum(amount) FILTER (WHERE slot = {no}) AS {name}" for name, (no, sign) in slots.items())
    shown = ", ".join(f"coalesce(f.{name}, 0) AS {name}" for name in (*slots, "charged", "received"))
    edge, opening = _edge(values)
    return f"""
WITH {place_sql(values, located=False)}, flow AS (
  SELECT account_id, {sums}, sum(amount) FILTER (WHERE slot %% 2 = 1) AS charged,
         -sum(amount) FILTER (WHERE slot %% 2 = 0) AS received, sum(amount) AS moved
  FROM ({FLOW.format(known=known_condition(values))}) n GROUP BY account_id
), edge AS ({edge})
SELECT p.currency, p.account_id, p.account_code, {opening} AS opening, {shown},
       {opening} + coalesce(f.moved, 0) AS closing
FROM place p LEFT JOIN flow f ON f.account_id = p.account_id LEFT JOIN edge b ON b.account_id = p.account_id
WHERE f.account_id IS NOT NULL OR {opening} <> 0"""  # noqa: S608 - built from constants, values as parameters


def _ledger_book_columns(values: Values) -> list[ReportColumn]:
    months = []
    for month in range(1, 13):
        charged = _("%(month)02d charged") % {"month": month}
        received = _("%(month)02d received") % {"month": month}
        months += [ReportColumn(f"charged_{month}", charged, **MONEY),
                   ReportColumn(f"received_{month}", received, **MONEY)]  # fmt: skip
    return [
        ACCOUNT_COLUMN, PAYER_COLUMN, PREMISES_COLUMN,
        ReportColumn("opening", gettext_lazy("Opening balance"), **MONEY), *months,
        ReportColumn("charged", gettext_lazy("Charged in the year"), **MONEY),
        ReportColumn("received", gettext_lazy("Received in the year"), **MONEY),
        ReportColumn("closing", gettext_lazy("Closing balance"), **MONEY),
    ]  # fmt: skip


register_report(
    Report(
        code="ledger_book",
        title=gettext_lazy("Ledger book of a year"),
        definition=gettext_lazy(
            "Accounts by months: what was charged (with corrections) and what was received for it: money less what "
            "became a deposit, and what deposits covered. Opening balance plus charged less received is the closing "
            "balance of the ledger."
        ),
        right=RIGHT,
        scope=Account,
        section=BOOKS,
        icon="book",
        order=80,
        filters=(YEAR, *PLACES, KNOWN),
        columns=_ledger_book_columns,
        sql=ledger_book_sql,
        order_by="currency, account_code, account_id",
        named=NAMED,
        prepare=_year,
    )
)

# --- reliefs ---------------------------------------------------------------------------------------------------
RELIEF_PURPOSES = ("write_off",)


def reliefs_sql(values: Values) -> str:
    purposes = ", ".join(f"'{one}'" for one in RELIEF_PURPOSES)
    return f"""
WITH {place_sql(values)}
SELECT p.currency, n.id AS entry_id, n.booked_on, n.document_number, n.description, p.account_id, p.account_code,
       {PARTY_NAME} AS payer, p.premises_code, r.kind AS purpose, b.actor_label AS posted_by,
       coalesce(r.proposed_by, '') AS proposed_by, l.debit_amount - l.credit_amount AS amount
FROM ledger_line l JOIN ledger_ledgeraccount g ON g.id = l.ledger_account_id AND g.purpose IN ({purposes})
JOIN ledger_entry n ON n.id = l.entry_id JOIN place p ON p.account_id = n.account_id
JOIN parties_party y ON y.id = p.payer_id JOIN ledger_batch b ON b.id = n.batch_id
LEFT JOIN arrears_relief r ON r.entry_id = n.id
WHERE l.booked_on BETWEEN %(start)s AND %(end)s{known_condition(values)}"""  # noqa: S608 - built from constants, values as parameters


def _entry_url(row: Row, values: Values) -> str:
    return reverse("desk:detail", args=["ledger", "entry", row["entry_id"]])


def _purpose(value: Any) -> str:
    return {"write_off": _("Write-off"), "relief": _("Relief")}.get(value, _("other"))


register_report(
    Report(
        code="waivers",
        title=gettext_lazy("Reliefs and write-offs"),
        definition=gettext_lazy(
            "Postings of the chosen months that took from a debt by relief or write-off. The sum is the turnover of "
            "the ledger accounts for reliefs and write-offs on payers' accounts."
        ),
        right=RIGHT,
        scope=Account,
        section=BOOKS,
        icon="scale",
        order=90,
        filters=(START, END, *PLACES, KNOWN),
        columns=(
            ReportColumn("booked_on", gettext_lazy("Booked on"), "date"),
            ReportColumn("document_number", gettext_lazy("Document"), url=_entry_url,
                         shown=lambda value: value or _("without number")),
            ReportColumn("purpose", gettext_lazy("Kind"), shown=_purpose),
            ReportColumn("description", gettext_lazy("Description")),
            ACCOUNT_COLUMN, PAYER_COLUMN, PREMISES_COLUMN,
            ReportColumn("proposed_by", gettext_lazy("Proposed by")),
            ReportColumn("posted_by", gettext_lazy("Approved by")),
            ReportColumn("amount", gettext_lazy("Amount"), **MONEY),
        ),
        sql=reliefs_sql,
        order_by="currency, booked_on, entry_id",
        prepare=with_months,
    )
)  # fmt: skip

# --- deposits --------------------------------------------------------------------------------------------------


# Turnovers of a day, or the single lines where a filter asks for the payer an entry is of.
TURNOVER = """SELECT ledger_account_id, booked_on, debit_amount, credit_amount FROM ledger_batchturnover"""
LINES_OF_PLACE = """
SELECT l.ledger_account_id, l.booked_on, l.debit_amount, l.credit_amount
FROM ledger_ledgeraccount h JOIN ledger_line l ON l.ledger_account_id = h.id JOIN ledger_entry n ON n.id = l.entry_id
LEFT JOIN deposits_depositmove v ON v.entry_id = n.id LEFT JOIN deposits_deposit d ON d.id = v.deposit_id
JOIN ledger_account a ON a.id = coalesce(d.account_id, n.account_id)
WHERE h.purpose LIKE 'deposit%%'"""


def deposits_sql(values: Values) -> str:
    entity = "AND g.entity_id = %(entity)s" if values.get("entity") is not None else ""
    lines = LINES_OF_PLACE + place_condition(values) if located(values) else TURNOVER
    return f"""
SELECT e.currency, e.name AS entity_name, g.id AS ledger_account_id, g.code || ' ' || g.name AS label,
       coalesce(sum(l.credit_amount - l.debit_amount) FILTER (WHERE l.booked_on < %(start)s), 0) AS opening,
       coalesce(sum(l.credit_amount) FILTER (WHERE l.booked_on >= %(start)s), 0) AS taken,
       coalesce(sum(l.debit_amount) FILTER (WHERE l.booked_on >= %(start)s), 0) AS given_back,
       coalesce(sum(l.credit_amount - l.debit_amount), 0) AS closing
FROM ledger_ledgeraccount g JOIN organisation_entity e ON e.id = g.entity_id
LEFT JOIN ({lines}) l ON l.ledger_account_id = g.id AND l.booked_on <= %(end)s
WHERE g.purpose LIKE 'deposit%%' AND g.entity_id IN (SELECT a.entity_id FROM ledger_account a WHERE a.id IN ({{scope}}))
  {entity} GROUP BY 1, 2, 3, 4"""  # noqa: S608 - built from constants, values as parameters


def _ledger_account_url(row: Row, values: Values) -> str:
    return reverse("desk:detail", args=["ledger", "ledgeraccount", row["ledger_account_id"]])


register_report(
    Report(
        code="deposits",
        title=gettext_lazy("Deposits"),
        definition=gettext_lazy(
            "Ledger accounts of deposits: held before the chosen months, taken, given back, held on the last day."
        ),
        right=RIGHT,
        scope=Account,
        section=BOOKS,
        icon="lock",
        order=95,
        filters=(START, END, *PLACES),
        columns=(
            ReportColumn("entity_name", gettext_lazy("Entity")),
            ReportColumn("label", gettext_lazy("Ledger account"), url=_ledger_account_url),
            ReportColumn("opening", gettext_lazy("Held before"), **MONEY),
            ReportColumn("taken", gettext_lazy("Taken"), **MONEY),
            ReportColumn("given_back", gettext_lazy("Given back"), **MONEY),
            ReportColumn("closing", gettext_lazy("Held"), **MONEY),
        ),
        sql=deposits_sql,
        order_by="currency, entity_name, label",
        prepare=with_months,
    )
)

# --- fee detail ------------------------------------------------------------------------------------------------


def fees_sql(values: Values) -> str:
    """Names of payer and premises come with the page."""
    component = "AND c.id = %(component)s" if values.get("component") is not None else ""
    known = known_condition(values, "e")
    return f"""
WITH {place_sql(values, located=False)}
SELECT p.currency, n.entry_id, n.period, n.number, p.account_id, p.account_code, {component_name()} AS component_name,
       l.quantity, l.price, l.net_amount, l.tax_amount, l.amount, n.due_on, l.id AS line_id
FROM charges_chargeline l JOIN charges_notice n ON n.entry_id = l.notice_id JOIN place p ON p.account_id = n.account_id
JOIN charges_component c ON c.id = l.component_id {"JOIN ledger_entry e ON e.id = n.entry_id" if known else ""}
WHERE n.period BETWEEN %(start)s AND %(end)s {component}{known}"""  # noqa: S608 - built from constants


def _notice_url(row: Row, values: Values) -> str:
    return reverse("desk:detail", args=["charges", "notice", row["entry_id"]])


register_report(
    Report(
        code="fees",
        title=gettext_lazy("Fee detail"),
        definition=gettext_lazy(
            "Every line of the notices of the chosen months, as issued. Notices taken back later stand here too; the "
            "reversal is a correction of its own month."
        ),
        right=RIGHT,
        scope=Account,
        section=BOOKS,
        icon="list",
        order=65,
        filters=(START, END, *PLACES, COMPONENT, KNOWN),
        columns=(
            ReportColumn("period", gettext_lazy("Month"), "month"),
            ReportColumn("number", gettext_lazy("Notice"), url=_notice_url),
            ACCOUNT_COLUMN, PAYER_COLUMN, PREMISES_COLUMN,
            ReportColumn("component_name", gettext_lazy("Component")),
            ReportColumn("quantity", gettext_lazy("Quantity"), "quantity"),
            ReportColumn("price", gettext_lazy("Price"), "quantity"),
            ReportColumn("net_amount", gettext_lazy("Net"), **MONEY),
            ReportColumn("tax_amount", gettext_lazy("Tax"), **MONEY),
            ReportColumn("amount", gettext_lazy("Amount"), **MONEY),
            ReportColumn("due_on", gettext_lazy("Due on"), "date"),
        ),
        sql=fees_sql,
        order_by="currency, period, number, line_id",
        named=NAMED,
        prepare=with_months,
    )
)  # fmt: skip
