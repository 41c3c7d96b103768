"""The database guards the books itself, for every role (docs/adr: posting).

* Entry and Line carry no row-level foreign keys: references, balance and period are checked once per statement.
* A batch is opened empty, filled and sealed in one transaction. The seal (number, totals, hash) is computed by the
  database; an unsealed batch cannot commit and a sealed one takes nothing more.
* Posted rows are never updated, deleted or truncated, by anybody.
"""

from django.db import migrations

REFUSE = """
CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'posted rows of % are never changed (%)', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'LK001', HINT = 'Post a correction that names the original.';
END $$;

-- Takes UPDATE, DELETE and TRUNCATE away from everybody: privileges from the application, triggers from the owner.
CREATE FUNCTION ledger_make_append_only(target regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE role_name text;
BEGIN
  EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %s '
                 'FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()', target);
  FOREACH role_name IN ARRAY ARRAY['lokum_app', 'lokum_jobs'] LOOP
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
      EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM %I', target, role_name);
    END IF;
  END LOOP;
END $$;

SELECT ledger_make_append_only('ledger_entry');
SELECT ledger_make_append_only('ledger_line');
"""

UNREFUSE = """
DROP TRIGGER IF EXISTS append_only ON ledger_entry;
DROP TRIGGER IF EXISTS append_only ON ledger_line;
DROP FUNCTION ledger_make_append_only(regclass);
DROP FUNCTION ledger_refuse();
"""

DIGEST = """
-- SHA-256 over every stored field of a batch's entries and lines, in the order of their keys.
CREATE FUNCTION ledger_batch_digest(batch bigint) RETURNS text LANGUAGE sql STABLE
SET datestyle = 'ISO, YMD' SET search_path = public, pg_temp AS $$
  SELECT encode(sha256(convert_to(
    coalesce((SELECT string_agg(ROW(e.id, e.entity_id, e.kind, e.account_id, e.amount, e.document_number,
                e.description, e.booked_on, e.effective_on, e.due_on, e.corrects_id, e.source_kind,
                e.source_id)::text, E'\\n' ORDER BY e.id)
              FROM ledger_entry e WHERE e.batch_id = batch), '') || E'\\n--\\n' ||
    coalesce((SELECT string_agg(ROW(l.id, l.entry_id, l.entity_id, l.ledger_account_id, l.account_id,
                l.component_key, l.booked_on, l.debit_amount, l.credit_amount)::text, E'\\n' ORDER BY l.id)
              FROM ledger_entry e JOIN ledger_line l ON l.entry_id = e.id
              WHERE e.batch_id = batch AND l.batch_id = batch), ''), 'UTF8')), 'hex')
$$;

-- The link: the batch's own fields, the digest of what it holds and the hash before it.
CREATE FUNCTION ledger_batch_hash(b ledger_batch) RETURNS text LANGUAGE sql STABLE
SET datestyle = 'ISO, YMD' SET timezone = 'UTC' SET search_path = public, pg_temp AS $$
  SELECT encode(sha256(convert_to(
    ROW(b.id, b.entity_id, b.kind, b.source, b.chain_number, b.booked_on, b.posted_at, b.actor_id, b.actor_label,
        b.entry_count, b.line_count, b.turnover_amount, b.previous_hash)::text || E'\\n' ||
    ledger_batch_digest(b.id), 'UTF8')), 'hex')
$$;
"""

UNDIGEST = "DROP FUNCTION ledger_batch_hash(ledger_batch); DROP FUNCTION ledger_batch_digest(bigint);"

BATCH = """
CREATE FUNCTION ledger_batch_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Nobody brings a seal along: a new batch starts empty, whatever the statement says.
  NEW.chain_number := NULL; NEW.hash := ''; NEW.previous_hash := '';
  NEW.entry_count := 0; NEW.line_count := 0; NEW.turnover_amount := 0;
  RETURN NEW;
END $$;
CREATE TRIGGER batch_starts_empty BEFORE INSERT ON ledger_batch
  FOR EACH ROW EXECUTE FUNCTION ledger_batch_insert();

-- The only update there is: sealing. The trigger computes the seal itself, so it cannot be forged.
CREATE FUNCTION ledger_batch_seal() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER batch_seal BEFORE UPDATE ON ledger_batch FOR EACH ROW EXECUTE FUNCTION ledger_batch_seal();
CREATE TRIGGER batch_kept BEFORE DELETE OR TRUNCATE ON ledger_batch
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();

CREATE FUNCTION ledger_batch_must_be_sealed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM ledger_batch WHERE id = NEW.id AND hash <> '') THEN
    RAISE EXCEPTION 'batch % was never sealed', NEW.id USING ERRCODE = 'LK003';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_batch_sealed AFTER INSERT ON ledger_batch DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION ledger_batch_must_be_sealed();
"""

UNBATCH = """
DROP TRIGGER ledger_batch_sealed ON ledger_batch;
DROP TRIGGER batch_kept ON ledger_batch;
DROP TRIGGER batch_seal ON ledger_batch;
DROP TRIGGER batch_starts_empty ON ledger_batch;
DROP FUNCTION ledger_batch_must_be_sealed();
DROP FUNCTION ledger_batch_seal();
DROP FUNCTION ledger_batch_insert();
"""

ENTRIES = """
CREATE FUNCTION ledger_check_entries() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER entries_checked AFTER INSERT ON ledger_entry REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_check_entries();
"""

UNENTRIES = "DROP TRIGGER entries_checked ON ledger_entry; DROP FUNCTION ledger_check_entries();"

LINES = """
CREATE FUNCTION ledger_check_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
  -- All lines of an entry come in one statement; they balance, belong to the entry's open batch, entity and day,
  -- and what they do to the payer's account is what the entry says.
  SELECT n.entry_id, n.difference, n.effect, e.amount INTO bad FROM (
      SELECT entry_id, sum(debit_amount - credit_amount) AS difference,
             sum(debit_amount - credit_amount) FILTER (WHERE account_id IS NOT NULL) AS effect,
             min(account_id) AS account_id, max(account_id) AS other_account,
             min(entity_id) AS entity_id, max(entity_id) AS other_entity,
             min(batch_id) AS batch_id, max(batch_id) AS other_batch,
             min(booked_on) AS booked_on, max(booked_on) AS other_day
      FROM new_rows GROUP BY entry_id) n
    LEFT JOIN ledger_entry e ON e.id = n.entry_id
    WHERE e.id IS NULL OR n.difference <> 0
      OR n.entity_id <> e.entity_id OR n.other_entity <> e.entity_id
      OR n.batch_id <> e.batch_id OR n.other_batch <> e.batch_id
      OR n.booked_on <> e.booked_on OR n.other_day <> e.booked_on
      OR n.account_id IS DISTINCT FROM e.account_id OR n.other_account IS DISTINCT FROM e.account_id
      OR (e.account_id IS NOT NULL AND coalesce(n.effect, 0) <> e.amount)
    LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'lines of entry % do not balance or do not fit it (difference %, effect %, entry %)',
      bad.entry_id, bad.difference, bad.effect, bad.amount USING ERRCODE = 'LK003';
  END IF;
  SELECT n.batch_id INTO bad FROM (SELECT DISTINCT batch_id FROM new_rows) n
    WHERE NOT EXISTS (SELECT FROM ledger_batch b WHERE b.id = n.batch_id AND b.hash = '') LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'batch % is sealed or absent', bad.batch_id USING ERRCODE = 'LK004';
  END IF;
  -- The ledger accounts are held against deletion; payers' lines go to the receivables and nothing else does.
  PERFORM 1 FROM ledger_ledgeraccount g
    WHERE g.id IN (SELECT DISTINCT ledger_account_id FROM new_rows) ORDER BY g.id FOR KEY SHARE;
  SELECT n.ledger_account_id INTO bad
    FROM (SELECT DISTINCT ledger_account_id, entity_id, account_id IS NOT NULL AS of_payer FROM new_rows) n
    LEFT JOIN ledger_ledgeraccount g ON g.id = n.ledger_account_id AND g.entity_id = n.entity_id
    WHERE g.id IS NULL OR (g.purpose = 'receivable') <> n.of_payer LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'ledger account % is of another entity or not meant for these lines', bad.ledger_account_id
      USING ERRCODE = 'LK004';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER lines_checked AFTER INSERT ON ledger_line REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_check_lines();
"""

UNLINES = "DROP TRIGGER lines_checked ON ledger_line; DROP FUNCTION ledger_check_lines();"

KEEP = """
-- What the posted rows point to without a foreign key: it stays, and it stays with its entity.
CREATE FUNCTION ledger_keep_target() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE used boolean;
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.id = OLD.id AND NEW.entity_id = OLD.entity_id
     AND (TG_TABLE_NAME <> 'ledger_ledgeraccount' OR to_jsonb(NEW) -> 'purpose' = to_jsonb(OLD) -> 'purpose') THEN
    RETURN NEW;
  END IF;
  IF TG_TABLE_NAME = 'ledger_ledgeraccount' THEN
    used := EXISTS (SELECT FROM ledger_line WHERE ledger_account_id = OLD.id);
  ELSE
    used := EXISTS (SELECT FROM ledger_entry WHERE account_id = OLD.id);
  END IF;
  IF used THEN
    RAISE EXCEPTION '% % has postings', TG_TABLE_NAME, OLD.id USING ERRCODE = 'LK001';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER kept_when_posted BEFORE UPDATE OR DELETE ON ledger_ledgeraccount
  FOR EACH ROW EXECUTE FUNCTION ledger_keep_target();
CREATE TRIGGER kept_when_posted BEFORE UPDATE OR DELETE ON ledger_account
  FOR EACH ROW EXECUTE FUNCTION ledger_keep_target();
"""

UNKEEP = """
DROP TRIGGER kept_when_posted ON ledger_ledgeraccount;
DROP TRIGGER kept_when_posted ON ledger_account;
DROP FUNCTION ledger_keep_target();
"""

ALLOCATIONS = """
-- An allocation is made once and may be undone once; nothing else about it ever changes.
CREATE FUNCTION ledger_check_allocation_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.undone_at IS NOT NULL OR NEW.undone_at IS NULL
     OR (to_jsonb(NEW) - 'undone_at' - 'undone_reason') <> (to_jsonb(OLD) - 'undone_at' - 'undone_reason') THEN
    RAISE EXCEPTION 'allocation % can only be undone, and only once', OLD.id USING ERRCODE = 'LK001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER allocation_change BEFORE UPDATE ON ledger_allocation
  FOR EACH ROW EXECUTE FUNCTION ledger_check_allocation_change();
CREATE TRIGGER allocation_kept BEFORE DELETE OR TRUNCATE ON ledger_allocation
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();

CREATE FUNCTION ledger_check_allocations() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
  SELECT n.id INTO bad FROM new_rows n
    LEFT JOIN ledger_entry c ON c.id = n.credit_id AND c.account_id = n.account_id AND c.amount < 0
    LEFT JOIN ledger_entry d ON d.id = n.debit_id AND d.account_id = n.account_id AND d.amount > 0
    WHERE c.id IS NULL OR d.id IS NULL LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'allocation % does not join a credit and a debit of its account', bad.id USING ERRCODE = 'LK004';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER allocations_checked AFTER INSERT ON ledger_allocation REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_check_allocations();

CREATE FUNCTION ledger_check_open_items() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
  SELECT n.entry_id INTO bad FROM new_rows n
    LEFT JOIN ledger_entry e ON e.id = n.entry_id AND e.account_id = n.account_id AND abs(e.amount) = n.amount
      AND (CASE WHEN e.amount > 0 THEN 'debit' ELSE 'credit' END) = n.side
    WHERE e.id IS NULL LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'open item % does not fit its entry', bad.entry_id USING ERRCODE = 'LK004';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER open_items_checked AFTER INSERT ON ledger_openitem REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_check_open_items();
"""

UNALLOCATIONS = """
DROP TRIGGER open_items_checked ON ledger_openitem;
DROP TRIGGER allocations_checked ON ledger_allocation;
DROP TRIGGER allocation_kept ON ledger_allocation;
DROP TRIGGER allocation_change ON ledger_allocation;
DROP FUNCTION ledger_check_open_items();
DROP FUNCTION ledger_check_allocations();
DROP FUNCTION ledger_check_allocation_change();
"""

CLOSE = """
-- Closes an open batch: accounts locked in order, open items and balances kept set-wise, then the seal.
-- SECURITY DEFINER because the application may not update batches; RLS and every trigger above still apply.
CREATE FUNCTION ledger_close(batch bigint) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
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

DO $$ DECLARE role_name text; BEGIN
  REVOKE ALL ON FUNCTION ledger_close(bigint) FROM PUBLIC;
  FOREACH role_name IN ARRAY ARRAY['lokum_app', 'lokum_jobs'] LOOP
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
      EXECUTE format('GRANT EXECUTE ON FUNCTION ledger_close(bigint) TO %I', role_name);
      EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON ledger_batch FROM %I', role_name);
      EXECUTE format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ledger_chainhead FROM %I', role_name);
      EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON ledger_allocation FROM %I', role_name);
      EXECUTE format('GRANT UPDATE (undone_at, undone_reason) ON ledger_allocation TO %I', role_name);
      EXECUTE format('REVOKE DELETE, TRUNCATE ON ledger_accountbalance FROM %I', role_name);
      EXECUTE format('REVOKE DELETE, TRUNCATE ON ledger_openitem FROM %I', role_name);
    END IF;
  END LOOP;
END $$;
"""

UNCLOSE = "DROP FUNCTION ledger_close(bigint);"

INDEXES = """
-- One reversal per entry, by a unique key; partial corrections carry another source.
CREATE UNIQUE INDEX entry_reversed_once ON ledger_entry (corrects_id) WHERE source_kind = 'reversal';
CREATE INDEX allocation_debit_live ON ledger_allocation (debit_id) WHERE undone_at IS NULL;
CREATE INDEX allocation_credit_live ON ledger_allocation (credit_id) WHERE undone_at IS NULL;
"""

UNINDEXES = """
DROP INDEX allocation_credit_live; DROP INDEX allocation_debit_live;
DROP INDEX entry_reversed_once;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_chain_head")]
    operations = [
        migrations.RunSQL(REFUSE, UNREFUSE),
        migrations.RunSQL(DIGEST, UNDIGEST),
        migrations.RunSQL(BATCH, UNBATCH),
        migrations.RunSQL(ENTRIES, UNENTRIES),
        migrations.RunSQL(LINES, UNLINES),
        migrations.RunSQL(KEEP, UNKEEP),
        migrations.RunSQL(ALLOCATIONS, UNALLOCATIONS),
        migrations.RunSQL(CLOSE, UNCLOSE),
        migrations.RunSQL(INDEXES, UNINDEXES),
    ]
