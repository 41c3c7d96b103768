"""The SQL of corrections: posted months beside what `charge_priced` says now, and the documents of the difference.

Placeholders: %(run)s (correction run), %(entity)s, %(day)s (first of the month), %(premises)s (bigint[] or NULL),
%(units)s, %(kinds)s (kinds of facts that a charge names in its inputs).
"""

from lokum.money.charges.computing import SNAPSHOT, SNAPSHOT_JOINS, SNAPSHOT_PARTS

# The entries of each notice, one per sub-account (`place`, 0: the main one).
PARTS = """parts AS MATERIALIZED (
  SELECT r.root, o.id AS entry_id, coalesce(o.sub_account_id, 0) AS place
  FROM (SELECT DISTINCT root FROM {roots}) r JOIN ledger_entry o ON o.id = r.root
  UNION ALL
  SELECT r.root, p.id, p.sub_account_id
  FROM (SELECT DISTINCT root FROM {roots}) r JOIN ledger_entry o ON o.id = r.root
  JOIN ledger_subaccount s ON s.entity_id = o.entity_id
  JOIN ledger_entry p ON p.source_kind = 'notice/' || s.id AND p.source_id = o.source_id AND p.batch_id = o.batch_id
    AND p.account_id = o.account_id
)"""

# What stands of each component: the posted line and its corrections; a reversed notice takes its corrections along.
# What is not charged yet and belongs to a sub-account that the notice does not touch is left to the month run.
COMPARE = f"""
WITH {SNAPSHOT_PARTS}, living AS MATERIALIZED (
  SELECT l.id, l.agreement_id, l.component_id, coalesce(n.corrects_id, n.entry_id) AS root, n.account_id,
         g.premises_id, l.net_amount, l.tax_amount,
         CASE WHEN n.corrects_id IS NULL THEN l.snapshot ELSE nullif(l.snapshot -> 'after', 'null') END AS snapshot
  FROM charges_notice n
  JOIN ledger_account a ON a.id = n.account_id AND a.entity_id = %(entity)s
  JOIN charges_chargeline l ON l.notice_id = n.entry_id
  JOIN occupancy_agreement g ON g.id = l.agreement_id
  WHERE n.period = %(day)s AND (l.reason = 'run' OR l.reason LIKE 'run/%%' OR l.reason LIKE 'run@%%'
                                OR l.reason LIKE 'correction/%%')
    AND (%(premises)s::bigint[] IS NULL OR g.premises_id = ANY (%(premises)s::bigint[]))
    AND NOT EXISTS (SELECT FROM ledger_entry r
                    WHERE r.corrects_id IN (n.entry_id, n.corrects_id) AND r.source_kind = 'reversal')
), standing AS (
  SELECT agreement_id, component_id, account_id, premises_id, min(root) AS root, sum(net_amount) AS net,
         sum(tax_amount) AS tax, (array_agg(snapshot ORDER BY id DESC))[1] AS snapshot
  FROM living GROUP BY agreement_id, component_id, account_id, premises_id
), roots AS (
  SELECT agreement_id, account_id, min(root) AS root FROM living GROUP BY agreement_id, account_id
), {PARTS.format(roots="living")}, places AS (
  SELECT l.agreement_id, l.account_id, p.place, min(l.root) AS root
  FROM (SELECT DISTINCT agreement_id, account_id, root FROM living) l JOIN parts p ON p.root = l.root
  GROUP BY l.agreement_id, l.account_id, p.place
), prices AS (
  SELECT p.*, coalesce(p.account_id, r.account_id) AS payer, coalesce(c.sub_account_id, 0) AS place
  FROM charge_priced p JOIN charges_component c ON c.id = p.component_id
  LEFT JOIN (SELECT agreement_id, min(account_id) AS account_id FROM roots GROUP BY agreement_id) r
    ON r.agreement_id = p.agreement_id
), compared AS (
  SELECT coalesce(s.agreement_id, p.agreement_id) AS agreement_id, coalesce(s.account_id, p.payer) AS account_id,
         coalesce(s.component_id, p.component_id) AS component_id,
         coalesce(s.premises_id, p.premises_id) AS premises_id, coalesce(s.root, l.root) AS root,
         s.agreement_id IS NOT NULL AS charged, coalesce(s.net, 0) AS before_net, coalesce(s.tax, 0) AS before_tax,
         s.snapshot AS before, p.agreement_id IS NOT NULL AS due, coalesce(p.problem, '') AS problem,
         coalesce(p.net, 0) AS after_net, coalesce(p.tax, 0) AS after_tax,
         p.tariff_id, p.fact_key, p.share_key, p.quantity, p.parts
  FROM standing s
  FULL JOIN prices p ON p.agreement_id = s.agreement_id AND p.component_id = s.component_id AND p.payer = s.account_id
  LEFT JOIN places l ON l.agreement_id = p.agreement_id AND l.account_id = p.payer AND l.place = p.place
), differing AS (
  SELECT x.*, CASE WHEN problem <> '' THEN 'unpriced' WHEN root IS NULL THEN 'not_charged' ELSE '' END AS wrong
  FROM compared x
  WHERE (problem <> '' AND charged)
     OR (problem = '' AND (before_net, before_tax) IS DISTINCT FROM (after_net, after_tax))
), explained AS (
  SELECT d.*, CASE WHEN NOT d.due OR d.wrong = 'unpriced' THEN NULL WHEN d.parts IS NOT NULL THEN d.parts
                   ELSE {SNAPSHOT} END AS after
  FROM differing d
  LEFT {SNAPSHOT_JOINS.strip()}
)
INSERT INTO charges_correctionline (run_id, notice_id, account_id, agreement_id, component_id, premises_id, period,
  before_net, before_tax, after_net, after_tax, amount, before, after, causes, problem)
SELECT %(run)s, e.root, e.account_id, e.agreement_id, e.component_id, e.premises_id, %(day)s,
       e.before_net, e.before_tax, CASE WHEN e.wrong = 'unpriced' THEN e.before_net ELSE e.after_net END,
       CASE WHEN e.wrong = 'unpriced' THEN e.before_tax ELSE e.after_tax END,
       CASE WHEN e.wrong = '' THEN e.after_net + e.after_tax - e.before_net - e.before_tax ELSE 0 END,
       e.before, e.after, '[]'::jsonb, e.wrong
FROM explained e
"""  # noqa: S608 - built from constants

# Why: changes recorded and prices approved since the notice was posted, which count in its month.
CAUSES = """
WITH asked AS MATERIALIZED (
  SELECT l.id, l.premises_id, l.component_id, l.period, (l.period + interval '1 month')::date AS ends, b.posted_at,
         g.payer_id,
         ARRAY(SELECT one ->> 'name' FROM jsonb_array_elements(
                 CASE WHEN jsonb_typeof(l.before -> 'inputs') = 'array' THEN l.before -> 'inputs' ELSE '[]' END
                 || CASE WHEN jsonb_typeof(l.after -> 'inputs') = 'array' THEN l.after -> 'inputs' ELSE '[]' END) one
         ) AS names
  FROM charges_correctionline l
  JOIN occupancy_agreement g ON g.id = l.agreement_id
  LEFT JOIN ledger_entry e ON e.id = l.notice_id
  LEFT JOIN ledger_batch b ON b.id = e.batch_id
  WHERE l.run_id = %(run)s
), found AS (
  SELECT a.id, f.id AS place, jsonb_build_object('kind', f.kind, 'field', f.own_code,
           'old', f.old_value, 'new', f.new_value, 'from', f.effective_from, 'to', f.effective_to,
           'source', f.source, 'recorded_at', f.recorded_at, 'by', f.actor_label, 'change_id', f.id) AS cause
  FROM asked a
  JOIN estates_factchange f ON f.premises_id = a.premises_id AND f.effective_from < a.ends
    AND (f.effective_to IS NULL OR f.effective_to >= a.period) AND (a.posted_at IS NULL OR f.recorded_at > a.posted_at)
    AND CASE WHEN f.kind = 'own_field' THEN 'own_' || f.own_code = ANY (a.names)
             ELSE f.kind = ANY (a.names) OR f.kind <> ALL (%(kinds)s::text[]) END
  UNION ALL
  SELECT a.id, t.id, jsonb_build_object('kind', 'tariff', 'old', '', 'new', t.price::text, 'from', lower(t.valid),
           'to', upper(t.valid) - 1, 'source', t.source, 'recorded_at', t.approved_at, 'by', '', 'change_id', t.id)
  FROM asked a
  JOIN charges_tariff t ON t.component_id = a.component_id AND t.state = 'approved'
    AND t.valid && daterange(a.period, a.ends) AND (a.posted_at IS NULL OR t.approved_at > a.posted_at)
    AND CASE t.level
      WHEN 'premises' THEN t.target_key = a.premises_id
      WHEN 'building' THEN t.target_key = (SELECT m.building_id FROM estates_premises m WHERE m.id = a.premises_id)
      WHEN 'group' THEN EXISTS (SELECT FROM group_membership m WHERE m.group_id = t.target_key
                                AND m.premises_id = a.premises_id AND m.valid && daterange(a.period, a.ends))
      WHEN 'party' THEN t.target_key = a.payer_id ELSE true END
)
UPDATE charges_correctionline l SET causes = c.causes
FROM (SELECT id, jsonb_agg(cause ORDER BY cause ->> 'recorded_at', place) AS causes FROM found GROUP BY id) c
WHERE l.id = c.id
"""

FIGURES = """
SELECT count(*) FILTER (WHERE problem = ''), count(DISTINCT notice_id) FILTER (WHERE problem = ''),
       count(*) FILTER (WHERE problem <> ''), coalesce(sum(amount), 0),
       encode(sha256(convert_to(coalesce(string_agg(concat_ws('|', notice_id, agreement_id, component_id, period,
         before_net, before_tax, after_net, after_tax, problem), E'\\n'
         ORDER BY period, agreement_id, component_id), ''), 'UTF8')), 'hex')
FROM charges_correctionline WHERE run_id = %(run)s
"""

# What the ledger is to correct: income and tax of each component, on the accounts that the notice was posted to and
# in the entry of the sub-account where it stands.
STAGE = f"""
WITH differing AS MATERIALIZED (
  SELECT l.notice_id AS root, l.component_id, l.after_net - l.before_net AS net, l.after_tax - l.before_tax AS tax
  FROM charges_correctionline l WHERE l.run_id = %(run)s AND l.problem = ''
), {PARTS.format(roots="differing")}, posted AS MATERIALIZED (
  SELECT DISTINCT ON (p.root, l.component_key) p.root, l.component_key, p.entry_id, l.ledger_account_id
  FROM parts p JOIN ledger_line l ON l.entry_id = p.entry_id
  WHERE l.component_key IS NOT NULL
  ORDER BY p.root, l.component_key, l.ledger_account_id = %(vat)s, l.id
), placed AS (
  SELECT d.*, coalesce(o.entry_id, p.entry_id) AS entry_id,
         coalesce(nullif(o.ledger_account_id, %(vat)s), c.income_account_id) AS income
  FROM differing d
  JOIN charges_component c ON c.id = d.component_id
  LEFT JOIN posted o ON o.root = d.root AND o.component_key = d.component_id
  LEFT JOIN parts p ON p.root = d.root AND p.place = coalesce(c.sub_account_id, 0)
)
INSERT INTO ledger_corrected (entry_id, ledger_account_id, component_key, amount)
SELECT entry_id, income, component_id, net FROM placed WHERE net <> 0
UNION ALL
SELECT entry_id, %(vat)s, component_id, tax FROM placed WHERE tax <> 0
"""  # noqa: S608 - built from constants

# One document per notice: the corrections of its parts share a key (`source_id`).
HEADS = """
CREATE TEMP TABLE charge_correction_head ON COMMIT DROP AS
SELECT e.entry_id, n.entry_id AS root, n.account_id, e.total, e.due_on, n.period, n.document_id AS original,
       n.number AS original_number, nextval(pg_get_serial_sequence('papers_issueddocument', 'id')) AS document_id,
       row_number() OVER (ORDER BY n.account_id, n.period, e.entry_id) AS place,
       1 + (SELECT count(*) FROM charges_notice c WHERE c.corrects_id = n.entry_id) AS number
FROM (
  SELECT c.source_id AS entry_id, min(o.source_id) AS document_id, sum(c.amount) AS total,
         min(c.due_on) FILTER (WHERE c.id = c.source_id) AS due_on
  FROM ledger_entry c JOIN ledger_entry o ON o.id = c.corrects_id
  WHERE c.batch_id = %(batch)s GROUP BY c.source_id
) e JOIN charges_notice n ON n.document_id = e.document_id
"""

DOCUMENTS = """
WITH names AS MATERIALIZED (
  SELECT c.id, language, c.position, c.code, jsonb_build_object(
           'component', c.id, 'class', c.component_class, 'vat_kind', c.vat_kind,
           'name', coalesce(nullif(CASE language WHEN 'pl' THEN c.name_pl WHEN 'zh-hant' THEN c.name_zh_hant
                                                 WHEN 'zh-hans' THEN c.name_zh_hans END, ''), c.name)) AS part
  FROM charges_component c
  CROSS JOIN (SELECT DISTINCT o.language FROM papers_issueddocument o
              WHERE o.id IN (SELECT original FROM charge_correction_head)) spoken
  WHERE c.entity_id = %(entity)s
), lines AS (
  SELECT h.entry_id, jsonb_agg(c.part || s.side ORDER BY c.position, c.code, s.place) AS lines,
         sum(l.after_net - l.before_net) FILTER (WHERE s.place = 1) AS net,
         sum(l.after_tax - l.before_tax) FILTER (WHERE s.place = 1) AS tax
  FROM charge_correction_head h
  JOIN charges_correctionline l ON l.run_id = %(run)s AND l.notice_id = h.root AND l.problem = ''
  JOIN papers_issueddocument o ON o.id = h.original
  JOIN names c ON c.id = l.component_id AND c.language = o.language
  CROSS JOIN LATERAL (VALUES
    (1, 'before', coalesce(l.before, l.after), -l.before_net, -l.before_tax),
    (2, 'after', coalesce(l.after, l.before), l.after_net, l.after_tax)) v(place, which, snapshot, net, tax)
  CROSS JOIN LATERAL (SELECT v.place, jsonb_build_object('part', v.which, 'basis', v.snapshot -> 'basis',
    'vat_kind', v.snapshot -> 'vat_kind', 'vat_percent', v.snapshot -> 'vat_percent',
    'unit', coalesce(v.snapshot -> 'unit', '""'), 'quantity', v.snapshot -> 'quantity', 'price', v.snapshot -> 'price',
    'net', v.net::text, 'tax', v.tax::text, 'amount', (v.net + v.tax)::text) AS side) s
  GROUP BY h.entry_id
)
INSERT INTO papers_issueddocument (id, entity_id, kind, number, series_id, series_period, serial, issued_on,
  account_key, party_key, premises_key, building_key, language, template, data, content_hash, in_portal)
SELECT h.document_id, %(entity)s, 'correction', n.number, %(series)s, %(series_period)s, %(first)s + h.place - 1,
       %(issued_on)s, o.account_key, o.party_key, o.premises_key, o.building_key, o.language, 'correction/1',
       o.data || jsonb_build_object(
         'number', n.number, 'issued_on', %(issued_on)s::date, 'due_on', coalesce(h.due_on, %(issued_on)s::date),
         'issuer', %(issuer)s::jsonb, 'corrects', h.original_number, 'reason', %(reason)s::text, 'lines', l.lines,
         'net', l.net::text, 'tax', l.tax::text, 'total', h.total::text, 'open_before', '0', 'overdue', '0',
         'credit', '0', 'to_pay', greatest(h.total, 0)::text),
       '', true
FROM charge_correction_head h
CROSS JOIN LATERAL (
  SELECT %(prefix)s || lpad((%(first)s + h.place - 1)::text,
         greatest(%(width)s, length((%(first)s + h.place - 1)::text)), '0') || %(suffix)s AS number) n
JOIN lines l ON l.entry_id = h.entry_id
JOIN papers_issueddocument o ON o.id = h.original
ORDER BY h.place
"""

NOTICES = """
INSERT INTO charges_notice (entry_id, run_id, account_id, document_id, period, number, due_on, total_amount,
                            corrects_id, correction_number)
SELECT h.entry_id, NULL, h.account_id, h.document_id, h.period, d.number, coalesce(h.due_on, %(issued_on)s::date),
       h.total, h.root, h.number
FROM charge_correction_head h JOIN papers_issueddocument d ON d.id = h.document_id ORDER BY h.place
"""

LINES = """
INSERT INTO charges_chargeline (notice_id, agreement_id, component_id, period, reason, quantity, price, amount,
                                net_amount, tax_amount, snapshot)
SELECT h.entry_id, l.agreement_id, l.component_id, l.period,
       'correction/' || h.number || CASE WHEN a.payer_id = g.payer_id THEN '' ELSE '@' || a.id END, 1,
       l.after_net - l.before_net, l.amount, l.after_net - l.before_net, l.after_tax - l.before_tax,
       jsonb_build_object('formula', 'correction', 'before', l.before, 'after', l.after, 'causes', l.causes,
         'basis', coalesce(l.after, l.before) -> 'basis', 'unit', '',
         'rounding', coalesce(l.after, l.before) -> 'rounding',
         'decimals', coalesce(l.after, l.before) -> 'decimals', 'vat_kind', coalesce(l.after, l.before) -> 'vat_kind',
         'vat_percent', coalesce(l.after, l.before) -> 'vat_percent', 'day', l.period, 'quantity', '1',
         'price', (l.after_net - l.before_net)::text, 'inputs', '[]'::jsonb, 'tariff', '{}'::jsonb,
         'corrects', h.original_number)
FROM charge_correction_head h
JOIN charges_correctionline l ON l.run_id = %(run)s AND l.notice_id = h.root AND l.problem = ''
JOIN ledger_account a ON a.id = h.account_id JOIN occupancy_agreement g ON g.id = a.agreement_id
"""
