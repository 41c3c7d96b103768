"""Shares of a split add up to the whole, exactly, at every commit; each on an account of the split's agreement."""

from django.db import migrations

from lokum.core.access.sql import row_policy
from lokum.core.audit.sql import audit_triggers

OF_ACCOUNT = "EXISTS (SELECT FROM ledger_account a WHERE a.id = account_id)"

GUARD = """
CREATE FUNCTION ledger_check_split() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE key bigint; bad record; reach text := coalesce(current_setting('lokum.reach', true), '');
BEGIN
  -- At the commit nobody's reach is announced any more; the sum is asked over all shares.
  PERFORM set_config('lokum.reach', 'all', true);
  IF TG_TABLE_NAME = 'ledger_payersplit' THEN key := NEW.id;
  ELSIF TG_OP = 'DELETE' THEN key := OLD.split_id;
  ELSE key := NEW.split_id;
  END IF;
  SELECT s.id, s.denominator, sum(h.numerator) AS parts,
         bool_or(a.agreement_id IS DISTINCT FROM s.agreement_id AND h.id IS NOT NULL) AS elsewhere INTO bad
    FROM ledger_payersplit s LEFT JOIN ledger_payershare h ON h.split_id = s.id
    LEFT JOIN ledger_account a ON a.id = h.account_id
    WHERE s.id = key GROUP BY s.id, s.denominator;
  PERFORM set_config('lokum.reach', reach, true);
  IF bad.id IS NOT NULL AND (bad.parts IS DISTINCT FROM bad.denominator OR bad.elsewhere) THEN
    RAISE EXCEPTION 'the shares of split % add up to % of %', bad.id, coalesce(bad.parts, 0), bad.denominator
      USING ERRCODE = 'check_violation', CONSTRAINT = 'payer_shares_whole';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER shares_whole AFTER INSERT OR UPDATE OR DELETE ON ledger_payershare
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_split();
CREATE CONSTRAINT TRIGGER split_whole AFTER INSERT OR UPDATE ON ledger_payersplit
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_split();

CREATE VIEW proof_p1 AS
SELECT 'ledger.payersplit'::text AS object_label, s.id AS object_id,
       format('shares add up to %s of %s', coalesce(sum(h.numerator), 0), s.denominator) AS detail
FROM ledger_payersplit s LEFT JOIN ledger_payershare h ON h.split_id = s.id
GROUP BY s.id, s.denominator HAVING sum(h.numerator) IS DISTINCT FROM s.denominator
UNION ALL
SELECT 'ledger.payershare', h.id, format('account %s is not one of the agreement', a.code)
FROM ledger_payershare h JOIN ledger_payersplit s ON s.id = h.split_id JOIN ledger_account a ON a.id = h.account_id
WHERE a.agreement_id <> s.agreement_id;
"""
UNGUARD = """
DROP VIEW proof_p1;
DROP TRIGGER split_whole ON ledger_payersplit;
DROP TRIGGER shares_whole ON ledger_payershare;
DROP FUNCTION ledger_check_split();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0019_payers"), ("audit", "0002_trigger")]
    operations = [
        *audit_triggers("ledger_copayer", "ledger_payersplit", "ledger_payershare"),
        row_policy("ledger_copayer", OF_ACCOUNT),
        row_policy("ledger_payershare", OF_ACCOUNT),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
