"""Which credit covers which debt: explicit rows, made set-wise, undone one by one."""

import datetime as dt
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.base.errors import Missing, Refusal
from lokum.money.ledger.models import Allocation, OpenItem
from lokum.money.ledger.services.posting import lock_accounts, posting

# Article 451 of the Polish civil code and common sense elsewhere: the debt that is due longest comes first.
OLDEST_FIRST = """
WITH credits AS (
  SELECT o.entry_id, o.account_id, e.effective_on,
         sum(o.open_amount) OVER w AS upper, sum(o.open_amount) OVER w - o.open_amount AS lower
  FROM ledger_openitem o JOIN ledger_entry e ON e.id = o.entry_id
  WHERE o.account_id = ANY(%(accounts)s) AND o.side = 'credit' AND o.open_amount > 0
  WINDOW w AS (PARTITION BY o.account_id ORDER BY o.due_on, o.entry_id)
), debits AS (
  SELECT entry_id, account_id, sum(open_amount) OVER w AS upper, sum(open_amount) OVER w - open_amount AS lower
  FROM ledger_openitem
  WHERE account_id = ANY(%(accounts)s) AND side = 'debit' AND open_amount > 0
  WINDOW w AS (PARTITION BY account_id ORDER BY due_on, entry_id)
), pairs AS MATERIALIZED (
  SELECT c.account_id, c.entry_id AS credit_id, d.entry_id AS debit_id, c.effective_on,
         least(c.upper, d.upper) - greatest(c.lower, d.lower) AS amount
  FROM credits c JOIN debits d ON d.account_id = c.account_id AND d.lower < c.upper AND c.lower < d.upper
), made AS (
  INSERT INTO ledger_allocation (account_id, credit_id, debit_id, amount, rule, value_on, made_at, actor_id,
                                 undone_reason)
  SELECT account_id, credit_id, debit_id, amount, %(rule)s, effective_on, %(now)s, %(actor)s, '' FROM pairs
  ORDER BY credit_id, debit_id
), used AS (
  SELECT entry_id, sum(amount) AS amount
  FROM (SELECT credit_id AS entry_id, amount FROM pairs UNION ALL SELECT debit_id, amount FROM pairs) both_sides
  GROUP BY entry_id
), kept AS (
  UPDATE ledger_openitem o SET open_amount = o.open_amount - u.amount FROM used u WHERE o.entry_id = u.entry_id
)
SELECT count(*), coalesce(sum(amount), 0) FROM pairs
"""

BOTH_SIDES_OPEN = """
SELECT c.account_id FROM ledger_openitem c
JOIN ledger_account a ON a.id = c.account_id AND a.entity_id = %(entity)s
WHERE c.side = 'credit' AND c.open_amount > 0
  AND EXISTS (SELECT FROM ledger_openitem d
              WHERE d.account_id = c.account_id AND d.side = 'debit' AND d.open_amount > 0)
GROUP BY c.account_id ORDER BY c.account_id
"""


def allocate_oldest_first(
    entity_id: int, account_ids: Collection[int] | None = None, *, actor: Actor, rule: str = "oldest_first"
) -> tuple[int, Decimal]:
    """Use free money for open debts, longest due first; returns (pairs made, amount used). Running again adds nothing.

    account_ids: only these accounts; None: every account of the entity with free money and a debt.
    """
    with posting(actor) as whole, connection.cursor() as cursor:
        if account_ids is None:
            cursor.execute(BOTH_SIDES_OPEN, {"entity": entity_id})
            account_ids = [row[0] for row in cursor.fetchall()]
        accounts = sorted(set(account_ids))
        lock_accounts(accounts)
        values: dict[str, Any] = {"accounts": accounts, "rule": rule, "now": clock.now(), "actor": whole.user_id}
        cursor.execute(OLDEST_FIRST, values)
        count, amount = cursor.fetchone()
        return int(count), amount


def allocate_pairs(
    pairs: Sequence[tuple[int, int, Decimal]], *, rule: str, actor: Actor, value_on: dt.date | None = None
) -> list[Allocation]:
    """Use credits for debits as named: (credit entry, debit entry, amount). More than is open is refused."""
    with posting(actor) as whole:
        entry_ids = {entry for credit, debit, _amount in pairs for entry in (credit, debit)}
        accounts = OpenItem.objects.filter(entry_id__in=entry_ids).values_list("account_id", flat=True)
        lock_accounts(list(accounts))
        items = {one.entry_id: one for one in OpenItem.objects.filter(entry_id__in=entry_ids).select_related("entry")}
        made = []
        for credit_id, debit_id, amount in pairs:
            for entry_id, side in ((credit_id, "credit"), (debit_id, "debit")):
                item = items.get(entry_id)
                if item is None or item.side != side or amount <= 0 or item.open_amount < amount:
                    raise Refusal("ledger.not_open", _("Not that much is open any more."), details={"entry": entry_id})
                item.open_amount -= amount
            credit = items[credit_id]
            made.append(
                Allocation(
                    account_id=credit.account_id,
                    credit_id=credit_id,
                    debit_id=debit_id,
                    amount=amount,
                    rule=rule,
                    value_on=value_on or credit.entry.effective_on,
                    made_at=clock.now(),
                    actor_id=whole.user_id,
                )
            )
        Allocation.objects.bulk_create(made)
        OpenItem.objects.bulk_update(items.values(), ["open_amount"])
        return made


def undo_allocation(allocation_id: int, reason: str, *, actor: Actor) -> Allocation:
    """Take an allocation back: the money is free again and the debt open again. The row stays, marked."""
    with posting(actor):
        known = Allocation.objects.filter(pk=allocation_id).first()
        if known is None:
            raise Missing("ledger.no_allocation", _("There is no such allocation."))
        lock_accounts([known.account_id])
        undo_where("id = ANY(%(ids)s)", {"ids": [allocation_id]}, reason)
        known.refresh_from_db()
        if known.undone_reason != reason:
            raise Refusal("ledger.undone_already", _("This allocation was undone already."), status=409)
        return known


def undo_where(condition: str, values: dict[str, Any], reason: str) -> int:
    """Undo the live allocations that match and open both their sides again; accounts are locked by the caller."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH undone AS (
                  UPDATE ledger_allocation SET undone_at = %(now)s, undone_reason = %(reason)s
                  WHERE undone_at IS NULL AND {condition} RETURNING credit_id, debit_id, amount
                ), freed AS (
                  SELECT entry_id, sum(amount) AS amount
                  FROM (SELECT credit_id AS entry_id, amount FROM undone
                        UNION ALL SELECT debit_id, amount FROM undone) both_sides GROUP BY entry_id
                ), kept AS (
                  UPDATE ledger_openitem o SET open_amount = o.open_amount + f.amount
                  FROM freed f WHERE o.entry_id = f.entry_id
                ) SELECT count(*) FROM undone""",  # noqa: S608 - the condition is one of this package's own
            {"now": clock.now(), "reason": reason, **values},
        )
        return int(cursor.fetchone()[0])
