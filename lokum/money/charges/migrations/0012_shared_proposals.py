"""Operator-wide prices: currency of the node, proposer and fixed decisions are kept by the database."""

from django.db import migrations

GUARD = """
CREATE FUNCTION charges_shared_tariff_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.currency := (SELECT n.currency FROM organisation_node n WHERE n.id = NEW.node_id);
  IF TG_OP = 'INSERT' THEN
    NEW.proposed_by_id := coalesce(NEW.proposed_by_id, nullif(current_setting('lokum.actor', true), '')::bigint);
  ELSIF OLD.state <> 'proposed' AND (NEW.price, NEW.node_id, NEW.code, NEW.title_kind, NEW.membership,
        lower(NEW.valid), NEW.state) IS DISTINCT FROM (OLD.price, OLD.node_id, OLD.code, OLD.title_kind,
        OLD.membership, lower(OLD.valid), OLD.state) THEN
    RAISE EXCEPTION 'tariff % was decided on; only its end may change', OLD.id USING ERRCODE = 'LK001';
  ELSIF OLD.state = 'proposed' AND NEW.state = 'proposed' AND NEW.price IS DISTINCT FROM OLD.price THEN
    -- Whoever changes the proposed price becomes its proposer, so nobody approves an own change.
    NEW.proposed_by_id := coalesce(nullif(current_setting('lokum.actor', true), '')::bigint, NEW.proposed_by_id);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER shared_tariff_change BEFORE INSERT OR UPDATE ON charges_sharedtariff
  FOR EACH ROW EXECUTE FUNCTION charges_shared_tariff_change();
"""
UNGUARD = "DROP TRIGGER shared_tariff_change ON charges_sharedtariff; DROP FUNCTION charges_shared_tariff_change();"


class Migration(migrations.Migration):
    dependencies = [("charges", "0011_corrections")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
