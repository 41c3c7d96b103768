"""The books of an entity are kept in its own currency, in whole units of it (ADR 0040).

Accounts of payers and bank accounts name the currency of their entity: foreign keys over both columns refuse another
one, and refuse another currency for an entity that has any. An entry with a fraction of what the currency counts
cannot be sealed. The currencies without fractions are those of `lokum.core.base.money`.
"""

from django.db import migrations

from lokum.core.base.money import WHOLE_CURRENCIES

KEYS = """
CREATE UNIQUE INDEX entity_currency ON organisation_entity (id, currency);
ALTER TABLE ledger_account ADD CONSTRAINT account_currency_of_entity
  FOREIGN KEY (entity_id, currency) REFERENCES organisation_entity (id, currency);
ALTER TABLE organisation_entitybankaccount ADD CONSTRAINT bank_account_currency_of_entity
  FOREIGN KEY (entity_id, currency) REFERENCES organisation_entity (id, currency);
"""
UNKEYS = """
ALTER TABLE organisation_entitybankaccount DROP CONSTRAINT bank_account_currency_of_entity;
ALTER TABLE ledger_account DROP CONSTRAINT account_currency_of_entity;
DROP INDEX entity_currency;
"""
UNITS = """
CREATE FUNCTION ledger_check_units() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE kept text; bad bigint;
BEGIN
  SELECT currency INTO kept FROM organisation_entity
    WHERE id = NEW.entity_id AND currency = ANY(ARRAY[{whole}]::text[]);
  IF kept IS NULL THEN
    RETURN NULL;
  END IF;
  SELECT e.id INTO bad FROM ledger_entry e JOIN ledger_line l ON l.entry_id = e.id
    WHERE e.batch_id = NEW.id AND (l.debit_amount <> trunc(l.debit_amount) OR l.credit_amount <> trunc(l.credit_amount))
    LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'entry % is not in whole %', bad, kept USING ERRCODE = 'LK012';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER units_checked AFTER UPDATE ON ledger_batch FOR EACH ROW EXECUTE FUNCTION ledger_check_units();
"""
UNUNITS = "DROP TRIGGER units_checked ON ledger_batch; DROP FUNCTION ledger_check_units();"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0029_policy_of_payers"), ("organisation", "0007_packrule_recorded_at")]
    operations = [
        migrations.RunSQL(KEYS, UNKEYS),
        migrations.RunSQL(UNITS.format(whole=", ".join(f"'{code}'" for code in WHOLE_CURRENCIES)), UNUNITS),
    ]
