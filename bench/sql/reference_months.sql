-- A month of notices like those of a month that was really run: who was charged then and still has the agreement gets
-- the same lines with the days of this month. %(template)s: that run.
CREATE TEMP TABLE head ON COMMIT DROP AS
SELECT n.entry_id AS old_entry, n.document_id AS old_document, n.account_id, n.total_amount AS total,
       %(month)s::date + (n.due_on - n.period) AS due_on, nextval('ledger_entry_id_seq') AS entry_id,
       nextval('papers_issueddocument_id_seq') AS document_id, row_number() OVER (ORDER BY n.entry_id) AS place
FROM charges_notice n
JOIN ledger_account a ON a.id = n.account_id
JOIN occupancy_agreement g ON g.id = a.agreement_id AND g.valid @> %(month)s::date
WHERE n.run_id = %(template)s ORDER BY n.entry_id;
CREATE UNIQUE INDEX ON head (old_entry);
ANALYZE head;
INSERT INTO papers_issueddocument (id, entity_id, kind, number, series_id, series_period, serial, issued_on,
  account_key, party_key, premises_key, building_key, language, template, data, content_hash, in_portal)
SELECT h.document_id, d.entity_id, d.kind, n.number, d.series_id, to_char(%(month)s::date, 'YYYY-MM'), h.place,
  %(month)s, d.account_key, d.party_key, d.premises_key, d.building_key, d.language, d.template,
  d.data || jsonb_build_object('number', n.number, 'period', %(month)s::date, 'issued_on', %(month)s::date,
    'due_on', h.due_on, 'open_before', '0', 'overdue', '0', 'credit', '0', 'to_pay', h.total::text), '', true
FROM head h JOIN papers_issueddocument d ON d.id = h.old_document
CROSS JOIN LATERAL (
  SELECT to_char(%(month)s::date, '"N/"YYYY/MM/') || lpad(h.place::text, 5, '0') AS number) n ORDER BY h.place;
INSERT INTO papers_seriescounter (series_id, period, last)
SELECT d.series_id, d.series_period, count(*) FROM head h JOIN papers_issueddocument d ON d.id = h.document_id
GROUP BY d.series_id, d.series_period;
INSERT INTO ledger_entry (id, batch_id, entity_id, kind, account_id, amount, document_number, description, booked_on,
  effective_on, due_on, source_kind, source_id)
SELECT h.entry_id, %(batch)s, %(entity)s, 'charge', h.account_id, h.total, d.number, '', %(month)s, %(month)s, h.due_on,
  'notice', h.document_id
FROM head h JOIN papers_issueddocument d ON d.id = h.document_id ORDER BY h.place;
INSERT INTO charges_notice (entry_id, run_id, account_id, document_id, period, number, due_on, total_amount)
SELECT h.entry_id, %(run)s, h.account_id, h.document_id, %(month)s, d.number, h.due_on, h.total
FROM head h JOIN papers_issueddocument d ON d.id = h.document_id ORDER BY h.place;
INSERT INTO charges_chargeline (notice_id, agreement_id, component_id, period, reason, quantity, price, amount,
  net_amount, tax_amount, snapshot)
SELECT h.entry_id, l.agreement_id, l.component_id, %(month)s, l.reason, l.quantity, l.price, l.amount, l.net_amount,
  l.tax_amount, l.snapshot || jsonb_build_object('day', %(month)s::date)
FROM head h JOIN charges_chargeline l ON l.notice_id = h.old_entry ORDER BY h.place, l.id;
INSERT INTO ledger_line (entry_id, batch_id, entity_id, ledger_account_id, account_id, component_key, booked_on,
  debit_amount, credit_amount)
SELECT h.entry_id, %(batch)s, l.entity_id, l.ledger_account_id, l.account_id, l.component_key, %(month)s,
  l.debit_amount, l.credit_amount
FROM head h JOIN ledger_line l ON l.entry_id = h.old_entry ORDER BY h.place, l.id;
UPDATE charges_chargerun r SET notice_count = m.notices, agreement_count = m.notices, line_count = m.lines,
  total_amount = m.total
FROM (SELECT count(*) AS notices, sum(total) AS total,
        (SELECT count(*) FROM head h JOIN charges_chargeline l ON l.notice_id = h.old_entry) AS lines FROM head) m
WHERE r.id = %(run)s
