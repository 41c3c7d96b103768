"""The seal of a batch writes what it moved on each ledger account; batches sealed before get theirs here."""

from django.db import migrations

from lokum.core.access.sql import REACH_ALL, of_entity

KEEP = """
CREATE FUNCTION ledger_keep_turnover() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ledger_batchturnover (batch_id, entity_id, ledger_account_id, booked_on, debit_amount, credit_amount)
  SELECT NEW.id, NEW.entity_id, l.ledger_account_id, l.booked_on, sum(l.debit_amount), sum(l.credit_amount)
  FROM ledger_entry e JOIN ledger_line l ON l.entry_id = e.id
  WHERE e.batch_id = NEW.id AND l.batch_id = NEW.id GROUP BY 3, 4;
  RETURN NULL;
END $$;
CREATE TRIGGER turnover_kept AFTER UPDATE ON ledger_batch FOR EACH ROW EXECUTE FUNCTION ledger_keep_turnover();

CREATE FUNCTION ledger_turnover_by_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() < 2 THEN
    RAISE EXCEPTION 'sums of a batch are written by its seal' USING ERRCODE = 'LK001';
  END IF;
  RETURN NULL;
END $$;
"""
UNKEEP = """
DROP TRIGGER turnover_kept ON ledger_batch;
DROP FUNCTION ledger_keep_turnover();
DROP FUNCTION ledger_turnover_by_seal();
"""

BEFORE = """
SELECT set_config('lokum.reach', 'all', true);
INSERT INTO ledger_batchturnover (batch_id, entity_id, ledger_account_id, booked_on, debit_amount, credit_amount)
SELECT l.batch_id, l.entity_id, l.ledger_account_id, l.booked_on, sum(l.debit_amount), sum(l.credit_amount)
FROM ledger_line l GROUP BY 1, 2, 3, 4;
"""

GUARD = """
CREATE TRIGGER by_seal BEFORE INSERT ON ledger_batchturnover
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_turnover_by_seal();
SELECT ledger_make_append_only('ledger_batchturnover');
"""
UNGUARD = """
DROP TRIGGER append_only ON ledger_batchturnover;
DROP TRIGGER by_seal ON ledger_batchturnover;
"""

# A seal writes for everybody who may post, were it one account alone; reading needs the entity.
WALL = f"""
ALTER TABLE ledger_batchturnover ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger_batchturnover FORCE ROW LEVEL SECURITY;
CREATE POLICY lokum_reach ON ledger_batchturnover
  USING ({REACH_ALL} OR {of_entity("entity_id")}) WITH CHECK (true);
"""
UNWALL = """
DROP POLICY lokum_reach ON ledger_batchturnover;
ALTER TABLE ledger_batchturnover NO FORCE ROW LEVEL SECURITY;
ALTER TABLE ledger_batchturnover DISABLE ROW LEVEL SECURITY;
"""

PROOF = """
CREATE VIEW proof_t2 AS
SELECT 'ledger.batch'::text AS object_label, coalesce(t.batch_id, l.batch_id) AS object_id,
       format('ledger account %s on %s: %s / %s kept, lines say %s / %s',
              coalesce(t.ledger_account_id, l.ledger_account_id), coalesce(t.booked_on, l.booked_on),
              coalesce(t.debit, 0), coalesce(t.credit, 0), coalesce(l.debit, 0), coalesce(l.credit, 0)) AS detail
FROM (SELECT batch_id, ledger_account_id, booked_on, sum(debit_amount) AS debit, sum(credit_amount) AS credit
      FROM ledger_batchturnover GROUP BY 1, 2, 3) t
FULL JOIN (SELECT batch_id, ledger_account_id, booked_on, sum(debit_amount) AS debit, sum(credit_amount) AS credit
           FROM ledger_line GROUP BY 1, 2, 3) l
  ON l.batch_id = t.batch_id AND l.ledger_account_id = t.ledger_account_id AND l.booked_on = t.booked_on
WHERE (t.debit, t.credit) IS DISTINCT FROM (l.debit, l.credit)
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0023_batchturnover")]
    operations = [
        migrations.RunSQL(KEEP, UNKEEP),
        migrations.RunSQL(BEFORE, migrations.RunSQL.noop),
        migrations.RunSQL(GUARD, UNGUARD),
        migrations.RunSQL(WALL, UNWALL),
        migrations.RunSQL(PROOF, "DROP VIEW proof_t2"),
    ]
