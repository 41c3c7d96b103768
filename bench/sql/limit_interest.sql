-- Interest to %(through)s of every late debt, open or paid late, split at rate changes; what is not booked yet is noted.
-- A numbered note keeps whom it was issued by and to, with names and addresses of that day, so the limit writes these
-- contents too, as it does for a month's charges; the calculation stands in rows of its own and only there.
-- A due day that is off moves to the next working day (`due_move`).
-- %(documents)s, %(postings)s, %(notes)s: last numbers before the blocks reserved for this run.
WITH part AS (
  SELECT i.document_id, i.payer_id, m.moved AS after_on, %(through)s::date AS to_on, i.open AS principal
  FROM open_item i JOIN document d ON d.id = i.document_id AND d.kind = 1 JOIN due_move m ON m.day = i.due_on
  WHERE m.moved < %(through)s
  UNION ALL
  SELECT a.document_id, a.payer_id, m.moved, least(p.booked_on, %(through)s), a.amount
  FROM allocation a JOIN document d ON d.id = a.document_id AND d.kind = 1 JOIN document p ON p.id = a.payment_id
  JOIN due_move m ON m.day = d.due_on
  WHERE p.booked_on > m.moved AND m.moved < %(through)s
), span AS MATERIALIZED (
  SELECT p.document_id, p.payer_id, greatest(p.after_on, r.valid_from - 1) AS after_on,
         least(p.to_on, r.valid_to) AS to_on, p.principal, r.rate
  FROM part p JOIN interest_rate r ON r.valid_from <= p.to_on AND r.valid_to > p.after_on
), total AS (
  SELECT document_id, payer_id, round(sum(principal * rate * (to_on - after_on)) / 36500, 2) AS total
  FROM span GROUP BY document_id, payer_id
), due AS MATERIALIZED (
  SELECT t.document_id AS debt_id, t.payer_id, t.total, t.total - coalesce(b.amount, 0) AS amount,
         %(documents)s + row_number() OVER (ORDER BY t.payer_id, t.document_id) AS document_id,
         %(notes)s + dense_rank() OVER (ORDER BY t.payer_id) AS note_id
  FROM total t LEFT JOIN (SELECT debt_id, sum(amount) AS amount FROM interest_line GROUP BY debt_id) b
    ON b.debt_id = t.document_id
  WHERE t.total > coalesce(b.amount, 0)
), note AS MATERIALIZED (
  SELECT note_id, payer_id, sum(amount) AS total FROM due GROUP BY note_id, payer_id
), made_notes AS (
  INSERT INTO interest_note SELECT note_id, payer_id, 'IN/' || note_id, %(through)s, total FROM note
), made_contents AS (
  INSERT INTO interest_note_contents
  SELECT note_id, json_build_object(
           'number', 'IN/' || note_id, 'kind', 'note', 'reason', 'month', 'through_on', %(through)s::date,
           'issued_on', %(through)s::date + 1, 'due_on', %(through)s::date + 1, 'currency', 'PLN',
           'issuer', json_build_object(
             'name', 'SM W1', 'legal_name', 'Spółdzielnia W1', 'street', '', 'postal_code', '', 'city', '', 'email', '',
             'phone', '', 'website', '', 'tax_number', ''),
           'payer', json_build_object('name', 'Payer ' || payer_id, 'street', 'ul. Lipowa ' || premises_id,
             'postal_code', '50-001', 'city', 'Wrocław', 'country', 'PL'),
           'premises', json_build_object('code', premises_id, 'address', 'ul. Lipowa ' || premises_id, 'city', 'Wrocław'),
           'account', json_build_object('code', payer_id, 'number', '99' || lpad(payer_id::text, 24, '0')),
           'total', total::text)::jsonb
  FROM note JOIN payer ON payer.id = note.payer_id
), made_documents AS (
  INSERT INTO document SELECT document_id, 4, payer_id, %(month)s, 'IN/' || note_id || '/' || document_id,
         %(through)s, %(through)s, amount FROM due
), made_lines AS (
  INSERT INTO interest_line SELECT document_id, note_id, debt_id, %(through)s, total, amount FROM due
), made_spans AS (
  INSERT INTO interest_span (document_id, after_on, to_on, principal, rate) SELECT d.document_id, s.after_on, s.to_on, s.principal, s.rate
  FROM due d JOIN span s ON s.document_id = d.debt_id
), made_items AS (
  INSERT INTO open_item SELECT document_id, payer_id, %(through)s, amount, amount FROM due
), kept_balances AS (
  UPDATE balance SET amount = balance.amount + d.amount
  FROM (SELECT payer_id, total AS amount FROM note) d WHERE d.payer_id = balance.payer_id
)
INSERT INTO posting
SELECT %(postings)s + 2 * (document_id - %(documents)s) - side, document_id, CASE side WHEN 1 THEN 1 ELSE 4 END,
       CASE side WHEN 1 THEN payer_id END, NULL::smallint, %(through)s::date, CASE side WHEN 1 THEN amount ELSE 0 END,
       CASE side WHEN 1 THEN 0 ELSE amount END
FROM due, generate_series(0, 1) side
