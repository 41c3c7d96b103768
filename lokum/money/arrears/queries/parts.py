"""Open amounts by component: an item's open amount is shared over its lines so that the parts sum to it exactly."""

from lokum.core.base.money import WHOLE_CURRENCIES

WHOLE = ", ".join(f"'{one}'" for one in WHOLE_CURRENCIES)

# Largest remainder: every part is cut down to whole minor units, what is left goes to the largest cut-off parts.
PARTS = f"""
weight AS (
  SELECT i.entry_id, l.component_key, sum(l.credit_amount - l.debit_amount) AS weight
  FROM item i JOIN place p ON p.account_id = i.account_id
  JOIN ledger_line l ON l.entry_id = i.entry_id AND l.account_id IS NULL
  WHERE i.side = 'debit' GROUP BY i.entry_id, l.component_key
), share AS (
  SELECT i.*, w.component_key, n.unit,
         floor(i.open_amount * w.weight / i.amount / n.unit) * n.unit AS cut,
         i.open_amount * w.weight / i.amount AS exact
  FROM item i JOIN place p ON p.account_id = i.account_id
  JOIN weight w ON w.entry_id = i.entry_id
  CROSS JOIN LATERAL (SELECT CASE WHEN p.currency IN ({WHOLE}) THEN 1 ELSE 0.01 END AS unit) n
), ranked AS (
  SELECT s.*, row_number() OVER (PARTITION BY s.entry_id ORDER BY s.exact - s.cut DESC, s.component_key) AS place_no,
         (s.open_amount - sum(s.cut) OVER (PARTITION BY s.entry_id)) / s.unit AS left_over
  FROM share s
), part AS (
  SELECT entry_id, account_id, side, due_on, amount, component_key,
         cut + CASE WHEN place_no <= left_over THEN unit ELSE 0 END AS open_amount
  FROM ranked
  UNION ALL
  SELECT entry_id, account_id, side, due_on, amount, NULL, open_amount FROM item WHERE side = 'credit'
)"""  # noqa: S608 - constants
