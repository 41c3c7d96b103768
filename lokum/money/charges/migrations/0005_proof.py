"""I6: each charge exists once; and each notice is what its lines and its entry say."""

from django.db import migrations

VIEW = """
CREATE VIEW proof_i6 AS
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
LEFT JOIN ledger_entry e ON e.id = n.entry_id
LEFT JOIN (SELECT notice_id, sum(amount) AS amount FROM charges_chargeline GROUP BY notice_id) l
  ON l.notice_id = n.entry_id
WHERE e.amount IS DISTINCT FROM n.total_amount OR l.amount IS DISTINCT FROM n.total_amount
UNION ALL
SELECT 'charges.notice', n.entry_id, 'the document differs from the notice'
FROM charges_notice n LEFT JOIN papers_issueddocument d ON d.id = n.document_id
WHERE d.id IS NULL OR (d.data ->> 'total')::numeric IS DISTINCT FROM n.total_amount OR d.number <> n.number
"""


class Migration(migrations.Migration):
    dependencies = [("charges", "0004_lighter_indexes"), ("papers", "0004_lighter_indexes")]
    operations = [migrations.RunSQL(VIEW, "DROP VIEW proof_i6")]
