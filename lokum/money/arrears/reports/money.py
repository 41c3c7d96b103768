"""Money of payers in the chosen months, as receipts, methods and cashiers add it up (RPT-07)."""

from lokum.core.reports.declaration import Values
from lokum.money.arrears.reports.asking import known_condition


def money_sql(values: Values) -> str:
    """Common table expressions ending in `money`: payments, refunds and what reversed either.

    The entries of the months are read first: what they are is told of them, not looked for in an index over all years.
    """
    return f"""booked AS MATERIALIZED (
  SELECT n.id, n.batch_id, n.account_id, n.booked_on, n.kind, n.amount, n.document_number, n.corrects_id
  FROM ledger_entry n WHERE n.booked_on BETWEEN %(start)s AND %(end)s{known_condition(values)}
), money AS MATERIALIZED (
  SELECT n.id, n.batch_id, n.account_id, n.booked_on, n.kind, n.amount, n.document_number,
         coalesce(o.id, n.id) AS payment_id
  FROM booked n LEFT JOIN ledger_entry o ON o.id = n.corrects_id
  WHERE n.kind IN ('payment', 'refund') OR (n.kind = 'correction' AND o.kind IN ('payment', 'refund'))
)"""  # noqa: S608 - built from constants, values as parameters


# Joined to `money n`. Payments are looked up by an array of keys: told how many there are, the server would rather read
# the payments of all years in their order.
PAYMENT = """
LEFT JOIN (SELECT m.entry_id, m.channel, m.channel_reference FROM payments_payment m
           WHERE m.entry_id = ANY(ARRAY(SELECT n.payment_id FROM money n))) m ON m.entry_id = n.payment_id"""
