-- What the bank booked in a month: of every hundred payers about seventy-five pay before the due day, fourteen some
-- days late, five in two parts, one has stopped some months ago, one pays three times in the last month. Each transfer
-- covers one notice. %(index)s: months since the first; %(last)s: index of the last month with notices of this kind.
CREATE TEMP TABLE paid ON COMMIT DROP AS
WITH notice AS (
  SELECT n.entry_id AS debit_id, n.account_id, n.period, n.due_on, n.total_amount AS total,
         abs(hashint8(n.account_id)) %% 1000 AS habit,
         abs(hashint8extended(n.entry_id, 7)) %% 1000 AS mood,
         %(index)s - (extract(year FROM age(%(month)s::date, n.period)) * 12
                      + extract(month FROM age(%(month)s::date, n.period)))::int AS number
  FROM charges_notice n JOIN ledger_account a ON a.id = n.account_id AND a.entity_id = %(entity)s
  WHERE n.run_id IN (SELECT id FROM charges_chargerun WHERE entity_id = %(entity)s
    AND period BETWEEN %(month)s::date - interval '2 months' AND %(month)s::date)
), part AS (
  SELECT n.*, p.share, p.wait FROM notice n CROSS JOIN LATERAL (VALUES
    (CASE WHEN habit BETWEEN 10 AND 59 THEN 0.7 ELSE 1 END, CASE
       WHEN habit < 200 OR mood < 80 THEN 3 + (mood %% 22) ELSE -1 - (mood %% 11) END, true),
    (0.3, 14 + (mood %% 22), habit BETWEEN 10 AND 59)
  ) p(share, wait, made)
  WHERE p.made AND NOT (habit < 10 AND number >= %(last)s - 1 - account_id %% 14)
), day AS (
  SELECT p.*, CASE WHEN share = 0.7 THEN round(total * 0.7, 2) WHEN share = 0.3 THEN total - round(total * 0.7, 2)
                   ELSE total END AS used,
         d.day + (ARRAY[1, 0, 0, 0, 0, 0, 2])[extract(dow FROM d.day)::int + 1] AS booked_on
  FROM part p CROSS JOIN LATERAL (SELECT due_on + wait::int AS day) d
)
SELECT d.*, CASE WHEN habit >= 990 AND number = %(last)s THEN used * 3 ELSE used END AS amount,
       nextval('ledger_entry_id_seq') AS entry_id, nextval('payments_payment_id_seq') AS payment_id,
       nextval('banking_bankentry_id_seq') AS bank_entry_id,
       row_number() OVER (ORDER BY d.booked_on, d.debit_id) AS position
FROM day d WHERE d.booked_on >= %(month)s AND d.booked_on < %(month)s::date + interval '1 month'
ORDER BY d.booked_on, d.debit_id;
ANALYZE paid;
INSERT INTO banking_bankentry (id, statement_id, bank_account_id, identity, position, booked_on, value_on, amount,
  reversal, counter_account, counter_name, title, bank_reference, virtual_account, state, payment_id, raw, warnings)
SELECT p.bank_entry_id, %(statement)s, %(bank_account)s, encode(sha256(convert_to('reference/' || p.entry_id, 'UTF8')), 'hex'),
  p.position, p.booked_on, p.booked_on, p.amount, false, '', left(concat_ws(' ', nullif(y.first_name, ''), y.last_name), 200),
  to_char(p.period, '"Opłaty "MM/YYYY" lokal "') || coalesce(m.code, a.code),
  to_char(p.booked_on, 'YYMMDD') || lpad(p.entry_id::text, 10, '0'), coalesce(v.number, ''), 'posted', p.payment_id, '',
  '[]'
FROM paid p JOIN ledger_account a ON a.id = p.account_id JOIN parties_party y ON y.id = a.payer_id
JOIN occupancy_agreement g ON g.id = a.agreement_id LEFT JOIN estates_premises m ON m.id = g.premises_id
LEFT JOIN payments_virtualaccount v ON v.account_id = a.id AND v.retired_on IS NULL
ORDER BY p.position;
INSERT INTO ledger_entry (id, batch_id, entity_id, kind, account_id, amount, document_number, description, booked_on,
  effective_on, due_on, source_kind, source_id)
SELECT p.entry_id, %(batch)s, %(entity)s, 'payment', p.account_id, -p.amount, %(number)s || '/' || p.position,
  left(b.title, 250), p.booked_on, p.booked_on, p.booked_on, 'bank-entry', p.bank_entry_id
FROM paid p JOIN banking_bankentry b ON b.id = p.bank_entry_id ORDER BY p.entry_id;
INSERT INTO ledger_line (entry_id, batch_id, entity_id, ledger_account_id, account_id, booked_on, debit_amount,
  credit_amount)
SELECT p.entry_id, %(batch)s, %(entity)s, CASE side WHEN 1 THEN %(bank)s ELSE %(receivable)s END,
  CASE WHEN side = 2 THEN p.account_id END, p.booked_on, CASE WHEN side = 1 THEN p.amount ELSE 0 END,
  CASE WHEN side = 2 THEN p.amount ELSE 0 END
FROM paid p CROSS JOIN generate_series(1, 2) side ORDER BY p.entry_id, side;
INSERT INTO payments_payment (id, entity_id, account_id, entry_id, channel, channel_reference, amount, booked_on,
  value_on, payer_name, title)
SELECT p.payment_id, %(entity)s, p.account_id, p.entry_id, 'bank', b.identity, p.amount, p.booked_on, p.booked_on,
  b.counter_name, b.title
FROM paid p JOIN banking_bankentry b ON b.id = p.bank_entry_id ORDER BY p.payment_id;
INSERT INTO ledger_allocation (account_id, credit_id, debit_id, amount, rule, value_on, made_at, undone_reason)
SELECT account_id, entry_id, debit_id, used, 'legal', booked_on, booked_on + interval '1 day', '' FROM paid
ORDER BY entry_id;
UPDATE banking_bankstatement s SET entry_count = m.entries, new_count = m.entries, posted_count = m.entries,
  closing_amount = s.opening_amount + m.total
FROM (SELECT count(*) AS entries, coalesce(sum(amount), 0) AS total FROM paid) m WHERE s.id = %(statement)s
