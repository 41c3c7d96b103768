"""The SQL of allocation: in one statement where every credit of an account follows the same order, in rounds where
each payment may have an order of its own (the payer's designation, interest noted up to its value date).

`covering` is the pure twin of the order; a test compares them.
"""

# Where an item stands in line; `s.debt_id` is the debt that an interest item belongs to, `t` that debt's own item.
DEBT_DUE, DEBT = "coalesce(t.due_on, o.due_on)", "coalesce(s.debt_id, o.entry_id)"
# Interest that arose after a payment's value date is no side due of the debt it covered: it comes behind the principal.
ARISEN = "CASE WHEN s.debt_id IS NULL THEN 1 WHEN x.effective_on <= c.effective_on THEN 0 ELSE 2 END"
ORDERS = {
    "legal": f"{DEBT_DUE}, {DEBT}, {{arisen}}, o.due_on, o.entry_id",
    "principal_first": f"s.debt_id IS NOT NULL, {DEBT_DUE}, {DEBT}, o.due_on, o.entry_id",
    "oldest_first": "o.due_on, o.entry_id",
}
# Without any interest in the books the three orders are one.
PLAIN_ORDER = "o.due_on, o.entry_id"
SIDES = """LEFT JOIN ({sides}) s ON s.entry_id = o.entry_id LEFT JOIN ledger_openitem t ON t.entry_id = s.debt_id
  LEFT JOIN ledger_entry x ON x.id = s.entry_id"""

# Accounts with interest that arose after the value date of a payment: their payments do not all follow one order.
LATE_INTEREST = """
SELECT DISTINCT o.account_id
FROM ledger_openitem o JOIN ({sides}) s ON s.entry_id = o.entry_id JOIN ledger_entry x ON x.id = o.entry_id
JOIN ledger_openitem co ON co.account_id = o.account_id AND co.side = 'credit' AND co.open_amount > 0
JOIN ledger_entry c ON c.id = co.entry_id AND c.effective_on < x.effective_on
WHERE o.account_id = ANY(%(accounts)s) AND o.side = 'debit' AND o.open_amount > 0
"""

AT_ONCE = """
WITH credits AS (
  SELECT o.entry_id, o.account_id, e.effective_on,
         sum(o.open_amount) OVER w AS upper, sum(o.open_amount) OVER w - o.open_amount AS lower
  FROM ledger_openitem o JOIN ledger_entry e ON e.id = o.entry_id
  WHERE o.account_id = ANY(%(accounts)s) AND o.side = 'credit' AND o.open_amount > 0
  WINDOW w AS (PARTITION BY o.account_id ORDER BY o.due_on, o.entry_id)
), debits AS (
  SELECT o.entry_id, o.account_id,
         sum(o.open_amount) OVER w AS upper, sum(o.open_amount) OVER w - o.open_amount AS lower
  FROM ledger_openitem o {sides}
  WHERE o.account_id = ANY(%(accounts)s) AND o.side = 'debit' AND o.open_amount > 0
  WINDOW w AS (PARTITION BY o.account_id ORDER BY {order})
), pairs AS MATERIALIZED (
  SELECT c.account_id, c.entry_id AS credit_id, d.entry_id AS debit_id, c.effective_on, %(rule)s::text AS rule,
         least(c.upper, d.upper) - greatest(c.lower, d.lower) AS amount
  FROM credits c JOIN debits d ON d.account_id = c.account_id AND d.lower < c.upper AND c.lower < d.upper
), {write}
"""

# One payment of each account: the one that came first.
ROUND = """
WITH credits AS (
  SELECT DISTINCT ON (o.account_id) o.account_id, o.entry_id, o.open_amount, e.effective_on
  FROM ledger_openitem o JOIN ledger_entry e ON e.id = o.entry_id
  WHERE o.account_id = ANY(%(accounts)s) AND o.side = 'credit' AND o.open_amount > 0
  ORDER BY o.account_id, o.due_on, o.entry_id
), debits AS (
  SELECT o.entry_id, o.account_id, n.named,
         sum(o.open_amount) OVER w AS upper, sum(o.open_amount) OVER w - o.open_amount AS lower
  FROM ledger_openitem o {sides}
  JOIN credits c ON c.account_id = o.account_id
  CROSS JOIN LATERAL (SELECT EXISTS (
    SELECT FROM allocation_named n WHERE n.credit_id = c.entry_id AND n.debit_id IN ({named})) AS named) n
  WHERE o.side = 'debit' AND o.open_amount > 0
  WINDOW w AS (PARTITION BY o.account_id ORDER BY NOT n.named, {order})
), pairs AS MATERIALIZED (
  SELECT c.account_id, c.entry_id AS credit_id, d.entry_id AS debit_id, c.effective_on,
         CASE WHEN d.named THEN %(named_rule)s::text ELSE %(rule)s END AS rule,
         least(c.open_amount, d.upper) - d.lower AS amount
  FROM credits c JOIN debits d ON d.account_id = c.account_id AND d.lower < c.open_amount
), {write}
"""

WRITE = """made AS (
  INSERT INTO ledger_allocation (account_id, credit_id, debit_id, amount, rule, value_on, made_at, actor_id,
                                 undone_reason)
  SELECT account_id, credit_id, debit_id, amount, rule, effective_on, %(now)s, %(actor)s, '' FROM pairs
  ORDER BY credit_id, debit_id
), used AS (
  SELECT entry_id, sum(amount) AS amount
  FROM (SELECT credit_id AS entry_id, amount FROM pairs UNION ALL SELECT debit_id, amount FROM pairs) both_sides
  GROUP BY entry_id
), kept AS (
  UPDATE ledger_openitem o SET open_amount = o.open_amount - u.amount FROM used u WHERE o.entry_id = u.entry_id
)
SELECT count(*), coalesce(sum(amount), 0) FROM pairs"""

BOTH_SIDES_OPEN = """
SELECT c.account_id FROM ledger_openitem c
JOIN ledger_account a ON a.id = c.account_id AND a.entity_id = %(entity)s
WHERE c.side = 'credit' AND c.open_amount > 0 AND (%(accounts)s::bigint[] IS NULL OR c.account_id = ANY(%(accounts)s))
  AND EXISTS (SELECT FROM ledger_openitem d
              WHERE d.account_id = c.account_id AND d.side = 'debit' AND d.open_amount > 0)
GROUP BY c.account_id ORDER BY c.account_id
"""

# What the payer named: the number of a document in the title of the transfer, as a word of its own, with or without
# the blanks that banks put into long titles; with {months} also the month of a charge ("05/2026", "2026-05").
NAMED = """
CREATE TEMP TABLE allocation_named ON COMMIT DROP AS
SELECT credit_id, debit_id FROM (
  SELECT c.entry_id AS credit_id, d.entry_id AS debit_id, upper(ce.description) AS title,
         replace(upper(ce.description), ' ', '') AS squeezed, upper(de.document_number) AS number, de.kind, de.booked_on
  FROM ledger_openitem c
  JOIN ledger_entry ce ON ce.id = c.entry_id AND ce.description <> ''
  JOIN ledger_openitem d ON d.account_id = c.account_id AND d.side = 'debit' AND d.open_amount > 0
  JOIN ledger_entry de ON de.id = d.entry_id
  WHERE c.account_id = ANY(%(accounts)s) AND c.side = 'credit' AND c.open_amount > 0
) p
WHERE (p.number <> '' AND strpos(p.squeezed, replace(p.number, ' ', '')) > 0
       AND (p.title ~ ('(^|[^0-9A-Z])' || regexp_replace(p.number, '([^0-9A-Z])', '\\\\\\1', 'g') || '($|[^0-9])')
            OR strpos(p.title, p.number) = 0
               AND p.squeezed ~ (regexp_replace(replace(p.number, ' ', ''), '([^0-9A-Z])', '\\\\\\1', 'g')
                                 || '($|[^0-9])'))){months}
"""
MONTHS = """
   OR (p.kind = 'charge' AND p.title ~ (
       '(^|[^0-9/.-])(0?' || extract(month FROM p.booked_on) || '[/.-]' || extract(year FROM p.booked_on) || '|'
       || to_char(p.booked_on, 'YYYY-MM') || ')($|[^0-9/.-])'))"""
NOTHING_NAMED = "CREATE TEMP TABLE allocation_named (credit_id bigint, debit_id bigint) ON COMMIT DROP"

# The debts that the first payment of each account reaches, in the order in which it will cover them.
REACH = """
CREATE TEMP TABLE allocation_reach ON COMMIT DROP AS
WITH credits AS (
  SELECT DISTINCT ON (o.account_id) o.account_id, o.entry_id, o.open_amount, e.effective_on, e.booked_on
  FROM ledger_openitem o JOIN ledger_entry e ON e.id = o.entry_id
  WHERE o.account_id = ANY(%(accounts)s) AND o.side = 'credit' AND o.open_amount > 0 AND e.kind = 'payment'
  ORDER BY o.account_id, o.due_on, o.entry_id
), debts AS (
  SELECT c.account_id, coalesce(s.debt_id, o.entry_id) AS debt_id, bool_or(EXISTS (
           SELECT FROM allocation_named n WHERE n.credit_id = c.entry_id AND n.debit_id IN (o.entry_id, s.debt_id)
         )) AS named, min(coalesce(t.due_on, o.due_on)) AS due_on, sum(o.open_amount) AS open_amount
  FROM ledger_openitem o {sides}
  JOIN credits c ON c.account_id = o.account_id
  WHERE o.side = 'debit' AND o.open_amount > 0 GROUP BY c.account_id, coalesce(s.debt_id, o.entry_id)
), ranked AS (
  SELECT d.*, row_number() OVER w AS place, sum(open_amount) OVER w - open_amount AS before
  FROM debts d WINDOW w AS (PARTITION BY account_id ORDER BY NOT named, due_on, debt_id)
)
SELECT r.account_id, c.entry_id AS credit_id, c.open_amount AS credit_amount, c.effective_on AS value_on, c.booked_on,
       r.debt_id, r.place, r.open_amount
FROM ranked r JOIN credits c ON c.account_id = r.account_id AND r.before < c.open_amount
"""
