-- A month for every payer in one statement: document with its contents, eight lines with the explanation each can be
-- worked out again from, nine postings, open item, balance. Contents and explanations are what issue and law ask of a
-- posted month, so the limit writes them too, each as one value built in one go.
-- %(month)s; %(documents)s and %(postings)s: last numbers before the blocks reserved for this run.
WITH priced AS MATERIALIZED (
  SELECT payer.id AS payer_id, c.id AS component_id, c.ledger_account_id, b.quantity, t.price,
         round(b.quantity * t.price, 2) AS amount, c.basis, b.valid_from AS basis_from, t.valid_from AS price_from,
         p.id AS premises_id, t.building_id
  FROM payer
  JOIN premises p ON p.id = payer.premises_id
  JOIN tariff t ON t.building_id = p.building_id AND t.valid_from <= %(month)s AND t.valid_to > %(month)s
  JOIN component c ON c.id = t.component_id
  JOIN basis b ON b.premises_id = p.id AND b.kind = c.basis AND b.valid_from <= %(month)s AND b.valid_to > %(month)s
), heads AS MATERIALIZED (
  SELECT payer_id, min(premises_id) AS premises_id, sum(amount) AS total, json_agg(json_build_object(
           'component', component_id, 'name', 'Component ' || component_id, 'class', 'service', 'basis', basis,
           'unit', 'm2', 'vat_kind', 'exempt', 'vat_percent', '0', 'quantity', quantity::text, 'price', price::text,
           'net', amount::text, 'tax', '0.00', 'amount', amount::text) ORDER BY component_id) AS lines,
         %(documents)s + row_number() OVER (ORDER BY payer_id) AS document_id
  FROM priced GROUP BY payer_id
), made_documents AS (
  INSERT INTO document
  SELECT document_id, 1, payer_id, %(month)s, to_char(%(month)s::date, '"N/"YYYY/MM/') || lpad(payer_id::text, 7, '0'),
         %(month)s, %(month)s::date + 9, total FROM heads
), made_contents AS (
  INSERT INTO document_contents
  SELECT document_id, json_build_object(
           'number', to_char(%(month)s::date, '"N/"YYYY/MM/') || lpad(payer_id::text, 7, '0'), 'period', %(month)s::date,
           'issued_on', %(month)s::date, 'due_on', %(month)s::date + 9, 'currency', 'PLN', 'issuer', json_build_object(
             'name', 'SM W1', 'legal_name', 'Spółdzielnia W1', 'street', '', 'postal_code', '', 'city', '', 'email', '',
             'phone', '', 'website', '', 'tax_number', ''),
           'payer', json_build_object('name', 'Payer ' || payer_id, 'street', 'ul. Lipowa ' || premises_id,
             'postal_code', '50-001', 'city', 'Wrocław', 'country', 'PL'),
           'premises', json_build_object('code', premises_id, 'address', 'ul. Lipowa ' || premises_id, 'city', 'Wrocław'),
           'account', json_build_object('code', payer_id, 'number', '99' || lpad(payer_id::text, 24, '0')),
           'net', total::text, 'tax', '0.00', 'total', total::text, 'to_pay', total::text, 'open_before', '0',
           'overdue', '0', 'credit', '0', 'lines', lines)::jsonb
  FROM heads
), made_lines AS (
  INSERT INTO document_line
  SELECT h.document_id, p.component_id, p.quantity, p.price, p.amount, jsonb_build_object(
           'basis', p.basis, 'unit', 'm2', 'rounding', 'half_up', 'decimals', 2, 'vat_kind', 'exempt',
           'vat_percent', '0', 'formula', 'price * quantity', 'day', %(month)s::date, 'price', p.price::text,
           'quantity', p.quantity::text, 'tariff', jsonb_build_object('building', p.building_id, 'price', p.price::text,
             'valid_from', p.price_from, 'level', 'building', 'source', ''),
           'inputs', jsonb_build_array(jsonb_build_object('name', p.basis, 'value', p.quantity::text, 'unit', 'm2',
             'valid_from', p.basis_from, 'source', 'survey', 'premises', p.premises_id)))
  FROM priced p JOIN heads h USING (payer_id)
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
