"""What the proof of the books asks of the bank's side."""

from collections.abc import Iterable

from django.db import connection

from lokum.money.ledger.proof import Finding, hash_joins

# Money is in the queue and on the clearing account, or in neither; a returned transfer is posted when it is cleared.
QUEUE_AND_BOOKS = """
SELECT g.entity_id, coalesce(q.waiting, 0), coalesce(l.booked, 0)
FROM ledger_ledgeraccount g
LEFT JOIN (SELECT entity_id, sum(left_amount) AS waiting FROM banking_clearingitem WHERE reason <> 'returned'
           GROUP BY entity_id) q ON q.entity_id = g.entity_id
LEFT JOIN (SELECT ledger_account_id, sum(credit_amount - debit_amount) AS booked FROM ledger_line
           WHERE ledger_account_id IN (SELECT id FROM ledger_ledgeraccount WHERE purpose = 'clearing')
           GROUP BY ledger_account_id) l ON l.ledger_account_id = g.id
WHERE g.purpose = 'clearing' AND coalesce(q.waiting, 0) <> coalesce(l.booked, 0)
ORDER BY g.entity_id
"""


def queue_and_books() -> Iterable[Finding]:
    """The open total of the queue of unclear money is the balance of the clearing account."""
    with connection.cursor() as cursor:
        cursor.execute(QUEUE_AND_BOOKS)
        for entity_id, waiting, booked in cursor.fetchall():
            yield Finding("organisation.entity", entity_id, f"{waiting} wait in the queue, the books say {booked}")


# Incoming lines are posted under their own number; outgoing ones by their booking, which may name a refund posted
# before. Of a line that waits (outgoing, returned) nothing may be in the books yet.
BOOKED_ONCE = """
WITH bank AS (
  SELECT l.entry_id, l.debit_amount - l.credit_amount AS amount
  FROM ledger_line l JOIN ledger_ledgeraccount g ON g.id = l.ledger_account_id AND g.purpose IN ('bank', 'bank_account')
), incoming AS (
  SELECT e.source_id AS line_id, count(*) AS count, sum(b.amount) AS amount
  FROM ledger_entry e JOIN bank b ON b.entry_id = e.id WHERE e.source_kind = 'bank-entry' GROUP BY 1
), outgoing AS (
  SELECT o.bank_entry_id AS line_id, count(*) AS count, sum(b.amount) AS amount
  FROM banking_outgoingbooking o LEFT JOIN bank b ON b.entry_id = o.entry_id WHERE o.undone_at IS NULL GROUP BY 1
), stray AS (
  SELECT o.bank_entry_id AS line_id FROM banking_outgoingbooking o
  JOIN ledger_entry r ON r.corrects_id = o.entry_id AND r.source_kind = 'reversal' WHERE o.undone_at IS NULL
)
SELECT n.id, n.state, n.amount, coalesce(i.count, 0) + coalesce(o.count, 0), coalesce(i.amount, o.amount, 0)
FROM banking_bankentry n
LEFT JOIN incoming i ON i.line_id = n.id LEFT JOIN outgoing o ON o.line_id = n.id
LEFT JOIN stray s ON s.line_id = n.id
LEFT JOIN banking_clearingitem c ON c.bank_entry_id = n.id AND c.reason = 'returned'
WHERE n.state <> 'new' AND n.amount <> 0 AND c.id IS NULL AND (
  s.line_id IS NOT NULL
  OR CASE WHEN n.state = 'outgoing' THEN i.count IS NOT NULL OR o.count IS NOT NULL
          ELSE coalesce(i.count, 0) + coalesce(o.count, 0) <> 1
            OR coalesce(i.amount, o.amount) IS DISTINCT FROM n.amount
     END)
ORDER BY n.id LIMIT 1000
"""

# Statements in the order of their days; one that repeats another adds nothing. Lines count whatever file brought them
# first: a report without balances may tell of money before the statement does.
CLOSING = """
WITH told AS (
  SELECT s.bank_account_id, s.id, s.from_on, s.to_on, s.opening_amount, s.closing_amount,
    row_number() OVER (PARTITION BY s.bank_account_id ORDER BY s.from_on, s.id) AS first,
    row_number() OVER (PARTITION BY s.bank_account_id ORDER BY s.from_on DESC, s.id DESC) AS last
  FROM banking_bankstatement s
  WHERE s.state <> 'repeated' AND s.opening_amount IS NOT NULL AND s.closing_amount IS NOT NULL
    AND EXISTS (SELECT FROM banking_bankentry n WHERE n.statement_id = s.id)
)
SELECT f.bank_account_id, f.opening_amount + m.moved, l.closing_amount
FROM told f JOIN told l ON l.bank_account_id = f.bank_account_id AND l.last = 1
JOIN LATERAL (SELECT sum(n.amount) AS moved FROM banking_bankentry n
              WHERE n.bank_account_id = f.bank_account_id AND n.booked_on BETWEEN f.from_on AND l.to_on) m ON true
WHERE f.first = 1 AND f.opening_amount + m.moved <> l.closing_amount
ORDER BY f.bank_account_id
"""


# By ledger account, since an account goes on under a new number. What waits for a decision is not in the books yet.
OWN_ACCOUNTS = """
WITH told AS (
  SELECT s.bank_account_id, s.id, s.opening_amount, s.closing_amount,
    row_number() OVER (PARTITION BY s.bank_account_id ORDER BY s.from_on, s.id) AS first,
    row_number() OVER (PARTITION BY s.bank_account_id ORDER BY s.from_on DESC, s.id DESC) AS last
  FROM banking_bankstatement s
  WHERE s.state <> 'repeated' AND s.opening_amount IS NOT NULL AND s.closing_amount IS NOT NULL
    AND EXISTS (SELECT FROM banking_bankentry n WHERE n.statement_id = s.id)
), moved AS (
  SELECT k.ledger_account_id, sum(l.closing_amount - f.opening_amount) AS amount
  FROM told f JOIN told l ON l.bank_account_id = f.bank_account_id AND l.last = 1
  JOIN banking_bankbook k ON k.bank_account_id = f.bank_account_id
  WHERE f.first = 1 GROUP BY k.ledger_account_id
), waiting AS (
  SELECT k.ledger_account_id, sum(n.amount) AS amount FROM banking_bankentry n
  JOIN banking_bankbook k ON k.bank_account_id = n.bank_account_id
  LEFT JOIN banking_clearingitem c ON c.bank_entry_id = n.id AND c.reason = 'returned'
  WHERE n.state IN ('new', 'outgoing') OR (n.state = 'queued' AND c.state <> 'done') GROUP BY k.ledger_account_id
), start AS (
  SELECT k.ledger_account_id, sum(l.debit_amount - l.credit_amount) AS amount
  FROM banking_bankbook k
  JOIN ledger_entry o ON o.source_id = k.id AND split_part(o.source_kind, '/', 1) = 'bank-opening'
  JOIN ledger_entry e ON e.id = o.id OR (e.corrects_id = o.id AND e.source_kind = 'reversal')
  JOIN ledger_line l ON l.entry_id = e.id
  JOIN ledger_ledgeraccount g ON g.id = l.ledger_account_id AND g.purpose IN ('bank', 'bank_account')
  GROUP BY k.ledger_account_id
), booked AS (
  SELECT ledger_account_id, sum(debit_amount - credit_amount) AS amount FROM ledger_line
  WHERE ledger_account_id IN (SELECT id FROM ledger_ledgeraccount WHERE purpose = 'bank_account') GROUP BY 1
)
SELECT g.id, coalesce(b.amount, 0) - coalesce(s.amount, 0), m.amount - coalesce(w.amount, 0)
FROM ledger_ledgeraccount g JOIN moved m ON m.ledger_account_id = g.id
LEFT JOIN waiting w ON w.ledger_account_id = g.id LEFT JOIN start s ON s.ledger_account_id = g.id
LEFT JOIN booked b ON b.ledger_account_id = g.id
WHERE g.purpose = 'bank_account'
  AND coalesce(b.amount, 0) - coalesce(s.amount, 0) <> m.amount - coalesce(w.amount, 0)
ORDER BY g.id
"""


# Its entry stands unless undone and moves its amount; that of a payer took free money of the same amount when it was
# posted; paid out: one line carries it.
REFUNDS = """
SELECT r.id, r.state, CASE
  WHEN (r.state = 'undone') <> (v.id IS NOT NULL) THEN 'state and reversal differ'
  WHEN (r.state = 'paid') <> (o.id IS NOT NULL) THEN 'state and bank line differ'
  WHEN o.id IS NOT NULL AND -n.amount <> r.amount THEN 'the bank paid out another amount'
  WHEN e.id IS NULL OR m.amount IS DISTINCT FROM r.amount THEN 'the books moved ' || coalesce(m.amount::text, 'nothing')
  WHEN r.account_id IS NOT NULL AND a.amount IS DISTINCT FROM r.amount THEN 'took other money than what was free'
  END
FROM banking_refund r
LEFT JOIN ledger_entry e ON e.id = r.entry_id AND e.account_id IS NOT DISTINCT FROM r.account_id
LEFT JOIN ledger_entry v ON v.corrects_id = r.entry_id AND v.source_kind = 'reversal'
LEFT JOIN LATERAL (SELECT sum(l.credit_amount) AS amount FROM ledger_line l WHERE l.entry_id = r.entry_id) m ON true
LEFT JOIN LATERAL (SELECT sum(x.amount) AS amount FROM ledger_allocation x
                   WHERE x.debit_id = r.entry_id AND x.rule = 'refund') a ON true
LEFT JOIN banking_outgoingbooking o ON o.undone_at IS NULL AND r.entry_id IN (o.carries_id, o.entry_id)
LEFT JOIN banking_bankentry n ON n.id = o.bank_entry_id
"""


def refunds() -> Iterable[Finding]:
    """Each refund stands in the books as its state says, used free money alone, and left the bank at most once."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({REFUNDS}) x(id, state, wrong) WHERE wrong IS NOT NULL ORDER BY id")  # noqa: S608
        for pk, state, wrong in cursor.fetchall():
            yield Finding("banking.refund", pk, f"{state}: {wrong}")


def own_accounts() -> Iterable[Finding]:
    """Each bank account's own ledger account moved as its statements say, but for the lines that wait."""
    with connection.cursor() as cursor:
        cursor.execute(OWN_ACCOUNTS)
        for pk, booked, told in cursor.fetchall():
            yield Finding("ledger.ledgeraccount", pk, f"the books moved by {booked}, the bank's statements by {told}")


def lines_booked_once() -> Iterable[Finding]:
    """Each line of a posted statement stands in the books once, with its amount; one that waits does not."""
    with hash_joins(), connection.cursor() as cursor:
        cursor.execute(BOOKED_ONCE)
        rows = cursor.fetchall()
    for pk, state, amount, count, booked in rows:
        yield Finding("banking.bankentry", pk, f"{state}, {amount}: booked {count} times, with {booked}")


def closing_balances() -> Iterable[Finding]:
    """The first opening balance of a bank account and all its lines give the closing balance of its last statement."""
    with connection.cursor() as cursor:
        cursor.execute(CLOSING)
        for pk, reached, closing in cursor.fetchall():
            detail = f"opening and lines give {reached}, the last statement closes with {closing}"
            yield Finding("organisation.entitybankaccount", pk, detail)
