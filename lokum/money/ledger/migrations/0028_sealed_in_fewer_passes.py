"""The seal of a batch reads its lines once for its sums and once for its hash; balances are kept by one statement, and
the months of new entries are looked for once.

Nothing is asked less than before: an empty batch, an entry without lines, sums that differ are refused as they were, and
accounts are locked in the order of their keys, those whose sum stays the same too.
"""

from django.db import migrations

SEAL = """
CREATE OR REPLACE FUNCTION ledger_batch_seal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  head ledger_chainhead; without_lines bigint; debit numeric; credit numeric;
BEGIN
  IF OLD.hash <> '' THEN
    RAISE EXCEPTION 'batch % is sealed', OLD.id USING ERRCODE = 'LK001';
  END IF;
  NEW := OLD;
  SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (
           SELECT FROM ledger_line l WHERE l.entry_id = e.id AND l.batch_id = OLD.id))
    INTO NEW.entry_count, without_lines FROM ledger_entry e WHERE e.batch_id = OLD.id;
  IF NEW.entry_count = 0 THEN
    RAISE EXCEPTION 'batch % is empty', OLD.id USING ERRCODE = 'LK002';
  END IF;
  IF without_lines <> 0 THEN
    RAISE EXCEPTION 'batch %: % entries have no lines', OLD.id, without_lines USING ERRCODE = 'LK003';
  END IF;
  WITH sums AS MATERIALIZED (
    SELECT l.ledger_account_id, l.booked_on, count(*) AS lines, sum(l.debit_amount) AS debit, sum(l.credit_amount) AS credit
    FROM ledger_entry e JOIN ledger_line l ON l.entry_id = e.id
    WHERE e.batch_id = OLD.id AND l.batch_id = OLD.id GROUP BY 1, 2
  ), kept AS (
    INSERT INTO ledger_batchturnover (batch_id, entity_id, ledger_account_id, booked_on, debit_amount, credit_amount)
    SELECT OLD.id, OLD.entity_id, s.ledger_account_id, s.booked_on, s.debit, s.credit FROM sums s
  )
  SELECT sum(s.lines), sum(s.debit), sum(s.credit) INTO NEW.line_count, debit, credit FROM sums s;
  IF debit <> credit THEN
    RAISE EXCEPTION 'batch % does not balance: % against %', OLD.id, debit, credit USING ERRCODE = 'LK003';
  END IF;
  NEW.turnover_amount := debit;
  INSERT INTO ledger_chainhead (entity_id, last_number, last_hash) VALUES (OLD.entity_id, 0, '') ON CONFLICT DO NOTHING;
  SELECT * INTO head FROM ledger_chainhead WHERE entity_id = OLD.entity_id FOR UPDATE;
  NEW.chain_number := head.last_number + 1;
  NEW.previous_hash := head.last_hash;
  NEW.hash := ledger_batch_hash(NEW);
  UPDATE ledger_chainhead SET last_number = NEW.chain_number, last_hash = NEW.hash WHERE entity_id = OLD.entity_id;
  RETURN NEW;
END $$;
"""
DROP_KEEP = "DROP TRIGGER turnover_kept ON ledger_batch; DROP FUNCTION ledger_keep_turnover();"

CLOSE = """
CREATE OR REPLACE FUNCTION ledger_close(batch bigint) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE seal text;
BEGIN
  IF NOT EXISTS (SELECT FROM ledger_batch WHERE id = batch AND hash = '') THEN
    RAISE EXCEPTION 'batch % is sealed or absent', batch USING ERRCODE = 'LK004';
  END IF;
  -- One statement makes, locks and moves the balances, in the order of their accounts.
  INSERT INTO ledger_accountbalance AS b (account_id, amount)
    SELECT account_id, sum(amount) FROM ledger_entry WHERE batch_id = batch AND account_id IS NOT NULL
    GROUP BY account_id ORDER BY account_id
    ON CONFLICT (account_id) DO UPDATE SET amount = b.amount + excluded.amount WHERE excluded.amount <> 0;
  INSERT INTO ledger_openitem (entry_id, account_id, side, due_on, amount, open_amount)
    SELECT id, account_id, CASE WHEN amount > 0 THEN 'debit' ELSE 'credit' END, coalesce(due_on, effective_on),
           abs(amount), abs(amount)
    FROM ledger_entry WHERE batch_id = batch AND account_id IS NOT NULL AND amount <> 0;
  UPDATE ledger_batch SET hash = 'seal' WHERE id = batch RETURNING hash INTO seal;
  -- The check runs here, where the poster still sees the batch; another batch may follow in this transaction.
  SET CONSTRAINTS ledger_batch_sealed IMMEDIATE;
  SET CONSTRAINTS ledger_batch_sealed DEFERRED;
  RETURN seal;
END $$;
"""

ENTRIES = """
CREATE OR REPLACE FUNCTION ledger_check_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record; entities bigint[]; months date[];
BEGIN
  SELECT n.batch_id, n.entity_id INTO bad FROM (SELECT DISTINCT batch_id, entity_id FROM new_rows) n
    WHERE NOT EXISTS (SELECT FROM ledger_batch b
                      WHERE b.id = n.batch_id AND b.entity_id = n.entity_id AND b.hash = '') LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'entries need an open batch of their own entity (batch %, entity %)', bad.batch_id, bad.entity_id
      USING ERRCODE = 'LK004';
  END IF;
  SELECT n.id, n.account_id INTO bad FROM new_rows n
    LEFT JOIN ledger_account a ON a.id = n.account_id AND a.entity_id = n.entity_id
    WHERE n.account_id IS NOT NULL AND a.id IS NULL LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'account % is not one of the entity of entry %', bad.account_id, bad.id USING ERRCODE = 'LK004';
  END IF;
  SELECT n.id, n.corrects_id INTO bad FROM new_rows n
    LEFT JOIN ledger_entry o ON o.id = n.corrects_id AND o.entity_id = n.entity_id
      AND o.account_id IS NOT DISTINCT FROM n.account_id AND o.id < n.id
    WHERE n.corrects_id IS NOT NULL AND o.id IS NULL LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'entry % corrects % of another account', bad.id, bad.corrects_id USING ERRCODE = 'LK004';
  END IF;
  -- A period row is made before it is asked, and held to the end: nobody closes it under a posting.
  SELECT array_agg(m.entity_id), array_agg(m.month) INTO entities, months
    FROM (SELECT DISTINCT entity_id, date_trunc('month', booked_on)::date AS month FROM new_rows ORDER BY 1, 2) m;
  INSERT INTO ledger_period (entity_id, starts_on)
    SELECT n.entity_id, n.month FROM unnest(entities, months) n(entity_id, month)
    ORDER BY 1, 2 ON CONFLICT (entity_id, starts_on) DO NOTHING;
  PERFORM 1 FROM ledger_period p JOIN unnest(entities, months) n(entity_id, month)
    ON n.entity_id = p.entity_id AND n.month = p.starts_on ORDER BY p.id FOR SHARE OF p;
  SELECT p.starts_on INTO bad FROM ledger_period p JOIN unnest(entities, months) n(entity_id, month)
    ON n.entity_id = p.entity_id AND n.month = p.starts_on WHERE p.closed_at IS NOT NULL LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'period % is closed', to_char(bad.starts_on, 'YYYY-MM') USING ERRCODE = 'LK005';
  END IF;
  RETURN NULL;
END $$;
"""

FORMER_SEAL = """
CREATE OR REPLACE FUNCTION ledger_batch_seal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  head ledger_chainhead; with_lines bigint; debit numeric; credit numeric;
BEGIN
  IF OLD.hash <> '' THEN
    RAISE EXCEPTION 'batch % is sealed', OLD.id USING ERRCODE = 'LK001';
  END IF;
  NEW := OLD;
  SELECT count(*) INTO NEW.entry_count FROM ledger_entry e WHERE e.batch_id = OLD.id;
  SELECT count(*), count(DISTINCT l.entry_id), coalesce(sum(l.debit_amount), 0), coalesce(sum(l.credit_amount), 0)
    INTO NEW.line_count, with_lines, debit, credit
    FROM ledger_entry e JOIN ledger_line l ON l.entry_id = e.id WHERE e.batch_id = OLD.id AND l.batch_id = OLD.id;
  IF NEW.entry_count = 0 THEN
    RAISE EXCEPTION 'batch % is empty', OLD.id USING ERRCODE = 'LK002';
  END IF;
  IF with_lines <> NEW.entry_count THEN
    RAISE EXCEPTION 'batch %: % entries have no lines', OLD.id, NEW.entry_count - with_lines USING ERRCODE = 'LK003';
  END IF;
  IF debit <> credit THEN
    RAISE EXCEPTION 'batch % does not balance: % against %', OLD.id, debit, credit USING ERRCODE = 'LK003';
  END IF;
  NEW.turnover_amount := debit;
  INSERT INTO ledger_chainhead (entity_id, last_number, last_hash) VALUES (OLD.entity_id, 0, '') ON CONFLICT DO NOTHING;
  SELECT * INTO head FROM ledger_chainhead WHERE entity_id = OLD.entity_id FOR UPDATE;
  NEW.chain_number := head.last_number + 1;
  NEW.previous_hash := head.last_hash;
  NEW.hash := ledger_batch_hash(NEW);
  UPDATE ledger_chainhead SET last_number = NEW.chain_number, last_hash = NEW.hash WHERE entity_id = OLD.entity_id;
  RETURN NEW;
END $$;
"""
FORMER_KEEP = """
CREATE FUNCTION ledger_keep_turnover() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ledger_batchturnover (batch_id, entity_id, ledger_account_id, booked_on, debit_amount, credit_amount)
  SELECT NEW.id, NEW.entity_id, l.ledger_account_id, l.booked_on, sum(l.debit_amount), sum(l.credit_amount)
  FROM ledger_entry e JOIN ledger_line l ON l.entry_id = e.id
  WHERE e.batch_id = NEW.id AND l.batch_id = NEW.id GROUP BY 3, 4;
  RETURN NULL;
END $$;
CREATE TRIGGER turnover_kept AFTER UPDATE ON ledger_batch FOR EACH ROW EXECUTE FUNCTION ledger_keep_turnover();
"""
FORMER_CLOSE = """
CREATE OR REPLACE FUNCTION ledger_close(batch bigint) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE seal text;
BEGIN
  IF NOT EXISTS (SELECT FROM ledger_batch WHERE id = batch AND hash = '') THEN
    RAISE EXCEPTION 'batch % is sealed or absent', batch USING ERRCODE = 'LK004';
  END IF;
  INSERT INTO ledger_accountbalance (account_id, amount)
    SELECT DISTINCT account_id, 0 FROM ledger_entry WHERE batch_id = batch AND account_id IS NOT NULL
    ORDER BY account_id ON CONFLICT DO NOTHING;
  PERFORM 1 FROM ledger_accountbalance b
    WHERE b.account_id IN (SELECT e.account_id FROM ledger_entry e WHERE e.batch_id = batch)
    ORDER BY b.account_id FOR UPDATE;
  INSERT INTO ledger_openitem (entry_id, account_id, side, due_on, amount, open_amount)
    SELECT id, account_id, CASE WHEN amount > 0 THEN 'debit' ELSE 'credit' END, coalesce(due_on, effective_on),
           abs(amount), abs(amount)
    FROM ledger_entry WHERE batch_id = batch AND account_id IS NOT NULL AND amount <> 0;
  UPDATE ledger_accountbalance b SET amount = b.amount + m.amount
    FROM (SELECT account_id, sum(amount) AS amount FROM ledger_entry
          WHERE batch_id = batch AND account_id IS NOT NULL GROUP BY account_id) m
    WHERE m.account_id = b.account_id AND m.amount <> 0;
  UPDATE ledger_batch SET hash = 'seal' WHERE id = batch RETURNING hash INTO seal;
  -- The check runs here, where the poster still sees the batch; another batch may follow in this transaction.
  SET CONSTRAINTS ledger_batch_sealed IMMEDIATE;
  SET CONSTRAINTS ledger_batch_sealed DEFERRED;
  RETURN seal;
END $$;
"""
FORMER_ENTRIES = """
CREATE OR REPLACE FUNCTION ledger_check_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
  SELECT n.batch_id, n.entity_id INTO bad FROM (SELECT DISTINCT batch_id, entity_id FROM new_rows) n
    WHERE NOT EXISTS (SELECT FROM ledger_batch b
                      WHERE b.id = n.batch_id AND b.entity_id = n.entity_id AND b.hash = '') LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'entries need an open batch of their own entity (batch %, entity %)', bad.batch_id, bad.entity_id
      USING ERRCODE = 'LK004';
  END IF;
  SELECT n.id, n.account_id INTO bad FROM new_rows n
    LEFT JOIN ledger_account a ON a.id = n.account_id AND a.entity_id = n.entity_id
    WHERE n.account_id IS NOT NULL AND a.id IS NULL LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'account % is not one of the entity of entry %', bad.account_id, bad.id USING ERRCODE = 'LK004';
  END IF;
  SELECT n.id, n.corrects_id INTO bad FROM new_rows n
    LEFT JOIN ledger_entry o ON o.id = n.corrects_id AND o.entity_id = n.entity_id
      AND o.account_id IS NOT DISTINCT FROM n.account_id AND o.id < n.id
    WHERE n.corrects_id IS NOT NULL AND o.id IS NULL LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'entry % corrects % of another account', bad.id, bad.corrects_id USING ERRCODE = 'LK004';
  END IF;
  -- A period row is made before it is asked, and held to the end: nobody closes it under a posting.
  INSERT INTO ledger_period (entity_id, starts_on)
    SELECT DISTINCT entity_id, date_trunc('month', booked_on)::date FROM new_rows
    ORDER BY 1, 2 ON CONFLICT (entity_id, starts_on) DO NOTHING;
  PERFORM 1 FROM ledger_period p
    JOIN (SELECT DISTINCT entity_id, date_trunc('month', booked_on)::date AS month FROM new_rows) n
      ON n.entity_id = p.entity_id AND n.month = p.starts_on
    ORDER BY p.id FOR SHARE OF p;
  SELECT p.starts_on INTO bad FROM ledger_period p
    JOIN (SELECT DISTINCT entity_id, date_trunc('month', booked_on)::date AS month FROM new_rows) n
      ON n.entity_id = p.entity_id AND n.month = p.starts_on
    WHERE p.closed_at IS NOT NULL LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'period % is closed', to_char(bad.starts_on, 'YYYY-MM') USING ERRCODE = 'LK005';
  END IF;
  RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0027_money_in_transit")]
    operations = [
        migrations.RunSQL(DROP_KEEP, FORMER_KEEP),
        migrations.RunSQL(SEAL, FORMER_SEAL),
        migrations.RunSQL(CLOSE, FORMER_CLOSE),
        migrations.RunSQL(ENTRIES, FORMER_ENTRIES),
    ]
