"""A correction never takes more than is left of its document: asked once, when the batch is sealed.

At that moment the accounts of the batch are locked, so two corrections of one document cannot pass each other.

* A correction names a document, never another correction; only a reversal may name a correction.
* Document + corrections + reversals of those corrections keeps the document's sign, in sum and for each ledger
  account and component that the document itself moved; a credit never grows.
* After a document was reversed nothing more refers to it.
"""

from django.db import migrations

GUARD = """
CREATE FUNCTION ledger_check_corrections() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
  IF NOT EXISTS (SELECT FROM ledger_entry WHERE batch_id = NEW.id AND corrects_id IS NOT NULL) THEN
    RETURN NULL;
  END IF;
  SELECT n.id, n.corrects_id INTO bad FROM ledger_entry n JOIN ledger_entry o ON o.id = n.corrects_id
    WHERE n.batch_id = NEW.id AND (o.source_kind = 'reversal'
      OR (n.source_kind <> 'reversal' AND (o.corrects_id IS NOT NULL OR n.account_id IS NULL))) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'entry % cannot correct %', bad.id, bad.corrects_id USING ERRCODE = 'LK007';
  END IF;
  SELECT r.id, r.corrects_id INTO bad FROM ledger_entry n JOIN ledger_entry o ON o.id = n.corrects_id
    JOIN ledger_entry r ON r.corrects_id = coalesce(o.corrects_id, o.id) AND r.source_kind = 'reversal'
    WHERE n.batch_id = NEW.id AND r.id <> n.id LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'entry % was reversed by %', bad.corrects_id, bad.id USING ERRCODE = 'LK008';
  END IF;
  WITH roots AS MATERIALIZED (
    SELECT DISTINCT coalesce(o.corrects_id, o.id) AS root
    FROM ledger_entry n JOIN ledger_entry o ON o.id = n.corrects_id WHERE n.batch_id = NEW.id
  ), family AS MATERIALIZED (
    SELECT root, root AS entry_id FROM roots
    UNION ALL SELECT r.root, c.id FROM roots r JOIN ledger_entry c ON c.corrects_id = r.root
    UNION ALL SELECT r.root, x.id FROM roots r JOIN ledger_entry c ON c.corrects_id = r.root
      JOIN ledger_entry x ON x.corrects_id = c.id
  ), sums AS (
    SELECT f.root, sum(e.amount) AS left_amount FROM family f JOIN ledger_entry e ON e.id = f.entry_id GROUP BY f.root
  ), lines AS (
    SELECT f.root, l.ledger_account_id, l.component_key, sum(l.debit_amount - l.credit_amount) AS net,
           coalesce(sum(l.debit_amount - l.credit_amount) FILTER (WHERE f.entry_id = f.root), 0) AS posted
    FROM family f JOIN ledger_line l ON l.entry_id = f.entry_id AND l.account_id IS NULL
    GROUP BY f.root, l.ledger_account_id, l.component_key
  )
  SELECT s.root, s.left_amount INTO bad FROM sums s JOIN ledger_entry o ON o.id = s.root
    WHERE s.left_amount * sign(o.amount) < 0 OR (o.amount < 0 AND s.left_amount < o.amount)
  UNION ALL SELECT root, net FROM lines WHERE net * sign(posted) < 0 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'more than is left of entry % (%)', bad.root, bad.left_amount USING ERRCODE = 'LK006';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER corrections_checked AFTER UPDATE ON ledger_batch
  FOR EACH ROW EXECUTE FUNCTION ledger_check_corrections();
"""
UNGUARD = "DROP TRIGGER corrections_checked ON ledger_batch; DROP FUNCTION ledger_check_corrections();"

FORMER = """
CREATE OR REPLACE VIEW proof_i4 AS
SELECT 'ledger.entry'::text AS object_label, c.id AS object_id,
       CASE WHEN o.id IS NULL THEN format('corrects %s, which is absent', c.corrects_id)
            ELSE format('corrects %s of another account or entity', c.corrects_id) END AS detail
FROM ledger_entry c LEFT JOIN ledger_entry o ON o.id = c.corrects_id
WHERE c.corrects_id IS NOT NULL
  AND (o.id IS NULL OR o.entity_id <> c.entity_id OR o.account_id IS DISTINCT FROM c.account_id)
UNION ALL
SELECT 'ledger.entry', o.id, format('amount %s, corrected by %s', o.amount, c.amount)
FROM ledger_entry o JOIN (
  SELECT corrects_id, sum(amount) AS amount FROM ledger_entry WHERE corrects_id IS NOT NULL GROUP BY corrects_id
) c ON c.corrects_id = o.id
WHERE abs(o.amount + c.amount) > abs(o.amount) OR sign(o.amount + c.amount) = -sign(o.amount) AND o.amount <> 0
UNION ALL
SELECT 'ledger.entry', corrects_id, format('reversed %s times', count(*))
FROM ledger_entry WHERE source_kind = 'reversal' GROUP BY corrects_id HAVING count(*) > 1
"""

VIEW = """
CREATE OR REPLACE VIEW proof_i4 AS
WITH corrections AS (
  SELECT c.id, c.amount, c.corrects_id, c.source_kind, c.entity_id, c.account_id, coalesce(o.corrects_id, o.id) AS root,
         o.id AS original, o.source_kind AS of_kind, o.corrects_id AS of_original,
         o.entity_id AS of_entity, o.account_id AS of_account
  FROM ledger_entry c LEFT JOIN ledger_entry o ON o.id = c.corrects_id WHERE c.corrects_id IS NOT NULL
)
SELECT 'ledger.entry'::text AS object_label, id AS object_id,
       CASE WHEN original IS NULL THEN format('corrects %s, which is absent', corrects_id)
            WHEN of_entity <> entity_id OR of_account IS DISTINCT FROM account_id
              THEN format('corrects %s of another account or entity', corrects_id)
            ELSE format('corrects %s, which is no document', corrects_id) END AS detail
FROM corrections
WHERE original IS NULL OR of_entity <> entity_id OR of_account IS DISTINCT FROM account_id OR of_kind = 'reversal'
   OR (source_kind <> 'reversal' AND of_original IS NOT NULL)
UNION ALL
SELECT 'ledger.entry', o.id, format('amount %s, corrected by %s', o.amount, c.amount)
FROM ledger_entry o JOIN (SELECT root, sum(amount) AS amount FROM corrections GROUP BY root) c ON c.root = o.id
WHERE (o.amount + c.amount) * sign(o.amount) < 0 OR (o.amount < 0 AND c.amount < 0)
UNION ALL
SELECT 'ledger.entry', f.root, format('ledger account %s, component %s: more than is left', l.ledger_account_id,
                                      coalesce(l.component_key::text, '-'))
FROM (SELECT DISTINCT root, root AS entry_id FROM corrections UNION ALL SELECT root, id FROM corrections) f
JOIN ledger_line l ON l.entry_id = f.entry_id AND l.account_id IS NULL
GROUP BY f.root, l.ledger_account_id, l.component_key
HAVING sum(l.debit_amount - l.credit_amount)
       * sign(coalesce(sum(l.debit_amount - l.credit_amount) FILTER (WHERE f.entry_id = f.root), 0)) < 0
UNION ALL
SELECT 'ledger.entry', corrects_id, format('reversed %s times', count(*))
FROM ledger_entry WHERE source_kind = 'reversal' GROUP BY corrects_id HAVING count(*) > 1
UNION ALL
SELECT 'ledger.entry', r.corrects_id, format('reversed, but %s is left', sum(e.amount))
FROM ledger_entry r JOIN (
  SELECT root, root AS entry_id FROM corrections UNION SELECT root, id FROM corrections
) f ON f.root = r.corrects_id
JOIN ledger_entry e ON e.id = f.entry_id
WHERE r.source_kind = 'reversal' GROUP BY r.corrects_id HAVING sum(e.amount) <> 0
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0010_interest_entries")]
    operations = [migrations.RunSQL(GUARD, UNGUARD), migrations.RunSQL(VIEW, FORMER)]
