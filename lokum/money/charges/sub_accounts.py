"""Notices whose components stand in several sub-accounts: one entry for each, the notice's own being the main one.

Entities that keep one sub-account only never come here; see `issuing` for the placeholders.
"""

from lokum.money.charges.issuing import OF_HEAD

SEVERAL = """
SELECT EXISTS (SELECT FROM charges_component c WHERE c.entity_id = %(entity)s AND c.sub_account_id IS NOT NULL)
"""

# The main part comes first, else the one that is covered first; it is the notice's own entry.
PARTS = f"""
CREATE TEMP TABLE charge_part ON COMMIT DROP AS
WITH sums AS (
  SELECT h.entry_id AS head_id, c.sub_account_id, sum(d.amount) AS total,
         coalesce(sum(d.amount) FILTER (WHERE d.amount > 0), 0) AS up,
         coalesce(-sum(d.amount) FILTER (WHERE d.amount < 0), 0) AS down
  FROM charges_draftline d JOIN charge_head h ON {OF_HEAD} JOIN charges_component c ON c.id = d.component_id
  WHERE d.run_id = %(run)s AND d.problem = '' GROUP BY h.entry_id, c.sub_account_id
), placed AS (
  SELECT s.*, a.due_day, row_number() OVER (PARTITION BY s.head_id
           ORDER BY s.sub_account_id IS NOT NULL, a.position, s.sub_account_id) AS place
  FROM sums s LEFT JOIN ledger_subaccount a ON a.id = s.sub_account_id
)
SELECT p.*, h.account_id, h.document_id,
       CASE WHEN h.total < 0 THEN h.due_on ELSE coalesce(due.due_on, h.due_on) END AS due_on,
       CASE WHEN p.place = 1 THEN p.head_id ELSE nextval('ledger_entry_id_seq') END AS entry_id
FROM placed p JOIN charge_head h ON h.entry_id = p.head_id
LEFT JOIN (SELECT * FROM unnest(%(due_days)s::int[], %(due_dates)s::date[]) AS d(due_day, due_on)) due
  ON due.due_day = p.due_day
ORDER BY h.place, p.place
"""  # noqa: S608 - built from constants

ENTRIES = """
INSERT INTO ledger_entry (id, batch_id, entity_id, kind, account_id, sub_account_id, amount, document_number,
                          description, booked_on, effective_on, due_on, source_kind, source_id)
SELECT p.entry_id, %(batch)s, %(entity)s, CASE WHEN p.total < 0 THEN 'correction' ELSE 'charge' END, p.account_id,
       p.sub_account_id, p.total, d.number, '', %(day)s, %(day)s, p.due_on,
       CASE WHEN p.place = 1 THEN 'notice' ELSE 'notice/' || p.sub_account_id END, p.document_id
FROM charge_part p JOIN papers_issueddocument d ON d.id = p.document_id ORDER BY p.entry_id
"""

LEDGER_LINES = f"""
INSERT INTO ledger_line (entry_id, batch_id, entity_id, ledger_account_id, account_id, component_key, booked_on,
                         debit_amount, credit_amount)
SELECT p.entry_id, %(batch)s, %(entity)s, %(receivable)s, p.account_id, NULL::bigint, %(day)s::date,
       side.debit, side.credit
FROM charge_part p CROSS JOIN LATERAL (VALUES
  (CASE WHEN p.total = 0 THEN p.up ELSE greatest(p.total, 0) END, 0::numeric),
  (0, CASE WHEN p.total = 0 THEN p.down ELSE greatest(-p.total, 0) END)) side(debit, credit)
WHERE side.debit > 0 OR side.credit > 0
UNION ALL
SELECT p.entry_id, %(batch)s, %(entity)s, line.ledger_account_id, NULL, c.id, %(day)s::date, greatest(-line.amount, 0),
       greatest(line.amount, 0)
FROM charges_draftline d JOIN charge_head h ON {OF_HEAD} JOIN charges_component c ON c.id = d.component_id
JOIN charge_part p ON p.head_id = h.entry_id AND p.sub_account_id IS NOT DISTINCT FROM c.sub_account_id
CROSS JOIN LATERAL (VALUES (c.income_account_id, d.net_amount), (%(vat)s, d.tax_amount)) line(ledger_account_id, amount)
WHERE d.run_id = %(run)s AND d.problem = '' AND line.amount <> 0
"""  # noqa: S608 - built from constants
