"""History, walls and append-only guard of invoices; the proof that they say what the ledger says."""

from django.db import migrations

from lokum.core.access.sql import STAFF, row_policy
from lokum.core.audit.sql import audit_triggers

OF_ACCOUNT = f"{STAFF} AND EXISTS (SELECT FROM ledger_account a WHERE a.id = account_id)"
GUARDS = """
SELECT ledger_make_append_only('documents_invoice');
SELECT ledger_make_append_only('documents_invoicerate');
"""
UNGUARDS = """
DROP TRIGGER append_only ON documents_invoicerate;
DROP TRIGGER append_only ON documents_invoice;
"""

# An invoice or correction: net and tax by rate as the entries of its notice posted them, component by component. A
# correction to zero: with the invoice it takes back, and the corrections of that, nothing is left.
RATE = """
CREATE FUNCTION documents_rate(snapshot jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  -- "exempt", "outside" or the per cent of a charge line, as `rate_of` says it; NULL of NULL.
  SELECT CASE WHEN snapshot ->> 'vat_kind' IN ('exempt', 'outside') THEN snapshot ->> 'vat_kind'
              ELSE trim_scale((snapshot ->> 'vat_percent')::numeric)::text END
$$;
"""
PROOF = """
CREATE VIEW proof_d3 AS
WITH part AS (
  SELECT i.id AS invoice_id, i.notice_id, n.entry_id
  FROM documents_invoice i JOIN charges_notice n ON n.entry_id = i.notice_id WHERE i.kind <> 'reversal'
  UNION ALL
  SELECT i.id, i.notice_id, e.id
  FROM documents_invoice i JOIN charges_notice n ON n.entry_id = i.notice_id
  JOIN ledger_account a ON a.id = n.account_id JOIN ledger_subaccount s ON s.entity_id = a.entity_id
  JOIN ledger_entry e ON e.source_kind = 'notice/' || s.id AND e.source_id = n.document_id
  WHERE i.kind <> 'reversal'
  UNION ALL
  SELECT i.id, i.notice_id, e.id
  FROM documents_invoice i JOIN ledger_account a ON a.id = i.account_id
  JOIN ledger_subaccount s ON s.entity_id = a.entity_id
  JOIN ledger_entry e ON e.source_kind = 'correction/' || s.id AND e.source_id = i.notice_id
  WHERE i.kind = 'correction'
), rates AS (
  SELECT p.invoice_id, c.component_id, min(documents_rate(c.snapshot)) AS rate
  FROM (SELECT DISTINCT invoice_id, notice_id FROM part) p JOIN charges_chargeline c ON c.notice_id = p.notice_id
  GROUP BY 1, 2
), changed AS (
  -- A correction that moved a component to another rate takes the former amount out of the former rate.
  SELECT i.id AS invoice_id, side.rate, side.net, side.tax
  FROM documents_invoice i JOIN charges_notice n ON n.entry_id = i.notice_id
  JOIN ledger_entry e ON e.id = n.entry_id JOIN charges_correctionrun r ON r.batch_id = e.batch_id
  JOIN charges_correctionline c ON c.run_id = r.id AND c.notice_id = n.corrects_id AND c.problem = ''
  CROSS JOIN LATERAL (VALUES (documents_rate(c.before), -c.before_net, -c.before_tax),
                             (documents_rate(c.after), c.before_net, c.before_tax)) side(rate, net, tax)
  WHERE i.kind = 'correction' AND documents_rate(c.before) <> documents_rate(c.after)
), posted AS (
  SELECT p.invoice_id, k.rate,
         coalesce(sum(l.credit_amount - l.debit_amount) FILTER (WHERE g.purpose <> 'vat'), 0) AS net,
         coalesce(sum(l.credit_amount - l.debit_amount) FILTER (WHERE g.purpose = 'vat'), 0) AS tax
  FROM part p JOIN ledger_line l ON l.entry_id = p.entry_id AND l.component_key IS NOT NULL
  JOIN ledger_ledgeraccount g ON g.id = l.ledger_account_id
  JOIN rates k ON k.invoice_id = p.invoice_id AND k.component_id = l.component_key
  GROUP BY p.invoice_id, k.rate
), booked AS (
  SELECT invoice_id, rate, sum(net) AS net, sum(tax) AS tax
  FROM (SELECT * FROM posted UNION ALL SELECT * FROM changed) x GROUP BY 1, 2
), said AS (
  SELECT r.invoice_id, r.rate, r.net_amount AS net, r.tax_amount AS tax
  FROM documents_invoicerate r JOIN documents_invoice i ON i.id = r.invoice_id WHERE i.kind <> 'reversal'
)
SELECT 'documents.invoice'::text AS object_label, coalesce(s.invoice_id, b.invoice_id) AS object_id,
       format('VAT %s: invoice %s + %s, ledger %s + %s', coalesce(s.rate, b.rate), s.net, s.tax, b.net,
              b.tax) AS detail
FROM said s FULL JOIN booked b ON b.invoice_id = s.invoice_id AND b.rate = s.rate
WHERE (coalesce(s.net, 0), coalesce(s.tax, 0)) <> (coalesce(b.net, 0), coalesce(b.tax, 0))
UNION ALL
SELECT 'documents.invoice', i.id, format('VAT %s: %s + %s are left after the correction to zero', r.rate,
                                         sum(r.net_amount), sum(r.tax_amount))
FROM documents_invoice i JOIN documents_invoice o ON o.account_id = i.account_id AND (o.id IN (i.id, i.corrects_id) OR (
       o.kind = 'correction' AND EXISTS (SELECT FROM charges_notice n WHERE n.entry_id = o.notice_id
                                         AND n.corrects_id = i.notice_id)
       AND NOT EXISTS (SELECT FROM documents_invoice b WHERE b.notice_id = o.notice_id AND b.kind = 'reversal')))
JOIN documents_invoicerate r ON r.invoice_id = o.id
WHERE i.kind = 'reversal' GROUP BY i.id, r.rate HAVING sum(r.net_amount) <> 0 OR sum(r.tax_amount) <> 0
UNION ALL
SELECT 'documents.invoice', i.id, 'the notice was not taken back'
FROM documents_invoice i WHERE i.kind = 'reversal'
  AND NOT EXISTS (SELECT FROM ledger_entry e WHERE e.corrects_id = i.notice_id AND e.source_kind = 'reversal')
UNION ALL
SELECT 'documents.invoice', i.id, 'the document differs from the invoice'
FROM documents_invoice i LEFT JOIN papers_issueddocument d ON d.id = i.document_id
WHERE d.id IS NULL OR d.number <> i.number OR d.account_key IS DISTINCT FROM i.account_id
   OR (d.data ->> 'amount')::numeric IS DISTINCT FROM i.total_amount
   OR d.data ->> 'corrects' IS DISTINCT FROM coalesce((SELECT o.number FROM documents_invoice o
                                                       WHERE o.id = i.corrects_id), '')
"""


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0004_invoices"),
        ("charges", "0016_published_vat_rates"),
        ("ledger", "0014_sub_accounts_guarded"),
        ("audit", "0002_trigger"),
    ]
    operations = [
        migrations.RunSQL(GUARDS, UNGUARDS),
        *audit_triggers("documents_invoice", "documents_invoicerate"),
        row_policy("documents_invoice", OF_ACCOUNT),
        row_policy("documents_invoicerate", "EXISTS (SELECT FROM documents_invoice i WHERE i.id = invoice_id)"),
        migrations.RunSQL(RATE, "DROP FUNCTION documents_rate(jsonb)"),
        migrations.RunSQL(PROOF, "DROP VIEW proof_d3"),
    ]
