"""Numbers to pay to."""

# The number each payer pays to today: one that leads to a bank account open today comes first, then the newest. While
# the bank account after an ended one has no numbers yet, payers keep the old ones; money sent there is recognised.
NUMBERS_OF_TODAY = """
WITH pool AS MATERIALIZED (
  SELECT p.id, (now() AT TIME ZONE e.time_zone)::date BETWEEN b.opened_on AND coalesce(b.closed_on, 'infinity') AS open
  FROM payments_virtualaccountpool p
  JOIN organisation_entitybankaccount b ON b.id = p.bank_account_id
  JOIN organisation_entity e ON e.id = b.entity_id
)
SELECT DISTINCT ON (n.account_id) n.account_id, n.number
FROM payments_virtualaccount n JOIN pool p ON p.id = n.pool_id
WHERE n.retired_on IS NULL
ORDER BY n.account_id, NOT p.open, n.id DESC
"""
