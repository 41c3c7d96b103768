"""Notes and waivers are guarded like the books; rates are only withdrawn; a policy in use is only ended."""

from django.db import migrations

from lokum.core.access.sql import ACCOUNTS, row_policy
from lokum.core.audit.sql import audit_triggers

OF_ACCOUNT = (
    f"account_id = ANY {ACCOUNTS} OR EXISTS (SELECT FROM ledger_account a WHERE a.id = account_id)"
)

APPEND_ONLY = """
SELECT ledger_make_append_only('interest_interestnote');
SELECT ledger_make_append_only('interest_interestline');
SELECT ledger_make_append_only('interest_interestwaiver');
SELECT ledger_make_append_only('interest_interestwaiverline');
"""
UNAPPEND_ONLY = """
DROP TRIGGER append_only ON interest_interestnote;
DROP TRIGGER append_only ON interest_interestline;
DROP TRIGGER append_only ON interest_interestwaiver;
DROP TRIGGER append_only ON interest_interestwaiverline;
"""

RATES = """
CREATE FUNCTION interest_check_rate_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL
     OR (to_jsonb(NEW) - 'withdrawn_at' - 'withdrawn_reason' - 'version')
        <> (to_jsonb(OLD) - 'withdrawn_at' - 'withdrawn_reason' - 'version') THEN
    RAISE EXCEPTION 'rate % can only be withdrawn, and only once', OLD.id USING ERRCODE = 'LK001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER rate_change BEFORE UPDATE OR DELETE ON interest_interestrate
  FOR EACH ROW EXECUTE FUNCTION interest_check_rate_change();
"""
UNRATES = "DROP TRIGGER rate_change ON interest_interestrate; DROP FUNCTION interest_check_rate_change();"

POLICIES = """
-- A policy by which a note was computed keeps its words; it may end behind the last debt noted by it.
CREATE FUNCTION interest_check_policy_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE latest date;
BEGIN
  SELECT max(coalesce(e.due_on, e.effective_on)) INTO latest
    FROM interest_interestline l JOIN ledger_entry e ON e.id = l.debt_id WHERE l.policy_id = OLD.id;
  IF latest IS NULL THEN
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  IF TG_OP = 'DELETE' OR lower(NEW.valid) IS DISTINCT FROM lower(OLD.valid) OR NOT NEW.valid @> latest
     OR (to_jsonb(NEW) - 'valid' - 'version' - 'minimum_amount')
        <> (to_jsonb(OLD) - 'valid' - 'version' - 'minimum_amount') THEN
    RAISE EXCEPTION 'policy % was used for notes on debts up to %', OLD.id, latest USING ERRCODE = 'LK001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER policy_change BEFORE UPDATE OR DELETE ON interest_interestpolicy
  FOR EACH ROW EXECUTE FUNCTION interest_check_policy_change();
CREATE INDEX interest_line_policy ON interest_interestline (policy_id);
"""
UNPOLICIES = """
DROP INDEX interest_line_policy;
DROP TRIGGER policy_change ON interest_interestpolicy;
DROP FUNCTION interest_check_policy_change();
"""

LINES = """
-- References are checked once per statement: a line is an entry of its note's account with its amount, on a debt of
-- that account; what it corrects is a line on the same debt.
CREATE FUNCTION interest_check_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
  SELECT l.entry_id INTO bad FROM new_rows l
    LEFT JOIN interest_interestnote n ON n.id = l.note_id
    LEFT JOIN ledger_entry e ON e.id = l.entry_id AND e.kind = 'interest' AND e.amount = l.amount
      AND e.account_id = n.account_id AND e.document_number = n.number
    LEFT JOIN ledger_entry d ON d.id = l.debt_id AND d.account_id = n.account_id AND d.kind <> 'interest'
    LEFT JOIN interest_interestline o ON o.entry_id = l.corrects_id AND o.debt_id = l.debt_id AND o.entry_id = e.corrects_id
    WHERE n.id IS NULL OR e.id IS NULL OR d.id IS NULL OR (l.amount < 0) <> (o.entry_id IS NOT NULL) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'interest line % does not fit its note, entry or debt', bad.entry_id USING ERRCODE = 'LK004';
  END IF;
  SELECT n.id INTO bad FROM (SELECT note_id, sum(amount) AS amount FROM new_rows GROUP BY note_id) l
    JOIN interest_interestnote n ON n.id = l.note_id
    LEFT JOIN papers_issueddocument d ON d.id = n.document_id AND d.account_key = n.account_id AND d.number = n.number
    WHERE n.total_amount <> l.amount OR d.id IS NULL LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'lines do not add up to interest note %', bad.id USING ERRCODE = 'LK003';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER lines_checked AFTER INSERT ON interest_interestline REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION interest_check_lines();
"""
UNLINES = "DROP TRIGGER lines_checked ON interest_interestline; DROP FUNCTION interest_check_lines();"


class Migration(migrations.Migration):
    dependencies = [("interest", "0001_first"), ("ledger", "0004_history_and_walls"), ("audit", "0002_trigger")]
    operations = [
        migrations.RunSQL(APPEND_ONLY, UNAPPEND_ONLY),
        migrations.RunSQL(RATES, UNRATES),
        migrations.RunSQL(POLICIES, UNPOLICIES),
        migrations.RunSQL(LINES, UNLINES),
        *audit_triggers("interest_interestregime", "interest_interestrate", "interest_interestpolicy",
                        "interest_interestrun"),
        row_policy("interest_interestnote", OF_ACCOUNT),
        row_policy("interest_interestline", "EXISTS (SELECT FROM interest_interestnote n WHERE n.id = note_id)"),
        row_policy("interest_interestwaiver", OF_ACCOUNT),
        row_policy("interest_interestwaiverline", "EXISTS (SELECT FROM interest_interestwaiver w WHERE w.id = waiver_id)"),
    ]
