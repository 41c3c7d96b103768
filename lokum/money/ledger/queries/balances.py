"""The one meaning of a balance (LED-04): sum of posted lines as of a day, split by what is due.

total = due + not yet due - credit; overdue is the part of due whose day has passed.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Min
from django.urls import reverse

from lokum.core.base import clock, policy
from lokum.money.ledger.models import Account, AccountBalance, OpenItem

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Balance:
    """Of one account as of a day. `credit`: money not used for any charge. A positive total is owed by the payer."""

    total: Decimal = ZERO
    due: Decimal = ZERO
    not_yet_due: Decimal = ZERO
    overdue: Decimal = ZERO
    credit: Decimal = ZERO


# An allocation counts on a day when both its sides were booked by then.
AS_OF = """
WITH entries AS (
  SELECT e.id, e.account_id, e.amount, coalesce(e.due_on, e.effective_on) AS due_on
  FROM ledger_entry e WHERE e.account_id = ANY(%(accounts)s) AND e.booked_on <= %(day)s AND e.amount <> 0
), used AS (
  SELECT side.entry_id, sum(a.amount) AS amount
  FROM ledger_allocation a
  JOIN entries c ON c.id = a.credit_id
  JOIN entries d ON d.id = a.debit_id
  CROSS JOIN LATERAL (VALUES (a.credit_id), (a.debit_id)) side(entry_id)
  WHERE a.undone_at IS NULL GROUP BY side.entry_id
), open AS (
  SELECT e.account_id, e.amount, e.due_on, abs(e.amount) - coalesce(u.amount, 0) AS open
  FROM entries e LEFT JOIN used u ON u.entry_id = e.id
)
SELECT account_id, sum(amount),
       coalesce(sum(open) FILTER (WHERE amount > 0 AND due_on <= %(day)s), 0),
       coalesce(sum(open) FILTER (WHERE amount > 0 AND due_on > %(day)s), 0),
       coalesce(sum(open) FILTER (WHERE amount > 0 AND due_on < %(day)s), 0),
       coalesce(sum(open) FILTER (WHERE amount < 0), 0)
FROM open GROUP BY account_id
"""


def balances(account_ids: Collection[int], on: dt.date) -> dict[int, Balance]:
    """Balances of many accounts as of a day, in one query."""
    accounts = sorted(set(account_ids))
    with connection.cursor() as cursor:
        cursor.execute(AS_OF, {"accounts": accounts, "day": on})
        found = {row[0]: Balance(*row[1:]) for row in cursor.fetchall()}
    return {account: found.get(account, Balance()) for account in accounts}


def balance(account_id: int, on: dt.date) -> Balance:
    """Balance of one account as of a day, in its currency: total, due, not yet due, overdue, credit."""
    return balances([account_id], on)[account_id]


def total_of_accounts(account_ids: Collection[int]) -> dict[int, Decimal]:
    """Present totals, from the balance table that every posting keeps."""
    found = dict(AccountBalance.objects.filter(pk__in=account_ids).values_list("pk", "amount"))
    return {account: found.get(account, ZERO) for account in account_ids}


def next_due_days(account_ids: Collection[int]) -> dict[int, dt.date]:
    """Due day of the oldest open charge of each account that has one."""
    open_debts = OpenItem.objects.filter(account_id__in=account_ids, side=OpenItem.Side.DEBIT, open_amount__gt=0)
    return dict(open_debts.values_list("account_id").annotate(Min("due_on")))


@dataclass(frozen=True)
class AccountOverview:
    """An account with its balance as of today in its entity."""

    account: Account
    balance: Balance
    url: str


def accounts_of_record(record: Any, user: Any) -> list[AccountOverview]:
    """Accounts of premises or of a payer that the user may see, newest first, with today's balances."""
    lookup = "payer" if record._meta.model_name == "party" else "agreement__premises"
    rows = policy.allowed(Account.objects.filter(**{lookup: record}), user, "view")
    accounts = list(rows.select_related("entity", "payer", "agreement__premises").order_by("-opened_on", "-pk")[:100])
    today = {one.entity.time_zone: clock.today(one.entity.time_zone) for one in accounts}
    found: dict[int, Balance] = {}
    for zone, day in today.items():
        found |= balances([one.pk for one in accounts if one.entity.time_zone == zone], day)
    return [AccountOverview(one, found[one.pk], reverse("ledger:sheet", args=[one.pk])) for one in accounts]
