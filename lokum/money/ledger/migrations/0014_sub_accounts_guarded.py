"""Sub-accounts are part of what is posted: checked, sealed and kept like the rest.

The digest of a batch names sub-accounts only where there are any, so every seal made before stays what it was.
"""

from django.db import migrations

from lokum.core.audit.sql import audit_triggers

CHECK = """
CREATE FUNCTION ledger_check_sub_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
  SELECT n.sub_account_id INTO bad
    FROM (SELECT DISTINCT sub_account_id, entity_id, account_id IS NULL AS nobody FROM new_rows
          WHERE sub_account_id IS NOT NULL) n
    LEFT JOIN ledger_subaccount s ON s.id = n.sub_account_id AND s.entity_id = n.entity_id AND s.kind <> 'main'
    WHERE s.id IS NULL OR n.nobody LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'sub-account % is not one of the payers of this entity', bad.sub_account_id USING ERRCODE = 'LK004';
  END IF;
  SELECT n.id INTO bad FROM new_rows n JOIN ledger_entry o ON o.id = n.corrects_id
    WHERE n.corrects_id IS NOT NULL AND o.sub_account_id IS DISTINCT FROM n.sub_account_id LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'entry % corrects an entry of another sub-account', bad.id USING ERRCODE = 'LK004';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER entries_sub_accounts_checked AFTER INSERT ON ledger_entry REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_check_sub_accounts();

-- What posted rows point to without a foreign key stays, and stays what it is.
CREATE FUNCTION ledger_keep_sub_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.id = OLD.id AND NEW.entity_id = OLD.entity_id
     AND (NEW.kind = 'main') = (OLD.kind = 'main') THEN
    RETURN NEW;
  END IF;
  IF EXISTS (SELECT FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
             WHERE a.entity_id = OLD.entity_id AND e.sub_account_id = OLD.id) THEN
    RAISE EXCEPTION 'sub-account % has postings', OLD.id USING ERRCODE = 'LK001';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER kept_when_posted BEFORE UPDATE OR DELETE ON ledger_subaccount
  FOR EACH ROW EXECUTE FUNCTION ledger_keep_sub_account();
"""
UNCHECK = """
DROP TRIGGER kept_when_posted ON ledger_subaccount;
DROP FUNCTION ledger_keep_sub_account();
DROP TRIGGER entries_sub_accounts_checked ON ledger_entry;
DROP FUNCTION ledger_check_sub_accounts();
"""

FORMER_DIGEST = """
CREATE OR REPLACE FUNCTION ledger_batch_digest(batch bigint) RETURNS text LANGUAGE sql STABLE
SET datestyle = 'ISO, YMD' SET search_path = public, pg_temp AS $$
  SELECT encode(sha256(convert_to(
    coalesce((SELECT string_agg(ROW(e.id, e.entity_id, e.kind, e.account_id, e.amount, e.document_number,
                e.description, e.booked_on, e.effective_on, e.due_on, e.corrects_id, e.source_kind,
                e.source_id)::text, E'\\n' ORDER BY e.id)
              FROM ledger_entry e WHERE e.batch_id = batch), '') || E'\\n--\\n' ||
    coalesce((SELECT string_agg(ROW(l.id, l.entry_id, l.entity_id, l.ledger_account_id, l.account_id,
                l.component_key, l.booked_on, l.debit_amount, l.credit_amount)::text, E'\\n' ORDER BY l.id)
              FROM ledger_entry e JOIN ledger_line l ON l.entry_id = e.id
              WHERE e.batch_id = batch AND l.batch_id = batch), ''){parts}, 'UTF8')), 'hex')
$$;
"""
PARTS = """ ||
    coalesce((SELECT E'\\n--\\n' || string_agg(ROW(e.id, e.sub_account_id)::text, E'\\n' ORDER BY e.id)
              FROM ledger_entry e WHERE e.batch_id = batch AND e.sub_account_id IS NOT NULL), '')"""

# What goes out of one sub-account or account arrives in another: nothing stays on the way.
TRANSIT = """
CREATE VIEW proof_t1 AS
SELECT 'ledger.ledgeraccount'::text AS object_label, g.id AS object_id,
       format('%s stays between sub-accounts', sum(l.debit_amount - l.credit_amount)) AS detail
FROM ledger_ledgeraccount g JOIN ledger_line l ON l.ledger_account_id = g.id
WHERE g.purpose = 'transit' GROUP BY g.id HAVING sum(l.debit_amount - l.credit_amount) <> 0
UNION ALL
SELECT 'ledger.entry', e.id, format('sub-account %s is not one of the entity', e.sub_account_id)
FROM ledger_entry e LEFT JOIN ledger_subaccount s ON s.id = e.sub_account_id AND s.entity_id = e.entity_id
WHERE e.sub_account_id IS NOT NULL AND (s.id IS NULL OR s.kind = 'main')
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0013_sub_accounts"), ("audit", "0002_trigger")]
    operations = [
        *audit_triggers("ledger_subaccount"),
        migrations.RunSQL(CHECK, UNCHECK),
        migrations.RunSQL(FORMER_DIGEST.format(parts=PARTS), FORMER_DIGEST.format(parts="")),
        migrations.RunSQL("CREATE INDEX entry_sub_account ON ledger_entry (account_id, sub_account_id) "
                          "WHERE sub_account_id IS NOT NULL", "DROP INDEX entry_sub_account"),
        migrations.RunSQL(TRANSIT, "DROP VIEW proof_t1"),
    ]
