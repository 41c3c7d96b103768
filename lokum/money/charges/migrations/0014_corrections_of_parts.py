"""A correction of a notice with several sub-accounts is one entry for each; together they are the correction."""

from django.db import migrations

CHECK = """
CREATE OR REPLACE FUNCTION charges_check_notices() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
  SELECT n.number INTO bad FROM new_rows n
    LEFT JOIN ledger_entry e ON e.id = n.entry_id AND e.account_id = n.account_id AND (e.amount = n.total_amount OR n.total_amount = (
        SELECT sum(p.amount) FROM ledger_entry p
        WHERE p.source_id = e.source_id AND p.batch_id = e.batch_id AND p.account_id = e.account_id
          AND p.source_kind = ANY (ARRAY(SELECT e.source_kind || '/' || s.id FROM ledger_subaccount s
                                         WHERE s.entity_id = e.entity_id) || e.source_kind::text)))
      AND CASE WHEN n.corrects_id IS NULL THEN e.document_number = n.number AND e.corrects_id IS NULL
               ELSE EXISTS (
                 SELECT FROM charges_notice o JOIN ledger_entry c ON c.id = e.corrects_id AND c.account_id = o.account_id
                 WHERE o.entry_id = n.corrects_id AND o.corrects_id IS NULL AND o.period = n.period
                   AND o.account_id = n.account_id AND (c.id = o.entry_id OR (
                     c.source_kind = 'notice/' || c.sub_account_id AND c.source_id = o.document_id))) END
    LEFT JOIN papers_issueddocument d ON d.id = n.document_id AND d.account_key = n.account_id
      AND d.number = n.number
    WHERE e.id IS NULL OR d.id IS NULL LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'notice % does not fit its entry or document', bad.number USING ERRCODE = 'LK004';
  END IF;
  RETURN NULL;
END $$;
"""
FORMER = """
CREATE OR REPLACE FUNCTION charges_check_notices() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
  SELECT n.number INTO bad FROM new_rows n
    LEFT JOIN ledger_entry e ON e.id = n.entry_id AND e.account_id = n.account_id AND (e.amount = n.total_amount OR n.total_amount = (
        SELECT sum(p.amount) FROM ledger_entry p
        WHERE p.source_id = e.source_id AND p.batch_id = e.batch_id AND p.account_id = e.account_id
          AND p.source_kind = ANY (ARRAY(SELECT 'notice/' || s.id FROM ledger_subaccount s
                                         WHERE s.entity_id = e.entity_id) || 'notice'::text)))
      AND CASE WHEN n.corrects_id IS NULL THEN e.document_number = n.number AND e.corrects_id IS NULL
               ELSE e.corrects_id = n.corrects_id AND EXISTS (
                 SELECT FROM charges_notice o WHERE o.entry_id = n.corrects_id AND o.corrects_id IS NULL
                   AND o.period = n.period AND o.account_id = n.account_id) END
    LEFT JOIN papers_issueddocument d ON d.id = n.document_id AND d.account_key = n.account_id
      AND d.number = n.number
    WHERE e.id IS NULL OR d.id IS NULL LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'notice % does not fit its entry or document', bad.number USING ERRCODE = 'LK004';
  END IF;
  RETURN NULL;
END $$;
"""

VIEW = """
CREATE OR REPLACE VIEW proof_i6 AS
SELECT 'charges.chargeline'::text AS object_label, min(l.id) AS object_id,
       format('agreement %s, component %s, %s: %s living charges (%s)', l.agreement_id, l.component_id, l.period,
              count(*), string_agg(l.reason, ', ')) AS detail
FROM charges_chargeline l
WHERE NOT EXISTS (SELECT FROM ledger_entry r WHERE r.corrects_id = l.notice_id AND r.source_kind = 'reversal')
GROUP BY l.agreement_id, l.component_id, l.period,
         CASE WHEN l.reason = 'run' OR l.reason LIKE 'run/%' THEN 'run' ELSE l.reason END
HAVING count(*) > 1
UNION ALL
SELECT 'charges.notice', n.entry_id, format('notice %s, lines %s, ledger %s', n.total_amount, coalesce(l.amount, 0),
       coalesce(e.amount::text, 'none'))
FROM charges_notice n
LEFT JOIN (
  SELECT o.id, o.amount + coalesce(sum(p.amount), 0) AS amount FROM ledger_entry o
  LEFT JOIN ledger_entry p ON o.source_kind IN ('notice', 'correction')
    AND p.source_kind <> o.source_kind AND split_part(p.source_kind, '/', 1) = o.source_kind AND p.source_id = o.source_id AND p.batch_id = o.batch_id AND p.account_id = o.account_id
  GROUP BY o.id
) e ON e.id = n.entry_id
LEFT JOIN (SELECT notice_id, sum(amount) AS amount FROM charges_chargeline GROUP BY notice_id) l
  ON l.notice_id = n.entry_id
WHERE e.amount IS DISTINCT FROM n.total_amount OR l.amount IS DISTINCT FROM n.total_amount
UNION ALL
SELECT 'charges.notice', n.entry_id, 'the document differs from the notice'
FROM charges_notice n LEFT JOIN papers_issueddocument d ON d.id = n.document_id
WHERE d.id IS NULL OR (d.data ->> 'total')::numeric IS DISTINCT FROM n.total_amount OR d.number <> n.number
"""
FORMER_VIEW = """
CREATE OR REPLACE VIEW proof_i6 AS
SELECT 'charges.chargeline'::text AS object_label, min(l.id) AS object_id,
       format('agreement %s, component %s, %s: %s living charges (%s)', l.agreement_id, l.component_id, l.period,
              count(*), string_agg(l.reason, ', ')) AS detail
FROM charges_chargeline l
WHERE NOT EXISTS (SELECT FROM ledger_entry r WHERE r.corrects_id = l.notice_id AND r.source_kind = 'reversal')
GROUP BY l.agreement_id, l.component_id, l.period,
         CASE WHEN l.reason = 'run' OR l.reason LIKE 'run/%' THEN 'run' ELSE l.reason END
HAVING count(*) > 1
UNION ALL
SELECT 'charges.notice', n.entry_id, format('notice %s, lines %s, ledger %s', n.total_amount, coalesce(l.amount, 0),
       coalesce(e.amount::text, 'none'))
FROM charges_notice n
LEFT JOIN (
  SELECT o.id, o.amount + coalesce(sum(p.amount), 0) AS amount FROM ledger_entry o
  LEFT JOIN ledger_entry p ON o.source_kind = 'notice' AND p.source_kind LIKE 'notice/%'
    AND p.source_id = o.source_id AND p.batch_id = o.batch_id AND p.account_id = o.account_id
  GROUP BY o.id
) e ON e.id = n.entry_id
LEFT JOIN (SELECT notice_id, sum(amount) AS amount FROM charges_chargeline GROUP BY notice_id) l
  ON l.notice_id = n.entry_id
WHERE e.amount IS DISTINCT FROM n.total_amount OR l.amount IS DISTINCT FROM n.total_amount
UNION ALL
SELECT 'charges.notice', n.entry_id, 'the document differs from the notice'
FROM charges_notice n LEFT JOIN papers_issueddocument d ON d.id = n.document_id
WHERE d.id IS NULL OR (d.data ->> 'total')::numeric IS DISTINCT FROM n.total_amount OR d.number <> n.number
"""


class Migration(migrations.Migration):
    dependencies = [("charges", "0013_notices_of_parts")]
    operations = [migrations.RunSQL(CHECK, FORMER), migrations.RunSQL(VIEW, FORMER_VIEW)]
