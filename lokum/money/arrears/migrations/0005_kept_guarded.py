"""Interruptions of limitation are only withdrawn, policies only followed by others; a debt named is one of the account.

What was entered before counts as known from its own day on, a policy from its first day on.
"""

from django.db import migrations

BEFORE = """
ALTER TABLE arrears_payercontact DISABLE TRIGGER USER;
ALTER TABLE arrears_limitationevent DISABLE TRIGGER USER;
ALTER TABLE arrears_arrearspolicy DISABLE TRIGGER USER;
UPDATE arrears_payercontact SET recorded_at = "on";
UPDATE arrears_limitationevent SET recorded_at = "on";
UPDATE arrears_arrearspolicy SET recorded_at = valid_from;
ALTER TABLE arrears_payercontact ENABLE TRIGGER USER;
ALTER TABLE arrears_limitationevent ENABLE TRIGGER USER;
ALTER TABLE arrears_arrearspolicy ENABLE TRIGGER USER;
"""
GUARD = """
CREATE FUNCTION arrears_check_interruption() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.entry_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM ledger_entry e WHERE e.id = NEW.entry_id AND e.account_id = NEW.account_id AND e.amount > 0) THEN
      RAISE EXCEPTION 'entry % is no debt of account %', NEW.entry_id, NEW.account_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'limitation_of_own_debt';
    END IF;
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE' OR OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL
     OR (to_jsonb(NEW) - 'withdrawn_at' - 'withdrawn_reason' - 'version')
        <> (to_jsonb(OLD) - 'withdrawn_at' - 'withdrawn_reason' - 'version') THEN
    RAISE EXCEPTION 'interruption % can only be withdrawn, and only once', OLD.id USING ERRCODE = 'LK001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER interruption_kept BEFORE INSERT OR UPDATE OR DELETE ON arrears_limitationevent
  FOR EACH ROW EXECUTE FUNCTION arrears_check_interruption();
SELECT ledger_make_append_only('arrears_arrearspolicy');
"""
UNGUARD = """
DROP TRIGGER append_only ON arrears_arrearspolicy;
DROP TRIGGER interruption_kept ON arrears_limitationevent;
DROP FUNCTION arrears_check_interruption();
"""


class Migration(migrations.Migration):
    dependencies = [("arrears", "0004_kept_as_entered"), ("ledger", "0003_guards")]
    operations = [
        migrations.RunSQL(BEFORE, migrations.RunSQL.noop),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
