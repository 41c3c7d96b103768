-- A month for every payer in one statement: document, eight lines, nine postings, open item, balance.
-- %(month)s; %(documents)s and %(postings)s: last numbers before the blocks reserved for this run.
WITH priced AS MATERIALIZED (
  SELECT payer.id AS payer_id, c.id AS component_id, c.ledger_account_id, b.quantity, t.price,
         round(b.quantity * t.price, 2) AS amount
  FROM payer
  JOIN premises p ON p.id = payer.premises_id
  JOIN tariff t ON t.building_id = p.building_id AND t.valid_from <= %(month)s AND t.valid_to > %(month)s
  JOIN component c ON c.id = t.component_id
  JOIN basis b ON b.premises_id = p.id AND b.kind = c.basis AND b.valid_from <= %(month)s AND b.valid_to > %(month)s
), heads AS MATERIALIZED (
  SELECT payer_id, sum(amount) AS total, %(documents)s + row_number() OVER (ORDER BY payer_id) AS document_id
  FROM priced GROUP BY payer_id
), made_documents AS (
  INSERT INTO document
  SELECT document_id, 1, payer_id, %(month)s, to_char(%(month)s::date, '"N/"YYYY/MM/') || lpad(payer_id::text, 7, '0'),
         %(month)s, %(month)s::date + 9, total FROM heads
), made_lines AS (
  INSERT INTO document_line
  SELECT h.document_id, p.component_id, p.quantity, p.price, p.amount FROM priced p JOIN heads h USING (payer_id)
), made_items AS (
  INSERT INTO open_item SELECT document_id, payer_id, %(month)s::date + 9, total, total FROM heads
), kept_balances AS (
  UPDATE balance SET amount = balance.amount + heads.total FROM heads WHERE heads.payer_id = balance.payer_id
)
INSERT INTO posting
SELECT %(postings)s + (document_id - %(documents)s - 1) * 9 + 1, document_id, 1, payer_id, NULL::smallint,
       %(month)s::date, total, 0 FROM heads
UNION ALL
SELECT %(postings)s + (h.document_id - %(documents)s - 1) * 9 + 1 + p.component_id, h.document_id, p.ledger_account_id,
       NULL, p.component_id, %(month)s, 0, p.amount
FROM priced p JOIN heads h USING (payer_id)
