"""No line of a batch is so large that what takes it back, or a balance with it, could no longer be held.

Columns of amounts hold less than 10^14; a line holds less than 10^12. A batch with less turnover has no such line, so
ordinary postings pay nothing for it.
"""

from django.db import migrations

GUARD = """
CREATE FUNCTION ledger_check_size() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad bigint;
BEGIN
  IF NEW.turnover_amount < 1000000000000 THEN
    RETURN NULL;
  END IF;
  SELECT e.id INTO bad FROM ledger_entry e JOIN ledger_line l ON l.entry_id = e.id
    WHERE e.batch_id = NEW.id AND greatest(l.debit_amount, l.credit_amount) >= 1000000000000 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'entry % is larger than a line may be', bad USING ERRCODE = 'LK013';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER size_checked AFTER UPDATE ON ledger_batch FOR EACH ROW EXECUTE FUNCTION ledger_check_size();
"""
UNGUARD = "DROP TRIGGER size_checked ON ledger_batch; DROP FUNCTION ledger_check_size();"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0030_one_currency")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
