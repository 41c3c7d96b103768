"""History lies in one table per month of recording (docs/adr/0027); the SQL that makes the months.

`lokum_audit_prepare(ahead)` makes what is absent from this month on; it runs with the rights of the owner, so that the
worker can call it. A line of a month nobody prepared is kept in `audit_auditrow_default` and moves to its month when
that is made. A month takes no access of its own: the application reads and writes through `audit_auditrow` alone.
"""

AHEAD = 3

COLUMNS = (
    "id, at, actor_id, actor_label, request_id, address, action, table_name, object_id, before, after, salt, digest,"
    " transaction_id"
)

# A month is made beside the table and attached, which lets writers go on; only the default part is locked.
FUNCTIONS = f"""
CREATE FUNCTION lokum_audit_guard_part(part regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE role_name text;
BEGIN
  EXECUTE format('CREATE TRIGGER lokum_no_truncate_part BEFORE TRUNCATE ON %s '
                 'EXECUTE FUNCTION lokum_append_only()', part);
  FOREACH role_name IN ARRAY ARRAY['lokum_app', 'lokum_jobs'] LOOP
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
      EXECUTE format('REVOKE ALL ON %s FROM %I', part, role_name);
    END IF;
  END LOOP;
END $$;

CREATE FUNCTION lokum_audit_make_month(month date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  name constant text := 'audit_auditrow_' || to_char(month, 'YYYY_MM');
  since constant timestamptz := month::timestamp AT TIME ZONE 'UTC';
  until constant timestamptz := (month + interval '1 month') AT TIME ZONE 'UTC';
  strays boolean;
BEGIN
  IF to_regclass(name) IS NOT NULL THEN
    RETURN false;
  END IF;
  EXECUTE format('CREATE TABLE %I (LIKE audit_auditrow INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
  strays := EXISTS (SELECT FROM audit_auditrow_default WHERE at >= since AND at < until);
  IF strays THEN
    -- Attaching is refused while the default part holds lines of the month; moved, they are the same lines.
    ALTER TABLE audit_auditrow DETACH PARTITION audit_auditrow_default;
    EXECUTE format('INSERT INTO %I ({COLUMNS}) SELECT {COLUMNS} FROM audit_auditrow_default WHERE at >= $1 AND at < $2',
                   name) USING since, until;
    DELETE FROM audit_auditrow_default WHERE at >= since AND at < until;
  END IF;
  EXECUTE format('ALTER TABLE audit_auditrow ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, since, until);
  IF strays THEN
    ALTER TABLE audit_auditrow ATTACH PARTITION audit_auditrow_default DEFAULT;
  END IF;
  PERFORM lokum_audit_guard_part(to_regclass(name));
  RETURN true;
END $$;

-- SECURITY DEFINER: only the owner of a table may give it parts. Returns how many months were made.
CREATE FUNCTION lokum_audit_prepare(ahead int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
  one date;
  made int := 0;
BEGIN
  FOR one IN
    SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'UTC')::date FROM audit_auditrow_default
    UNION SELECT generate_series(date_trunc('month', now() AT TIME ZONE 'UTC'),
                                 date_trunc('month', now() AT TIME ZONE 'UTC') + ahead * interval '1 month',
                                 interval '1 month')::date
    ORDER BY 1
  LOOP
    made := made + lokum_audit_make_month(one)::int;
  END LOOP;
  RETURN made;
END $$;
"""  # noqa: S608 - built from constants
DROP_FUNCTIONS = """
DROP FUNCTION lokum_audit_prepare(int);
DROP FUNCTION lokum_audit_make_month(date);
DROP FUNCTION lokum_audit_guard_part(regclass);
"""
INDEXES = """
CREATE INDEX audit_row_object ON audit_auditrow (table_name, object_id, id);
CREATE INDEX audit_row_actor ON audit_auditrow (actor_id, id);
CREATE INDEX audit_row_at ON audit_auditrow USING brin (at);
CREATE INDEX audit_row_transaction ON audit_auditrow USING brin (transaction_id);
"""
