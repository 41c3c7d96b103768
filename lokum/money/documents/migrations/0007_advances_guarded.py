"""History, walls and guards of advances; the proof that advance invoices say what the ledger says."""

from django.db import migrations

from lokum.core.access.sql import row_policy
from lokum.core.audit.sql import audit_triggers

GUARDS = """
SELECT ledger_make_append_only('documents_advance');
SELECT ledger_make_append_only('documents_advanceuse');

CREATE FUNCTION documents_check_advance_use() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
  -- What is taken of an advance never exceeds it and never falls below nothing, in net and in tax.
  SELECT a.id INTO bad FROM documents_advance a
    JOIN (SELECT u.advance_id, sum(u.net_amount) AS net, sum(u.tax_amount) AS tax FROM documents_advanceuse u
          WHERE u.advance_id IN (SELECT advance_id FROM new_rows) GROUP BY 1) s ON s.advance_id = a.id
    WHERE s.net < 0 OR s.tax < 0 OR s.net > a.net_amount OR s.tax > a.tax_amount LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'more is taken than advance % holds', bad.id USING ERRCODE = 'LK006';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER advance_uses_checked AFTER INSERT ON documents_advanceuse REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION documents_check_advance_use();
"""
UNGUARDS = """
DROP TRIGGER advance_uses_checked ON documents_advanceuse;
DROP FUNCTION documents_check_advance_use();
DROP TRIGGER append_only ON documents_advanceuse;
DROP TRIGGER append_only ON documents_advance;
"""
FORMER_PROOF = """
CREATE OR REPLACE VIEW proof_d3 AS
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
PROOF = """
CREATE OR REPLACE VIEW proof_d3 AS
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
  -- What an invoice says is what is left after the advances; the ledger has the whole supply.
  SELECT invoice_id, rate, sum(net) AS net, sum(tax) AS tax FROM (
    SELECT r.invoice_id, r.rate, r.net_amount AS net, r.tax_amount AS tax
    FROM documents_invoicerate r JOIN documents_invoice i ON i.id = r.invoice_id
    WHERE i.kind IN ('invoice', 'correction')
    UNION ALL
    SELECT u.invoice_id, a.rate, u.net_amount, u.tax_amount
    FROM documents_advanceuse u JOIN documents_advance a ON a.id = u.advance_id
    JOIN documents_invoice i ON i.id = u.invoice_id WHERE i.kind = 'invoice') x GROUP BY 1, 2
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

# D4: the entry of each advance invoice, correction or use posts the tax it says, and what is left of the advances of an
# entity is what stands on its ledger account.
ADVANCES = """
CREATE VIEW proof_d4 AS
WITH said AS (
  SELECT a.invoice_id, a.entry_id, a.tax_amount AS tax FROM documents_advance a
  UNION ALL
  SELECT u.invoice_id, u.entry_id, -sum(u.tax_amount) FROM documents_advanceuse u GROUP BY 1, 2
), booked AS (
  SELECT l.entry_id, sum(l.credit_amount - l.debit_amount) FILTER (WHERE g.purpose = 'vat') AS tax,
         sum(l.debit_amount - l.credit_amount) FILTER (WHERE g.purpose = 'advance_vat') AS held
  FROM ledger_line l JOIN ledger_ledgeraccount g ON g.id = l.ledger_account_id
  WHERE l.entry_id IN (SELECT entry_id FROM said) GROUP BY 1
), left_over AS (
  SELECT account.entity_id, sum(a.tax_amount) - coalesce(sum(u.tax), 0) AS tax
  FROM documents_advance a JOIN ledger_account account ON account.id = a.account_id
  LEFT JOIN (SELECT advance_id, sum(tax_amount) AS tax FROM documents_advanceuse GROUP BY 1) u ON u.advance_id = a.id
  GROUP BY 1
), held AS (
  SELECT g.entity_id, sum(l.debit_amount - l.credit_amount) AS tax
  FROM ledger_line l JOIN ledger_ledgeraccount g ON g.id = l.ledger_account_id AND g.purpose = 'advance_vat' GROUP BY 1
)
SELECT 'documents.invoice'::text AS object_label, s.invoice_id AS object_id,
       format('tax of an advance: said %s, ledger %s and %s', s.tax, b.tax, b.held) AS detail
FROM said s LEFT JOIN booked b ON b.entry_id = s.entry_id
WHERE (s.tax, s.tax) <> (coalesce(b.tax, 0), coalesce(b.held, 0))
UNION ALL
SELECT 'organisation.entity', coalesce(o.entity_id, h.entity_id),
       format('left of advances %s, ledger account %s', o.tax, h.tax)
FROM left_over o FULL JOIN held h ON h.entity_id = o.entity_id WHERE coalesce(o.tax, 0) <> coalesce(h.tax, 0)
UNION ALL
SELECT 'documents.invoice', i.id, format('%s + %s stand on it, %s + %s in the register', r.net, r.tax, x.net, x.tax)
FROM documents_invoice i
JOIN (SELECT invoice_id, net_amount AS net, tax_amount AS tax FROM documents_advance
      UNION ALL
      SELECT invoice_id, -net_amount, -tax_amount FROM documents_advanceuse) x ON x.invoice_id = i.id
LEFT JOIN (SELECT invoice_id, sum(net_amount) AS net, sum(tax_amount) AS tax FROM documents_invoicerate GROUP BY 1) r
  ON r.invoice_id = i.id
WHERE i.kind IN ('advance', 'return') AND (r.net, r.tax) IS DISTINCT FROM (x.net, x.tax)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0006_advances"),
        ("ledger", "0022_tax_on_advances"),
        ("audit", "0002_trigger"),
    ]
    operations = [
        migrations.RunSQL(GUARDS, UNGUARDS),
        *audit_triggers("documents_advance", "documents_advanceuse"),
        row_policy("documents_advance", "EXISTS (SELECT FROM documents_invoice i WHERE i.id = invoice_id)"),
        row_policy("documents_advanceuse", "EXISTS (SELECT FROM documents_advance a WHERE a.id = advance_id)"),
        migrations.RunSQL(PROOF, FORMER_PROOF),
        migrations.RunSQL(ADVANCES, "DROP VIEW proof_d4"),
    ]
