"""Posted charges are guarded like the books; tariffs keep their key and, once approved, their price."""

from django.db import migrations

from lokum.core.access.sql import ACCOUNTS, of_entity, row_policy
from lokum.core.audit.sql import audit_triggers

OF_ACCOUNT = (
    f"account_id = ANY {ACCOUNTS} OR EXISTS (SELECT FROM ledger_account a WHERE a.id = account_id)"
)

ROUNDING = """
-- The one rounding of charges in SQL; base.money.round_amount is its twin in Python (a test compares them).
CREATE FUNCTION charges_round(value numeric, places int, mode text) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CASE mode
  WHEN 'half_up' THEN round(value, places)
  WHEN 'down' THEN trunc(value, places)
  WHEN 'up' THEN CASE WHEN trunc(value, places) = value THEN round(value, places)
                      ELSE trunc(value, places) + sign(value) * power(10::numeric, -places)::numeric END
  WHEN 'half_even' THEN CASE WHEN abs(value - trunc(value, places)) * power(10::numeric, places) = 0.5
                             THEN round(value / 2, places) * 2 ELSE round(value, places) END
END;
"""
UNROUNDING = "DROP FUNCTION charges_round(numeric, int, text);"

TARIFFS = """
CREATE FUNCTION charges_tariff_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.target_key := CASE NEW.level WHEN 'building' THEN NEW.building_id WHEN 'premises' THEN NEW.premises_id
                                   WHEN 'party' THEN NEW.party_id ELSE 0 END;
  NEW.target_key := coalesce(NEW.target_key, 0);
  IF TG_OP = 'INSERT' THEN
    NEW.proposed_by_id := coalesce(NEW.proposed_by_id, nullif(current_setting('lokum.actor', true), '')::bigint);
  ELSIF OLD.state <> 'proposed' AND (NEW.price, NEW.component_id, NEW.level, NEW.target_key, NEW.title_kind,
        NEW.membership, lower(NEW.valid), NEW.state) IS DISTINCT FROM (OLD.price, OLD.component_id, OLD.level,
        OLD.target_key, OLD.title_kind, OLD.membership, lower(OLD.valid), OLD.state) THEN
    RAISE EXCEPTION 'tariff % was decided on; only its end may change', OLD.id USING ERRCODE = 'LK001';
  ELSIF OLD.state = 'proposed' AND NEW.state = 'proposed'
        AND NEW.price IS DISTINCT FROM OLD.price THEN
    -- Whoever changes the proposed price becomes its proposer, so nobody approves an own change.
    NEW.proposed_by_id := coalesce(nullif(current_setting('lokum.actor', true), '')::bigint, NEW.proposed_by_id);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER tariff_change BEFORE INSERT OR UPDATE ON charges_tariff
  FOR EACH ROW EXECUTE FUNCTION charges_tariff_change();
"""
UNTARIFFS = "DROP TRIGGER tariff_change ON charges_tariff; DROP FUNCTION charges_tariff_change();"

LINES = """
SELECT ledger_make_append_only('charges_chargeline');
SELECT ledger_make_append_only('charges_notice');

CREATE FUNCTION charges_check_notices() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
  SELECT n.number INTO bad FROM new_rows n
    LEFT JOIN ledger_entry e ON e.id = n.entry_id AND e.account_id = n.account_id AND e.amount = n.total_amount
      AND e.document_number = n.number
    LEFT JOIN papers_issueddocument d ON d.id = n.document_id AND d.account_key = n.account_id
      AND d.number = n.number
    WHERE e.id IS NULL OR d.id IS NULL LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'notice % does not fit its entry or document', bad.number USING ERRCODE = 'LK004';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER notices_checked AFTER INSERT ON charges_notice REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION charges_check_notices();

CREATE FUNCTION charges_check_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
  -- All lines of a notice come in one statement and add up to it.
  SELECT l.notice_id INTO bad FROM (
      SELECT notice_id, sum(amount) AS amount, min(period) AS period, max(period) AS other_period,
             min(agreement_id) AS agreement_id, max(agreement_id) AS other_agreement
      FROM new_rows GROUP BY notice_id) l
    LEFT JOIN charges_notice n ON n.entry_id = l.notice_id AND n.total_amount = l.amount
      AND n.period = l.period AND n.period = l.other_period
    LEFT JOIN ledger_account a ON a.id = n.account_id AND a.agreement_id = l.agreement_id
      AND a.agreement_id = l.other_agreement
    WHERE a.id IS NULL LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'charge lines do not add up to their notice %', bad.notice_id USING ERRCODE = 'LK003';
  END IF;
  SELECT n.component_id INTO bad FROM (SELECT DISTINCT component_id FROM new_rows) n
    WHERE NOT EXISTS (SELECT FROM charges_component c WHERE c.id = n.component_id) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'component % is absent', bad.component_id USING ERRCODE = 'LK004';
  END IF;
  -- "run" is unique by its key. A repeat ("run/2") needs every line before it to be reversed.
  SELECT n.agreement_id, n.component_id, n.period INTO bad FROM new_rows n
    JOIN charges_chargeline l ON l.agreement_id = n.agreement_id AND l.component_id = n.component_id
      AND l.period = n.period AND l.id <> n.id AND (l.reason = 'run' OR l.reason LIKE 'run/%')
    WHERE n.reason LIKE 'run/%' AND NOT EXISTS (
      SELECT FROM ledger_entry r WHERE r.corrects_id = l.notice_id AND r.source_kind = 'reversal') LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'component % of agreement % is charged for % already', bad.component_id, bad.agreement_id,
      bad.period USING ERRCODE = '23505', CONSTRAINT = 'charge_once';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER lines_checked AFTER INSERT ON charges_chargeline REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION charges_check_lines();

-- A component or agreement that was ever charged stays (charge lines carry no row-level foreign keys).
CREATE FUNCTION charges_keep_component() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM charges_chargeline WHERE component_id = OLD.id) THEN
    RAISE EXCEPTION 'component % was charged', OLD.id USING ERRCODE = 'LK001';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER kept_when_charged BEFORE DELETE ON charges_component
  FOR EACH ROW EXECUTE FUNCTION charges_keep_component();
"""
UNLINES = """
DROP TRIGGER kept_when_charged ON charges_component;
DROP FUNCTION charges_keep_component();
DROP TRIGGER lines_checked ON charges_chargeline;
DROP FUNCTION charges_check_lines();
DROP TRIGGER notices_checked ON charges_notice;
DROP FUNCTION charges_check_notices();
DROP TRIGGER append_only ON charges_notice;
DROP TRIGGER append_only ON charges_chargeline;
"""


class Migration(migrations.Migration):
    dependencies = [("charges", "0002_targets"), ("ledger", "0003_guards"), ("papers", "0003_append_only"),
                    ("ledger", "0004_history_and_walls"), ("audit", "0002_trigger")]
    operations = [
        migrations.RunSQL(ROUNDING, UNROUNDING),
        migrations.RunSQL(TARIFFS, UNTARIFFS),
        migrations.RunSQL(LINES, UNLINES),
        *audit_triggers("charges_component", "charges_tariff", "charges_componentassignment", "charges_chargerun"),
        row_policy("charges_notice", OF_ACCOUNT),
        row_policy("charges_chargeline", "EXISTS (SELECT FROM charges_notice n WHERE n.entry_id = notice_id)"),
        row_policy("charges_draftline",
                   f"EXISTS (SELECT FROM charges_chargerun r WHERE r.id = run_id AND {of_entity('r.entity_id')})"
                   " OR EXISTS (SELECT FROM ledger_account a WHERE a.id = account_id)"),
    ]
