"""Sub-accounts of payers: which an entity has, and the balance of each.

Within a sub-account only its own money counts as used: what a payment to one sub-account covered in another shows as
credit here and as debt there, until a transfer moves it.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _

from lokum.money.ledger.models import SubAccount
from lokum.money.ledger.queries.balances import Balance

AS_OF = """
WITH entries AS (
  SELECT e.id, e.account_id, coalesce(e.sub_account_id, 0) AS sub, e.amount,
         coalesce(e.due_on, e.effective_on) AS due_on
  FROM ledger_entry e WHERE e.account_id = ANY(%(accounts)s) AND e.booked_on <= %(day)s AND e.amount <> 0
), used AS (
  SELECT side.entry_id, sum(a.amount) AS amount
  FROM ledger_allocation a
  JOIN entries c ON c.id = a.credit_id
  JOIN entries d ON d.id = a.debit_id AND d.sub = c.sub
  CROSS JOIN LATERAL (VALUES (a.credit_id), (a.debit_id)) side(entry_id)
  WHERE a.undone_at IS NULL GROUP BY side.entry_id
), open AS (
  SELECT e.account_id, e.sub, e.amount, e.due_on, abs(e.amount) - coalesce(u.amount, 0) AS open
  FROM entries e LEFT JOIN used u ON u.entry_id = e.id
)
SELECT account_id, sub, sum(amount),
       coalesce(sum(open) FILTER (WHERE amount > 0 AND due_on <= %(day)s), 0),
       coalesce(sum(open) FILTER (WHERE amount > 0 AND due_on > %(day)s), 0),
       coalesce(sum(open) FILTER (WHERE amount > 0 AND due_on < %(day)s), 0),
       coalesce(sum(open) FILTER (WHERE amount < 0), 0)
FROM open GROUP BY account_id, sub
"""


@dataclass(frozen=True)
class SubBalance:
    """One sub-account of one payer's account. key: as `sheet(sub_account=...)` takes it; 0 is the main one."""

    key: int
    label: str
    kind: str
    balance: Balance


def sub_accounts_of(entity_id: int) -> list[SubAccount]:
    """In the order in which debts are covered."""
    return list(SubAccount.objects.filter(entity_id=entity_id).order_by("position", "code"))


def sub_balances(account_ids: Collection[int], on: dt.date) -> dict[int, dict[int, Balance]]:
    """Balances of many accounts by sub-account (0: the main one), as of a day, in one query."""
    accounts = sorted(set(account_ids))
    found: dict[int, dict[int, Balance]] = {account: {} for account in accounts}
    with connection.cursor() as cursor:
        cursor.execute(AS_OF, {"accounts": accounts, "day": on})
        for account, sub, *figures in cursor.fetchall():
            found[account][sub] = Balance(*figures)
    return found


def sub_accounts_of_account(account_id: int, entity_id: int, on: dt.date) -> Sequence[SubBalance]:
    """The sub-accounts an account can have, each with its balance; nothing where the entity keeps only one."""
    rows = sub_accounts_of(entity_id)
    others = [row for row in rows if row.kind != SubAccount.Kind.MAIN]
    if not others:
        return []
    known = sub_balances([account_id], on)[account_id]
    main = next((row for row in rows if row.kind == SubAccount.Kind.MAIN), None)
    shown = [SubBalance(0, str(main) if main else _("Main (running costs and media)"), "main", known.get(0, Balance()))]
    shown += [SubBalance(row.pk, str(row), row.kind, known.get(row.pk, Balance())) for row in others]
    return shown
