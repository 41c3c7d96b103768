"""Automatic transfers between the sub-accounts of one payer.

Money paid into one sub-account may cover a debt of another (see `allocation`). On and after that debt's due day the
transfer moves just this money: out of the one, into the other, with the value date of the payment. The source never
becomes a debt by it, what is not due yet waits, and running it again moves nothing (poland.md 2.3).
"""

import datetime as dt
from collections.abc import Collection
from decimal import Decimal
from typing import Any

from django.db import connection

from lokum.core.base import clock
from lokum.core.base.context import Actor
from lokum.core.organisation.models import Entity
from lokum.money.ledger.models import LedgerAccount, SubAccount
from lokum.money.ledger.services.allocation import undo_where
from lokum.money.ledger.services.posting import close_batch, lock_accounts, open_batch, posting

CANDIDATES = """
SELECT DISTINCT a.account_id FROM ledger_account k
JOIN ledger_allocation a ON a.account_id = k.id AND a.undone_at IS NULL
JOIN ledger_entry c ON c.id = a.credit_id JOIN ledger_entry d ON d.id = a.debit_id
WHERE k.entity_id = %(entity)s AND (%(accounts)s::bigint[] IS NULL OR k.id = ANY(%(accounts)s))
  AND c.sub_account_id IS DISTINCT FROM d.sub_account_id
ORDER BY 1
"""
# What covers debts of another sub-account and is due, longest due first, as far as the source has credit of its own.
MOVES = """
CREATE TEMP TABLE ledger_move ON COMMIT DROP AS
WITH crossing AS (
  SELECT a.id, a.account_id, coalesce(c.sub_account_id, 0) AS from_sub, coalesce(d.sub_account_id, 0) AS to_sub,
         a.credit_id, a.debit_id, a.amount, a.value_on, a.rule,
         coalesce(sum(a.amount) OVER (PARTITION BY a.account_id, coalesce(c.sub_account_id, 0)
           ORDER BY coalesce(d.due_on, d.effective_on), coalesce(s.position, 0), a.id
           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
  FROM ledger_allocation a
  JOIN ledger_entry c ON c.id = a.credit_id JOIN ledger_entry d ON d.id = a.debit_id
  LEFT JOIN ledger_subaccount s ON s.id = d.sub_account_id
  WHERE a.account_id = ANY(%(accounts)s) AND a.undone_at IS NULL
    AND c.sub_account_id IS DISTINCT FROM d.sub_account_id
    AND coalesce(d.due_on, d.effective_on) <= %(day)s AND c.booked_on <= %(day)s AND d.booked_on <= %(day)s
), credit AS (
  SELECT account_id, coalesce(sub_account_id, 0) AS sub, -sum(amount) AS amount
  FROM ledger_entry WHERE account_id = ANY(%(accounts)s) AND booked_on <= %(day)s
    AND (amount < 0 OR coalesce(due_on, effective_on) <= %(day)s)
  GROUP BY account_id, coalesce(sub_account_id, 0)
)
SELECT x.*, least(x.amount, k.amount - x.before) AS moved
FROM crossing x JOIN credit k ON k.account_id = x.account_id AND k.sub = x.from_sub AND k.amount > x.before
"""
LEGS = """
CREATE TEMP TABLE ledger_leg ON COMMIT DROP AS
SELECT account_id, from_sub, to_sub, sum(moved) AS amount, nextval('ledger_entry_id_seq') AS out_id,
       nextval('ledger_entry_id_seq') AS in_id
FROM (SELECT * FROM ledger_move ORDER BY account_id, from_sub, to_sub) m GROUP BY account_id, from_sub, to_sub
"""
ENTRIES = """
INSERT INTO ledger_entry (id, batch_id, entity_id, kind, account_id, sub_account_id, amount, document_number,
                          description, booked_on, effective_on, due_on, source_kind, source_id)
SELECT leg.id, %(batch)s, %(entity)s, 'transfer', l.account_id, nullif(leg.sub, 0), leg.amount, '', '', %(day)s,
       %(day)s, %(day)s, leg.source, l.out_id
FROM ledger_leg l CROSS JOIN LATERAL (VALUES
  (l.out_id, l.from_sub, l.amount, 'transfer'), (l.in_id, l.to_sub, -l.amount, 'transfer/in')
) leg(id, sub, amount, source) ORDER BY leg.id
"""
LINES = """
INSERT INTO ledger_line (entry_id, batch_id, entity_id, ledger_account_id, account_id, booked_on, debit_amount,
                         credit_amount)
SELECT line.entry_id, %(batch)s, %(entity)s, line.ledger_account_id, line.account_id, %(day)s, line.debit, line.credit
FROM ledger_leg l CROSS JOIN LATERAL (VALUES
  (l.out_id, %(receivable)s, l.account_id, l.amount, 0), (l.out_id, %(transit)s, NULL, 0, l.amount),
  (l.in_id, %(transit)s, NULL, l.amount, 0), (l.in_id, %(receivable)s, l.account_id, 0, l.amount)
) line(entry_id, ledger_account_id, account_id, debit, credit)
"""
# The payment covers the way out, the way in covers the debt; both keep the day on which the money counts.
REMATCH = """
WITH made AS (
  INSERT INTO ledger_allocation (account_id, credit_id, debit_id, amount, rule, value_on, made_at, actor_id,
                                 undone_reason)
  SELECT m.account_id, p.credit_id, p.debit_id, p.amount, p.rule, m.value_on, %(now)s, %(actor)s, ''
  FROM ledger_move m
  JOIN ledger_leg l ON l.account_id = m.account_id AND l.from_sub = m.from_sub AND l.to_sub = m.to_sub
  CROSS JOIN LATERAL (VALUES (m.credit_id, l.out_id, m.moved, 'transfer'), (l.in_id, m.debit_id, m.moved, 'transfer'),
                             (m.credit_id, m.debit_id, m.amount - m.moved, m.rule)
  ) p(credit_id, debit_id, amount, rule) WHERE p.amount > 0
  ORDER BY m.id, p.credit_id RETURNING credit_id, debit_id, amount
), used AS (
  SELECT entry_id, sum(amount) AS amount
  FROM (SELECT credit_id AS entry_id, amount FROM made UNION ALL SELECT debit_id, amount FROM made) both_sides
  GROUP BY entry_id
)
UPDATE ledger_openitem o SET open_amount = o.open_amount - u.amount FROM used u WHERE o.entry_id = u.entry_id
"""


def transfer_between_sub_accounts(
    entity_id: int, on: dt.date | None = None, account_ids: Collection[int] | None = None, *, actor: Actor
) -> tuple[int, Decimal]:
    """Move what is missing between sub-accounts as of a day (default today); returns (transfers, amount moved)."""
    nothing = (0, Decimal(0))
    if not SubAccount.objects.filter(entity_id=entity_id).exclude(kind=SubAccount.Kind.MAIN).exists():
        return nothing
    with posting(actor) as whole, connection.cursor() as cursor:
        day = on or clock.today(Entity.objects.get(pk=entity_id).time_zone)
        chosen = None if account_ids is None else sorted(set(account_ids))
        cursor.execute(CANDIDATES, {"entity": entity_id, "accounts": chosen})
        accounts = [row[0] for row in cursor.fetchall()]
        if not accounts:
            return nothing
        lock_accounts(accounts)
        moved = count, amount = _move(cursor, entity_id, accounts, day, whole)
        # What arrived in a sub-account may be just what it lacked to pass its own money on.
        while moved[0]:
            moved = _move(cursor, entity_id, accounts, day, whole)
            count, amount = count + moved[0], amount + moved[1]
        return count, amount


def _move(cursor: Any, entity_id: int, accounts: list[int], day: dt.date, actor: Actor) -> tuple[int, Decimal]:
    """One pass over locked accounts: a batch with both legs of every transfer, or nothing."""
    for table in ("ledger_move", "ledger_leg"):
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")
    cursor.execute(MOVES, {"accounts": accounts, "day": day})
    cursor.execute(LEGS)
    cursor.execute("SELECT count(*), coalesce(sum(amount), 0), min(out_id) FROM ledger_leg")
    count, amount, first = cursor.fetchone()
    if not count:
        return 0, Decimal(0)
    chart = dict(LedgerAccount.objects.filter(entity_id=entity_id).values_list("purpose", "pk"))
    batch_id = open_batch(entity_id, "transfer", f"transfer:{first}", day, actor=actor)
    values: dict[str, Any] = {"batch": batch_id, "entity": entity_id, "day": day, "now": clock.now(),
                              "actor": actor.user_id, "receivable": chart["receivable"],
                              "transit": chart["transit"]}  # fmt: skip
    cursor.execute(ENTRIES, values)
    cursor.execute(LINES, values)
    close_batch(batch_id)
    undo_where("id IN (SELECT id FROM ledger_move)", {}, "transfer")
    cursor.execute(REMATCH, values)
    return int(count), amount
