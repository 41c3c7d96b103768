"""The report of deposits on any day: what is waiting, held, used, returned, forfeited. It ends in the ledger."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy

from lokum.core.base import clock
from lokum.core.reports.declaration import Report, ReportColumn, ReportFilter, Row, Values, register_report
from lokum.core.reports.running import run_whole
from lokum.money.deposits.models import Deposit, DepositKind
from lokum.money.ledger.models import chart_name_field
from lokum.money.ledger.proof import Finding, register_check
from lokum.money.ledger.report_places import PLACES, place_condition

MONEY: dict[str, Any] = {"kind": "amount", "total": True}
ON = ReportFilter("on", gettext_lazy("As of"), "date", default=lambda user: clock.today())
DEPOSIT_KIND = ReportFilter("kind", gettext_lazy("Kind of deposit"), "relation", model=DepositKind)
STATE = ReportFilter("state", gettext_lazy("State"), "choice", options=lambda: Deposit.State.choices)


def deposits_sql(values: Values) -> str:
    """Sums of the moves to the day; the state as it follows from them."""
    name = f"coalesce(nullif(k.{chart_name_field(get_language())}, ''), k.name)"
    where = {
        "kind": "d.kind_id = %(kind)s",
        "state": "s.state = %(state)s",
    }
    chosen = "".join(f" AND {text}" for field, text in where.items() if values.get(field) not in (None, ""))
    chosen += place_condition(values)
    return f"""
SELECT a.currency, d.id AS deposit_id, a.id AS account_id, d.number, a.code AS account_code,
       concat_ws(' ', nullif(y.first_name, ''), y.last_name) AS payer, coalesce(p.code, '') AS premises_code,
       {name} AS kind_name, s.state, s.called, s.called - s.taken AS waiting, s.taken, s.added, s.used, s.returned,
       s.forfeited, s.passed, s.held
FROM deposits_deposit d
JOIN ledger_account a ON a.id = d.account_id JOIN parties_party y ON y.id = a.payer_id
JOIN deposits_depositkind k ON k.id = d.kind_id
JOIN occupancy_agreement g ON g.id = a.agreement_id LEFT JOIN estates_premises p ON p.id = g.premises_id
JOIN LATERAL (
  SELECT x.*, deposits_state(d.agreed_amount, x.called, x.taken, x.used, x.returned, x.forfeited, x.passed, x.held)
              AS state
  FROM (
    SELECT coalesce(sum(m.amount) FILTER (WHERE m.kind IN ('call', 'opening', 'transfer_in')), 0)
             - coalesce(sum(m.amount) FILTER (WHERE m.kind = 'withdraw'), 0) AS called,
           coalesce(sum(m.amount) FILTER (WHERE m.kind IN ('take', 'opening', 'transfer_in')), 0) AS taken,
           coalesce(sum(m.amount) FILTER (WHERE m.kind IN ('interest', 'valorisation')), 0) AS added,
           coalesce(sum(m.amount) FILTER (WHERE m.kind = 'use'), 0) AS used,
           coalesce(sum(m.amount) FILTER (WHERE m.kind = 'return'), 0) AS returned,
           coalesce(sum(m.amount) FILTER (WHERE m.kind = 'forfeit'), 0) AS forfeited,
           coalesce(sum(m.amount) FILTER (WHERE m.kind = 'transfer_out'), 0) AS passed,
           coalesce(sum(m.amount * deposits_effect(m.kind)), 0) AS held
    FROM (SELECT kind, CASE WHEN undoes_id IS NULL THEN amount ELSE -amount END AS amount
          FROM deposits_depositmove WHERE deposit_id = d.id AND "on" <= %(on)s) m
    HAVING count(*) > 0) x
) s ON true
WHERE d.id IN ({{scope}}){chosen}"""  # noqa: S608 - built from constants, values as parameters


def _deposit_url(row: Row, values: Values) -> str:
    return reverse("desk:detail", args=["deposits", "deposit", row["deposit_id"]])


def _sheet_url(row: Row, values: Values) -> str:
    return reverse("ledger:sheet", args=[row["account_id"]])


def _state(value: Any) -> str:
    return str(dict(Deposit.State.choices).get(value, value or ""))


def _prepare(values: Values) -> Values:
    return values | {"on": values.get("on") or clock.today()}


def report_is_the_ledger() -> Iterable[Finding]:
    """On today and on past month ends the report ends in the ledger accounts of deposits."""
    today = clock.today()
    for back in (0, 1, 2, 6, 12):
        day = clock.last_of_month(clock.add_months(today, -back)) if back else today
        given = {"on": day}
        shown = {one["currency"]: one["held"] or Decimal(0) for one in _whole(given)}
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT e.currency, sum(l.credit_amount - l.debit_amount) FROM ledger_line l "
                "JOIN ledger_ledgeraccount g ON g.id = l.ledger_account_id AND g.purpose = 'deposits' "
                "JOIN organisation_entity e ON e.id = l.entity_id WHERE l.booked_on <= %s GROUP BY e.currency",
                [day],
            )
            expected = dict(cursor.fetchall())
        for currency in sorted(set(shown) | set(expected)):
            one, other = shown.get(currency, Decimal(0)), expected.get(currency, Decimal(0))
            if one != other:
                yield Finding("report deposits_held", None, f"on {day} {currency}: {one}, ledger {other}")


def _whole(values: Values) -> Any:
    return run_whole(REPORT, _prepare(values), Deposit.objects.all()).totals


REPORT = register_report(
    Report(
        code="deposits_held",
        title=gettext_lazy("Deposits of payers"),
        definition=gettext_lazy(
            "Every deposit as it stood on a day. What is held is the balance of the ledger account of deposits on that "
            "day; what waits to be paid stands in no account and in no arrears."
        ),
        right="deposits.deposit:view",
        scope=Deposit,
        section=gettext_lazy("Books"),
        icon="lock",
        order=94,
        filters=(ON, *PLACES, DEPOSIT_KIND, STATE),
        columns=(
            ReportColumn("number", gettext_lazy("Deposit"), short=True, url=_deposit_url),
            ReportColumn("account_code", gettext_lazy("Account"), personal=True, short=True, url=_sheet_url),
            ReportColumn("payer", gettext_lazy("Payer"), personal=True),
            ReportColumn("premises_code", gettext_lazy("Premises"), personal=True, short=True),
            ReportColumn("kind_name", gettext_lazy("Kind of deposit")),
            ReportColumn("state", gettext_lazy("State"), shown=_state),
            ReportColumn("called", gettext_lazy("Called"), **MONEY),
            ReportColumn("waiting", gettext_lazy("Waiting to be paid"), **MONEY),
            ReportColumn("taken", gettext_lazy("Received"), **MONEY),
            ReportColumn("added", gettext_lazy("Interest and valorisation"), **MONEY),
            ReportColumn("used", gettext_lazy("Used for debts"), **MONEY),
            ReportColumn("returned", gettext_lazy("Returned"), **MONEY),
            ReportColumn("forfeited", gettext_lazy("Forfeited"), **MONEY),
            ReportColumn("passed", gettext_lazy("Passed on"), **MONEY),
            ReportColumn("held", gettext_lazy("Held"), **MONEY),
        ),
        sql=deposits_sql,
        order_by="currency, number",
        prepare=_prepare,
    )
)
register_check("K2", gettext_lazy("The report of deposits ends in their ledger account"), report_is_the_ledger)
