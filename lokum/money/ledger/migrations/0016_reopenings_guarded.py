"""A closed month is opened only beside a row that says who proposed, who approved, and why; that row stays."""

from django.db import migrations


GUARD = """
CREATE FUNCTION ledger_check_reopening() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.closed_at IS NOT NULL AND NEW.closed_at IS DISTINCT FROM OLD.closed_at AND NOT EXISTS (
      SELECT FROM ledger_periodreopening r WHERE r.period_id = OLD.id AND r.closed_at = OLD.closed_at) THEN
    RAISE EXCEPTION 'period % is opened by two people only', to_char(OLD.starts_on, 'YYYY-MM') USING ERRCODE = 'LK001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER reopening_recorded BEFORE UPDATE ON ledger_period
  FOR EACH ROW EXECUTE FUNCTION ledger_check_reopening();
SELECT ledger_make_append_only('ledger_periodreopening');
"""
UNGUARD = """
DROP TRIGGER append_only ON ledger_periodreopening;
DROP TRIGGER reopening_recorded ON ledger_period;
DROP FUNCTION ledger_check_reopening();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0015_reopenings")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
