"""The SQL that turns computed interest into documents, notes and postings, set-wise.

Temp tables: `interest_due` (what `accrual` computed), `interest_row` (lines to post, each an entry of its own),
`interest_head` (one note an account and kind). Placeholders: %(entity)s, %(batch)s, %(run)s, %(reason)s, %(now)s,
%(issued_on)s, %(booked_on)s, %(shared)s, %(receivable)s, %(income)s, and those of the two series.
"""

# Lines to book: every positive difference of an account whose sum reaches the smallest amount; and for what has to be
# taken back the parts of former lines, newest first.
ROWS = """
CREATE TEMP TABLE interest_row ON COMMIT DROP AS
WITH large AS (
  SELECT account_id FROM interest_due WHERE difference > 0 GROUP BY account_id
  HAVING sum(difference) >= max(minimum)
){live}, chosen AS (
  SELECT 'note' AS kind, d.debt_id, NULL::bigint AS corrects_id, d.difference AS amount
  FROM interest_due d JOIN large a ON a.account_id = d.account_id WHERE d.difference > 0{back}
)
SELECT nextval('ledger_entry_id_seq') AS entry_id, o.* FROM (
  SELECT c.kind, d.account_id, c.debt_id, c.corrects_id, c.amount, d.policy_id, d.through_on, d.computed,
         d.debt_number, d.sub_account_id
  FROM chosen c JOIN interest_due d ON d.debt_id = c.debt_id
  ORDER BY d.account_id, c.kind DESC, d.due_on, d.debt_id, c.corrects_id
) o
"""
HAS_BACK = "SELECT EXISTS (SELECT FROM interest_due WHERE difference < 0)"
LIVE = """, live AS (
  SELECT l.entry_id, l.debt_id, l.amount + coalesce(sum(c.amount) FILTER (WHERE NOT EXISTS (
           SELECT FROM ledger_entry r WHERE r.corrects_id = c.entry_id AND r.source_kind = 'reversal')), 0) AS amount
  FROM interest_interestline l
  JOIN interest_due d ON d.debt_id = l.debt_id AND d.difference < 0
  LEFT JOIN interest_interestline c ON c.corrects_id = l.entry_id
  WHERE l.amount > 0
    AND NOT EXISTS (SELECT FROM ledger_entry r WHERE r.corrects_id = l.entry_id AND r.source_kind = 'reversal')
  GROUP BY l.entry_id, l.debt_id, l.amount
), running AS (
  SELECT entry_id, debt_id, amount, sum(amount) OVER w - amount AS before
  FROM live WHERE amount > 0 WINDOW w AS (PARTITION BY debt_id ORDER BY entry_id DESC)
)"""
BACK = """
  UNION ALL
  SELECT 'correction', d.debt_id, r.entry_id, -least(r.amount, -d.difference - r.before)
  FROM interest_due d JOIN running r ON r.debt_id = d.debt_id AND r.before < -d.difference WHERE d.difference < 0"""


def rows_sql(*, back: bool) -> str:
    """The statement that lists the lines to book; back: interest is to be taken back, too."""
    return ROWS.format(live=LIVE if back else "", back=BACK if back else "")


# A note an account and kind, with its number.
HEADS = """
CREATE TEMP TABLE interest_head ON COMMIT DROP AS
SELECT o.*, x.series_id, x.period, x.first + o.place - 1 AS serial,
       x.prefix || lpad((x.first + o.place - 1)::text, greatest(x.width, length((x.first + o.place - 1)::text)), '0')
         || x.suffix AS number,
       nextval('interest_interestnote_id_seq') AS note_id, nextval('papers_issueddocument_id_seq') AS document_id
FROM (
  SELECT t.kind, t.account_id, t.total, t.through_on, a.payer_id, a.code AS account_code,
         g.premises_id, p.building_id, p.code AS premises_code, p.number AS premises_number,
         nullif(p.address, '') AS own_address,
         row_number() OVER (PARTITION BY t.kind ORDER BY b.code, p.sort_number, p.id, t.account_id) AS place
  FROM (SELECT kind, account_id, sum(amount) AS total, max(through_on) AS through_on
        FROM interest_row GROUP BY kind, account_id) t
  JOIN ledger_account a ON a.id = t.account_id
  JOIN occupancy_agreement g ON g.id = a.agreement_id
  LEFT JOIN estates_premises p ON p.id = g.premises_id
  LEFT JOIN estates_building b ON b.id = p.building_id
  ORDER BY t.kind DESC, place
) o
JOIN unnest(%(kinds)s::text[], %(series)s::bigint[], %(periods)s::text[], %(firsts)s::bigint[],
  %(prefixes)s::text[], %(widths)s::int[], %(suffixes)s::text[])
  AS x(kind, series_id, period, first, prefix, width, suffix) ON x.kind = o.kind
"""

# Joined as text and read as jsonb once: building a json value for each part costs more than the rest of the statement.
# Texts that people typed are escaped by to_json, which also writes days alike everywhere; amounts need no escaping.
# What all papers of a run share (%(shared)s: reason, days, currency, issuer) is written once, without its braces.
DOCUMENTS = """
WITH lines AS (
  SELECT r.kind, r.account_id, string_agg(concat(
           '{{"debt": ', to_json(r.debt_number), ', "debt_id": ', r.debt_id, ', "due_on": ', to_json(d.due_on),
           ', "through_on": ', to_json(r.through_on), ', "principal": "', d.principal, '", "computed": "', r.computed,
           '", "booked": "', d.booked, '", "waived": "', d.waived, '", "amount": "', r.amount,
           '", "corrects": ', coalesce(to_json(o.document_number)::text, 'null'),
           ', "stretches": ', coalesce(d.stretches, 'null'), ', "rates": ', coalesce(d.rates, 'null'),
           '}}'), ', ' ORDER BY r.entry_id) AS lines
  FROM interest_row r JOIN interest_due d ON d.debt_id = r.debt_id
  LEFT JOIN ledger_entry o ON o.id = r.corrects_id
  GROUP BY r.kind, r.account_id
), target AS MATERIALIZED (
  SELECT account_id, number FROM ({targets}) t
), address AS (
  SELECT DISTINCT ON (party_id) party_id, street, postal_code, city, country
  FROM parties_partyaddress WHERE valid @> %(issued_on)s::date ORDER BY party_id, lower(valid) DESC NULLS LAST
){joint}
INSERT INTO papers_issueddocument (id, entity_id, kind, number, series_id, series_period, serial, issued_on,
  account_key, party_key, premises_key, building_key, language, template, data, content_hash, in_portal)
SELECT h.document_id, %(entity)s, 'interest_' || h.kind, h.number, h.series_id, h.period, h.serial,
       %(issued_on)s, h.account_id, h.payer_id, h.premises_id, h.building_id, h.language, 'interest/1',
       concat('{{', %(shared)s, ', "number": ', to_json(h.number), ', "kind": "', h.kind, '", "through_on": ',
         to_json(h.through_on), ', "payer": ', json_build_object(
            'name', lokum_called(h.first_name, h.last_name), 'street', coalesce(h.street, h.address),
            'postal_code', h.postal_code, 'city', coalesce(h.city, h.place_city), 'country', h.country),
         ', "premises": ', CASE WHEN h.place_city IS NULL THEN 'null' ELSE json_build_object(
            'code', h.premises_code, 'address', h.address, 'city', h.place_city)::text END,
         ', "account": ', json_build_object('code', h.account_code, 'number', h.target),
         ', "lines": [', h.lines, '], "total": "', h.total, '"', ', "joint": ' || h.joint, '}}')::jsonb,
       '', true
FROM (
  SELECT h.*, p.language, p.first_name, p.last_name, l.lines, coalesce(t.number, '') AS target,
         coalesce(h.own_address, b.street || ' ' || b.house_number || '/' || h.premises_number) AS address,
         a.street, a.city, coalesce(a.postal_code, b.postal_code) AS postal_code, b.city AS place_city,
         coalesce(a.country, p.country) AS country, {joint_names} AS joint
  FROM interest_head h
  JOIN lines l ON l.account_id = h.account_id AND l.kind = h.kind
  JOIN parties_party p ON p.id = h.payer_id
  LEFT JOIN estates_building b ON b.id = h.building_id
  LEFT JOIN address a ON a.party_id = h.payer_id
  LEFT JOIN target t ON t.account_id = h.account_id{joint_join}
  ORDER BY h.document_id
) h
"""

# Asked before anything is said of joint payers: most runs have none, and who a payer is costs the planner much thought.
HAS_JOINT = """
SELECT EXISTS (SELECT FROM ledger_copayer c JOIN interest_head h ON h.account_id = c.account_id
               WHERE c.valid @> %(issued_on)s::date)
"""
JOINT = """, joint AS MATERIALIZED (
  SELECT c.account_id, json_agg(lokum_called(y.first_name, y.last_name) ORDER BY c.id)::text AS names
  FROM ledger_copayer c JOIN parties_party y ON y.id = c.party_id
  WHERE c.valid @> %(issued_on)s::date AND c.account_id IN (SELECT account_id FROM interest_head) GROUP BY c.account_id
)"""
JOINT_JOIN = """
  LEFT JOIN joint k ON k.account_id = h.account_id"""


def documents_sql(targets: str, *, joint: bool) -> str:
    """The statement that issues the notes; targets: the numbers payers pay to."""
    return DOCUMENTS.format(
        targets=targets,
        joint=JOINT if joint else "",
        joint_names="k.names" if joint else "NULL::text",
        joint_join=JOINT_JOIN if joint else "",
    )


# Joint payers get the same note each, under their own name and address and in their own language; see the notices of
# charges. The words of an interest note come with its language when it is printed, so its data hold none.
COPIES = """
INSERT INTO papers_issueddocument (entity_id, kind, number, series_id, series_period, serial, issued_on,
  account_key, party_key, premises_key, building_key, language, template, data, content_hash, in_portal)
SELECT d.entity_id, d.kind || '_copy', o.number, d.series_id, d.series_period, d.serial, d.issued_on,
       d.account_key, o.party_id, d.premises_key, d.building_key, o.language, d.template,
       d.data || jsonb_build_object(
         'number', o.number, 'copy_of', d.number,
         'joint', jsonb_build_array(d.data -> 'payer' -> 'name') || (
            SELECT coalesce(jsonb_agg(n), '[]') FROM jsonb_array_elements(d.data -> 'joint') n
            WHERE n <> to_jsonb(o.name)),
         'payer', jsonb_build_object('name', o.name,
            'street', coalesce(a.street, d.data -> 'payer' ->> 'street'),
            'postal_code', coalesce(a.postal_code, d.data -> 'payer' ->> 'postal_code'),
            'city', coalesce(a.city, d.data -> 'payer' ->> 'city'), 'country', coalesce(a.country, o.country))),
       '', true
FROM (
  SELECT h.document_id, c.party_id, y.language, lokum_called(y.first_name, y.last_name) AS name, y.country,
         h.number || '/' || (row_number() OVER (PARTITION BY h.document_id ORDER BY c.id) + 1) AS number
  FROM interest_head h JOIN ledger_copayer c ON c.account_id = h.account_id AND c.valid @> %(issued_on)s::date
  JOIN parties_party y ON y.id = c.party_id
) o JOIN papers_issueddocument d ON d.id = o.document_id
LEFT JOIN LATERAL (
  SELECT street, postal_code, city, country FROM parties_partyaddress
  WHERE party_id = o.party_id AND valid @> %(issued_on)s::date ORDER BY lower(valid) DESC NULLS LAST LIMIT 1) a ON true
ORDER BY o.document_id, o.number
"""

ENTRIES = """
INSERT INTO ledger_entry (id, batch_id, entity_id, kind, account_id, amount, document_number, description, booked_on,
                          effective_on, due_on, corrects_id, sub_account_id, source_kind, source_id)
SELECT r.entry_id, %(batch)s, %(entity)s, 'interest', r.account_id, r.amount, h.number,
       left(r.debt_number || ' · ' || to_char(r.through_on, 'YYYY-MM-DD'), 250), %(booked_on)s, r.through_on,
       %(booked_on)s, r.corrects_id, coalesce(o.sub_account_id, CASE WHEN o.id IS NULL THEN r.sub_account_id END),
       'interest-line', r.entry_id
FROM interest_row r
JOIN interest_head h ON h.account_id = r.account_id AND h.kind = r.kind
LEFT JOIN ledger_entry o ON o.id = r.corrects_id ORDER BY r.entry_id
"""

LEDGER_LINES = """
INSERT INTO ledger_line (entry_id, batch_id, entity_id, ledger_account_id, account_id, booked_on, debit_amount,
                         credit_amount)
SELECT r.entry_id, %(batch)s, %(entity)s, CASE WHEN of_payer THEN %(receivable)s ELSE %(income)s END,
       CASE WHEN of_payer THEN r.account_id END, %(booked_on)s,
       CASE WHEN of_payer = (r.amount > 0) THEN abs(r.amount) ELSE 0 END,
       CASE WHEN of_payer = (r.amount > 0) THEN 0 ELSE abs(r.amount) END
FROM interest_row r CROSS JOIN (VALUES (true), (false)) side(of_payer) ORDER BY r.entry_id, of_payer DESC
"""

NOTES = """
INSERT INTO interest_interestnote (id, account_id, run_id, document_id, kind, reason, number, issued_on, through_on,
                                   total_amount)
SELECT h.note_id, h.account_id, %(run)s, h.document_id, h.kind, %(reason)s, h.number, %(issued_on)s, h.through_on,
       h.total
FROM interest_head h ORDER BY h.note_id
"""

LINES = """
INSERT INTO interest_interestline (entry_id, note_id, debt_id, policy_id, corrects_id, through_on, computed_at,
                                   computed_amount, amount)
SELECT r.entry_id, h.note_id, r.debt_id, r.policy_id, r.corrects_id, r.through_on, %(now)s, r.computed, r.amount
FROM interest_row r JOIN interest_head h ON h.account_id = r.account_id AND h.kind = r.kind ORDER BY r.entry_id
"""

# What is taken back first closes the very line it corrects, as far as that is still open.
SETTLE = """
WITH pairs AS MATERIALIZED (
  SELECT r.account_id, r.entry_id AS credit_id, r.corrects_id AS debit_id, r.through_on,
         least(-r.amount, o.open_amount) AS amount
  FROM interest_row r JOIN ledger_openitem o ON o.entry_id = r.corrects_id AND o.open_amount > 0
  WHERE r.amount < 0
), made AS (
  INSERT INTO ledger_allocation (account_id, credit_id, debit_id, amount, rule, value_on, made_at, actor_id,
                                 undone_reason)
  SELECT account_id, credit_id, debit_id, amount, 'correction', through_on, %(now)s, %(actor)s, '' FROM pairs
)
UPDATE ledger_openitem o SET open_amount = o.open_amount - p.amount
FROM (SELECT credit_id AS entry_id, amount FROM pairs UNION ALL SELECT debit_id, amount FROM pairs) p
WHERE o.entry_id = p.entry_id
"""

WITH_CREDIT = """
SELECT DISTINCT o.account_id FROM ledger_openitem o
WHERE o.side = 'credit' AND o.open_amount > 0 AND o.account_id IN (SELECT account_id FROM interest_head)
ORDER BY o.account_id
"""
