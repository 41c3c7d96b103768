"""The SQL that turns an approved draft into documents, notices, charge lines and postings.

Placeholders: %(run)s, %(entity)s, %(day)s (month), %(batch)s, %(issued_on)s, %(now)s; set-wise throughout.
"""

from lokum.money.charges.computing import SNAPSHOT, SNAPSHOT_JOINS, SNAPSHOT_PARTS

# Whether the draft line `d` belongs to the head `h` of its account.
OF_HEAD = "h.account_id = d.account_id AND CASE WHEN d.amount < 0 THEN h.with_credits ELSE h.with_charges END"

# One head per account with something to pay, in the order in which notices are delivered. Serial numbers and ids
# follow that order. Credit lines lower the notice; where they reach or exceed it, they make a document of their own
# (a head holds both kinds of lines, the charges or the credits).
HEADS = """
CREATE TEMP TABLE charge_head ON COMMIT DROP AS
WITH sums AS (
  SELECT d.account_id, min(d.agreement_id) AS agreement_id, min(d.premises_id) AS premises_id, min(d.due_on) AS own_due,
         sum(d.net_amount) AS net, sum(d.tax_amount) AS tax, sum(d.amount) AS total,
         coalesce(sum(d.net_amount) FILTER (WHERE d.amount < 0), 0) AS credit_net,
         coalesce(sum(d.tax_amount) FILTER (WHERE d.amount < 0), 0) AS credit_tax,
         coalesce(sum(d.amount) FILTER (WHERE d.amount < 0), 0) AS credit
  FROM charges_draftline d WHERE d.run_id = %(run)s AND d.problem = '' GROUP BY d.account_id
), totals AS (
  SELECT account_id, agreement_id, premises_id, own_due, part.* FROM sums CROSS JOIN LATERAL (VALUES
    (true, true, net, tax, total, total > 0),
    (true, false, net - credit_net, tax - credit_tax, total - credit, total <= 0 AND total > credit),
    (false, true, credit_net, credit_tax, credit, total <= 0 AND credit < 0)
  ) part(with_charges, with_credits, net, tax, total, made) WHERE part.made
), ordered AS (
  SELECT t.*, a.payer_id, y.language, a.code AS account_code, p.building_id,
         p.code AS premises_code, p.number AS premises_number,
         nullif(p.address, '') AS own_address,
         coalesce(own.value::int, g.due_day, 0) AS due_day,
         row_number() OVER (ORDER BY b.code, p.sort_number, p.id, t.account_id, t.total DESC) AS place
  FROM totals t
  JOIN ledger_account a ON a.id = t.account_id
  JOIN parties_party y ON y.id = a.payer_id
  JOIN occupancy_agreement g ON g.id = t.agreement_id
  LEFT JOIN estates_premises p ON p.id = t.premises_id
  LEFT JOIN estates_building b ON b.id = p.building_id
  LEFT JOIN occupancy_agreementattribute own ON own.agreement_id = g.id AND own.name = 'due_day'
    AND own.valid @> %(day)s::date AND upper_inf(own.recorded)
  ORDER BY place
)
SELECT o.*, CASE WHEN o.total < 0 THEN %(issued_on)s::date ELSE coalesce(o.own_due, due.due_on) END AS due_on,
       nextval('ledger_entry_id_seq') AS entry_id,
       nextval('papers_issueddocument_id_seq') AS document_id
FROM ordered o
JOIN (SELECT * FROM unnest(%(due_days)s::int[], %(due_dates)s::date[]) AS d(due_day, due_on)) due
  ON due.due_day = o.due_day
"""

# The lines to post, each with its head: read once, and analysed, because the planner knows nothing of a draft written
# a moment ago; whatever it guesses, some statement nests loops over 80,000 lines.
DUE = f"""
CREATE TEMP TABLE charge_due ON COMMIT DROP AS
SELECT h.entry_id, h.language, d.agreement_id, d.component_id, d.tariff_id, d.reason, d.quantity, d.price, d.net_amount,
       d.tax_amount, d.amount, d.fact_key, d.share_key, d.snapshot
FROM charges_draftline d JOIN charge_head h ON {OF_HEAD} WHERE d.run_id = %(run)s AND d.problem = ''
"""  # noqa: S608 - built from constants

# A document's data are joined as text and read as jsonb once: building a jsonb value for each of 80,000 lines costs
# more than all the rest of the statement. A key that comes twice counts as it comes last.
DOCUMENTS = """
WITH names AS MATERIALIZED (
  SELECT c.id, language, c.position, c.code, left(json_build_object(
           'component', c.id, 'class', c.component_class, 'basis', c.basis, 'vat_kind', c.vat_kind,
           'vat_percent', charges_vat_percent(c.entity_id, c.vat_kind, %(day)s::date)::text,
           'unit', %(units)s::jsonb ->> c.basis::text,
           'name', coalesce(nullif(CASE language WHEN 'pl' THEN c.name_pl WHEN 'zh-hant' THEN c.name_zh_hant
                                                 WHEN 'zh-hans' THEN c.name_zh_hans END, ''), c.name))::text, -1)
           || ', "quantity": "' AS part
  FROM charges_component c CROSS JOIN (SELECT DISTINCT language FROM charge_head) l WHERE c.entity_id = %(entity)s
), lines AS (
  SELECT d.entry_id, string_agg(
           c.part || d.quantity || '", "price": "' || d.price || '", "net": "' || d.net_amount
           || '", "tax": "' || d.tax_amount || '", "amount": "' || d.amount
           || '"' || coalesce(', "name": ' || nullif((d.snapshot -> 'title')::text, 'null'), '')
           || coalesce(', "basis": ' || nullif((d.snapshot -> 'basis')::text, 'null'), '')
           || coalesce(', "unit": ' || nullif((d.snapshot -> 'unit')::text, 'null'), '') || '}}',
           ', ' ORDER BY c.position, c.code, d.reason) AS lines
  FROM charge_due d JOIN names c ON c.id = d.component_id AND c.language = d.language GROUP BY d.entry_id
), before AS (
  SELECT o.account_id, coalesce(sum(o.open_amount) FILTER (WHERE side = 'debit'), 0) AS debit,
         coalesce(sum(o.open_amount) FILTER (WHERE side = 'debit' AND o.due_on < %(issued_on)s), 0) AS overdue,
         coalesce(sum(o.open_amount) FILTER (WHERE side = 'credit'), 0) AS credit
  FROM ledger_openitem o WHERE o.open_amount > 0 AND o.account_id IN (SELECT account_id FROM charge_head)
  GROUP BY o.account_id
), joint AS MATERIALIZED (
  SELECT c.account_id, json_agg(lokum_called(y.first_name, y.last_name) ORDER BY c.id)::text AS names
  FROM ledger_copayer c JOIN parties_party y ON y.id = c.party_id
  WHERE c.valid @> %(issued_on)s::date AND c.account_id IN (SELECT account_id FROM charge_head) GROUP BY c.account_id
), target AS MATERIALIZED (
  SELECT account_id, number FROM ({targets}) t
), address AS (
  SELECT DISTINCT ON (party_id) party_id, street, postal_code, city, country
  FROM parties_partyaddress WHERE valid @> %(issued_on)s::date ORDER BY party_id, lower(valid) DESC NULLS LAST
)
INSERT INTO papers_issueddocument (id, entity_id, kind, number, series_id, series_period, serial, issued_on,
  account_key, party_key, premises_key, building_key, language, template, data, content_hash, in_portal)
SELECT h.document_id, %(entity)s, 'notice', n.number, %(series)s, %(series_period)s, %(first)s + h.place - 1,
       %(issued_on)s, h.account_id, h.payer_id, h.premises_id, h.building_id, p.language, 'notice/1',
       (left(json_build_object(
         'number', n.number, 'period', %(day)s::date, 'issued_on', %(issued_on)s::date, 'due_on', h.due_on,
         'currency', %(currency)s::text, 'issuer', %(issuer)s::json,
         'payer', json_build_object('name', lokum_called(p.first_name, p.last_name),
            'street', coalesce(a.street, h.own_address, b.street || ' ' || b.house_number || '/' || h.premises_number),
            'postal_code', coalesce(a.postal_code, b.postal_code), 'city', coalesce(a.city, b.city),
            'country', coalesce(a.country, p.country)),
         'premises', json_build_object('code', coalesce(h.premises_code, ''), 'address',
            coalesce(h.own_address, b.street || ' ' || b.house_number || '/' || h.premises_number, ''),
            'city', coalesce(b.city, '')),
         'account', json_build_object('code', h.account_code, 'number', coalesce(t.number, '')),
         'net', h.net::text, 'tax', h.tax::text, 'total', h.total::text,
         'open_before', coalesce(o.debit, 0)::text, 'overdue', coalesce(o.overdue, 0)::text,
         'credit', coalesce(o.credit, 0)::text,
         'to_pay', greatest(h.total + coalesce(o.debit, 0) - coalesce(o.credit, 0), 0)::text)::text, -1)
         || coalesce(', "joint": ' || k.names, '')
         || coalesce(', "interest": "' || i.amount || '"', '')
         || coalesce(', "shares": ' || s.shares, '')
         || coalesce(', "texts": ' || (%(texts)s::jsonb -> p.language)::text, '')
         || ', "lines": [' || l.lines || ']}}')::jsonb,
       '', true
FROM charge_head h
CROSS JOIN LATERAL (
  SELECT %(prefix)s || lpad((%(first)s + h.place - 1)::text,
         greatest(%(width)s, length((%(first)s + h.place - 1)::text)), '0') || %(suffix)s AS number) n
JOIN lines l ON l.entry_id = h.entry_id
JOIN parties_party p ON p.id = h.payer_id
LEFT JOIN estates_building b ON b.id = h.building_id
LEFT JOIN address a ON a.party_id = h.payer_id
LEFT JOIN before o ON o.account_id = h.account_id
LEFT JOIN target t ON t.account_id = h.account_id
LEFT JOIN joint k ON k.account_id = h.account_id
LEFT JOIN unnest(%(interest_accounts)s::bigint[], %(interest_amounts)s::numeric[]) AS i(account_id, amount)
  ON i.account_id = h.account_id
LEFT JOIN unnest(%(share_accounts)s::bigint[], %(share_texts)s::text[]) AS s(account_id, shares)
  ON s.account_id = h.account_id
ORDER BY h.place
"""

# Joint payers get the same notice each, under their own name and address and in their own language. It shares the
# number of the notice (with a further part), its place in the series, and whatever happens to it.
COPIES = """
WITH own AS (
  SELECT h.document_id, h.place, c.party_id, y.language, lokum_called(y.first_name, y.last_name) AS name, y.country,
         row_number() OVER (PARTITION BY h.document_id ORDER BY c.id) AS part
  FROM charge_head h JOIN ledger_copayer c ON c.account_id = h.account_id AND c.valid @> %(issued_on)s::date
  JOIN parties_party y ON y.id = c.party_id
), address AS (
  SELECT DISTINCT ON (party_id) party_id, street, postal_code, city, country
  FROM parties_partyaddress WHERE valid @> %(issued_on)s::date AND party_id IN (SELECT party_id FROM own)
  ORDER BY party_id, lower(valid) DESC NULLS LAST
)
INSERT INTO papers_issueddocument (entity_id, kind, number, series_id, series_period, serial, issued_on,
  account_key, party_key, premises_key, building_key, language, template, data, content_hash, in_portal)
SELECT d.entity_id, 'notice_copy', d.number || '/' || (o.part + 1), d.series_id, d.series_period, d.serial, d.issued_on,
       d.account_key, o.party_id, d.premises_key, d.building_key, o.language, d.template,
       (d.data - 'texts') || jsonb_build_object(
         'number', d.number || '/' || (o.part + 1), 'copy_of', d.number,
         'joint', jsonb_build_array(d.data -> 'payer' -> 'name') || (
            SELECT coalesce(jsonb_agg(n), '[]') FROM jsonb_array_elements(d.data -> 'joint') n
            WHERE n <> to_jsonb(o.name)),
         'payer', jsonb_build_object('name', o.name,
            'street', coalesce(a.street, d.data -> 'payer' ->> 'street'),
            'postal_code', coalesce(a.postal_code, d.data -> 'payer' ->> 'postal_code'),
            'city', coalesce(a.city, d.data -> 'payer' ->> 'city'), 'country', coalesce(a.country, o.country)),
         'lines', (
            SELECT jsonb_agg(x.line || coalesce(jsonb_build_object('name', coalesce(nullif(CASE o.language
                     WHEN 'pl' THEN c.name_pl WHEN 'zh-hant' THEN c.name_zh_hant WHEN 'zh-hans' THEN c.name_zh_hans END,
                     ''), c.name)), '{}') ORDER BY x.place)
            FROM jsonb_array_elements(d.data -> 'lines') WITH ORDINALITY x(line, place)
            LEFT JOIN charges_component c ON c.id = (x.line ->> 'component')::bigint AND x.line ->> 'name' = coalesce(
              nullif(CASE d.language WHEN 'pl' THEN c.name_pl WHEN 'zh-hant' THEN c.name_zh_hant
                                     WHEN 'zh-hans' THEN c.name_zh_hans END, ''), c.name)))
         || CASE WHEN %(texts)s::jsonb ? o.language::text
                 THEN jsonb_build_object('texts', %(texts)s::jsonb -> o.language::text) ELSE '{}' END,
       '', true
FROM own o JOIN papers_issueddocument d ON d.id = o.document_id
LEFT JOIN address a ON a.party_id = o.party_id
ORDER BY o.place, o.part
"""

ENTRIES = """
INSERT INTO ledger_entry (id, batch_id, entity_id, kind, account_id, amount, document_number, description, booked_on,
                          effective_on, due_on, source_kind, source_id)
SELECT h.entry_id, %(batch)s, %(entity)s, CASE WHEN h.total < 0 THEN 'correction' ELSE 'charge' END,
       h.account_id, h.total, d.number, '', %(day)s, %(day)s,
       h.due_on, 'notice', h.document_id
FROM charge_head h JOIN papers_issueddocument d ON d.id = h.document_id ORDER BY h.place
"""

NOTICES = """
INSERT INTO charges_notice (entry_id, run_id, account_id, document_id, period, number, due_on, total_amount)
SELECT h.entry_id, %(run)s, h.account_id, h.document_id, %(day)s, d.number, h.due_on, h.total
FROM charge_head h JOIN papers_issueddocument d ON d.id = h.document_id ORDER BY h.place
"""

CHARGE_LINES = f"""
WITH {SNAPSHOT_PARTS}
INSERT INTO charges_chargeline (notice_id, agreement_id, component_id, period, reason, quantity, price, amount,
                                net_amount, tax_amount, snapshot)
SELECT d.entry_id, d.agreement_id, d.component_id, %(day)s, d.reason, d.quantity, d.price, d.amount, d.net_amount,
       d.tax_amount, {SNAPSHOT}
FROM charge_due d
{SNAPSHOT_JOINS}
WHERE d.snapshot IS NULL
UNION ALL
SELECT d.entry_id, d.agreement_id, d.component_id, %(day)s, d.reason, d.quantity, d.price, d.amount, d.net_amount,
       d.tax_amount, d.snapshot
FROM charge_due d WHERE d.snapshot IS NOT NULL
"""  # noqa: S608 - built from constants

LEDGER_LINES = """
INSERT INTO ledger_line (entry_id, batch_id, entity_id, ledger_account_id, account_id, component_key, booked_on,
                         debit_amount, credit_amount)
SELECT h.entry_id, %(batch)s, %(entity)s, %(receivable)s, h.account_id, NULL, %(day)s::date, greatest(h.total, 0),
       greatest(-h.total, 0)
FROM charge_head h
UNION ALL
SELECT d.entry_id, %(batch)s, %(entity)s, c.income_account_id, NULL, c.id, %(day)s::date,
       greatest(-d.net_amount, 0), greatest(d.net_amount, 0)
FROM charge_due d JOIN charges_component c ON c.id = d.component_id WHERE d.net_amount <> 0
UNION ALL
SELECT d.entry_id, %(batch)s, %(entity)s, %(vat)s, NULL, d.component_id, %(day)s::date,
       greatest(-d.tax_amount, 0), greatest(d.tax_amount, 0)
FROM charge_due d WHERE d.tax_amount <> 0
"""

# Accounts of this posting that had free money before it.
WITH_CREDIT = """
SELECT o.account_id FROM ledger_openitem o
WHERE o.side = 'credit' AND o.open_amount > 0 AND o.account_id IN (SELECT account_id FROM charge_head)
GROUP BY o.account_id ORDER BY o.account_id
"""

# What happened to a run's debts since it was posted: money matched to them afterwards, or corrections.
TOUCHED = """
SELECT DISTINCT e.id, e.document_number FROM ledger_entry e
WHERE e.batch_id = %(batch)s AND (
  EXISTS (SELECT FROM ledger_allocation a WHERE (a.debit_id = e.id OR a.credit_id = e.id) AND a.undone_at IS NULL
          AND a.rule <> 'on_posting')
  OR EXISTS (SELECT FROM ledger_entry c WHERE c.corrects_id = e.id))
ORDER BY e.id LIMIT 200
"""
