-- Post the staged entries and use the money for the debts due longest.
WITH made_documents AS (
  INSERT INTO document
  SELECT document_id, 2, payer_id, %(month)s, 'B/' || %(statement)s || '/' || document_id, booked_on, NULL, amount FROM matched
), made_postings AS (
  INSERT INTO posting
  SELECT %(postings)s + 2 * (document_id - %(documents)s) - 1, document_id, 2, NULL::int, NULL::smallint, booked_on, amount, 0
  FROM matched
  UNION ALL
  SELECT %(postings)s + 2 * (document_id - %(documents)s), document_id, CASE WHEN payer_id IS NULL THEN 3 ELSE 1 END,
         payer_id, NULL, booked_on, 0, amount FROM matched
), kept_balances AS (
  UPDATE balance SET amount = balance.amount - m.amount
  FROM (SELECT payer_id, sum(amount) AS amount FROM matched GROUP BY payer_id) m WHERE m.payer_id = balance.payer_id
), money AS (
  SELECT document_id, payer_id, sum(amount) OVER w AS upper, sum(amount) OVER w - amount AS lower
  FROM matched WHERE payer_id IS NOT NULL WINDOW w AS (PARTITION BY payer_id ORDER BY booked_on, document_id)
), debts AS (
  SELECT document_id, payer_id, sum(open) OVER w AS upper, sum(open) OVER w - open AS lower
  FROM open_item WHERE payer_id IN (SELECT payer_id FROM matched)
  WINDOW w AS (PARTITION BY payer_id ORDER BY due_on, document_id)
), pairs AS MATERIALIZED (
  SELECT m.document_id AS payment_id, d.document_id, d.payer_id,
         least(m.upper, d.upper) - greatest(m.lower, d.lower) AS amount
  FROM money m JOIN debts d ON d.payer_id = m.payer_id AND d.lower < m.upper AND m.lower < d.upper
), made_allocations AS (
  INSERT INTO allocation SELECT payment_id, document_id, payer_id, amount FROM pairs
), covered AS MATERIALIZED (
  SELECT document_id, sum(amount) AS amount FROM pairs GROUP BY document_id
), closed AS (
  DELETE FROM open_item o USING covered c WHERE o.document_id = c.document_id AND o.open = c.amount
), reduced AS (
  UPDATE open_item o SET open = o.open - c.amount FROM covered c WHERE o.document_id = c.document_id AND o.open > c.amount
)
INSERT INTO open_credit
SELECT m.document_id, m.payer_id, m.booked_on, m.amount - coalesce(p.amount, 0)
FROM matched m LEFT JOIN (SELECT payment_id, sum(amount) AS amount FROM pairs GROUP BY payment_id) p ON p.payment_id = m.document_id
WHERE m.payer_id IS NOT NULL AND m.amount > coalesce(p.amount, 0)
