"""The history trigger, and the migration operation that puts it on a table.

The trigger sees what no code can dodge: bulk updates, raw SQL, a shell. It writes one line per changed row with
the changed columns before and after, the actor and request of the transaction (`lokum.*` settings), and a salted
digest of the values. Columns named as secret are never written, only that they changed. Inserts are kept once per
statement, with the same detail: an import writes its 100,000 rows and their history at the price of two statements.
"""

from collections.abc import Sequence

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION lokum_audit_digest(salt text, before jsonb, after jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN encode(sha256(convert_to(
    salt || '|' || coalesce(before::text, '') || '|' || coalesce(after::text, ''), 'UTF8')), 'hex');

CREATE FUNCTION lokum_audit_event(
    action text, table_name text, object_id bigint, before jsonb, after jsonb
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    salt text := replace(gen_random_uuid()::text, '-', '');
BEGIN
    INSERT INTO audit_auditrow (
        at, actor_id, actor_label, request_id, address, action, table_name, object_id, before, after,
        salt, digest, transaction_id
    ) VALUES (
        clock_timestamp(),
        nullif(current_setting('lokum.actor', true), '')::bigint,
        left(coalesce(current_setting('lokum.actor_label', true), ''), 150),
        left(coalesce(current_setting('lokum.request', true), ''), 64),
        left(coalesce(current_setting('lokum.address', true), ''), 64),
        action, table_name, object_id, before, after,
        salt, lokum_audit_digest(salt, before, after), pg_current_xact_id()::text::bigint
    );
END $$;

-- Arguments: name of the primary key, columns not kept at all, columns kept only as "changed".
CREATE FUNCTION lokum_audit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    key_name constant text := TG_ARGV[0];
    skipped constant text[] := TG_ARGV[1]::text[];
    secrets constant text[] := TG_ARGV[2]::text[];
    old_row jsonb;
    new_row jsonb;
    hidden jsonb;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NULL;
        END IF;
        SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(n.key, n.value) INTO old_row, new_row
        FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)
        WHERE o.value IS DISTINCT FROM n.value AND o.key <> ALL (skipped);
        IF new_row IS NULL THEN
            RETURN NULL;
        END IF;
    ELSIF TG_OP = 'INSERT' THEN
        new_row := jsonb_strip_nulls(to_jsonb(NEW) - skipped);
    ELSE
        old_row := jsonb_strip_nulls(to_jsonb(OLD) - skipped);
    END IF;
    IF cardinality(secrets) > 0 THEN
        SELECT jsonb_object_agg(key, '***') INTO hidden FROM jsonb_object_keys(coalesce(new_row, old_row)) key
        WHERE key = ANY (secrets) AND nullif(coalesce(new_row, old_row) ->> key, '') IS NOT NULL;
        IF hidden IS NOT NULL THEN
            new_row := new_row || hidden;
            old_row := old_row || hidden;
        END IF;
    END IF;
    PERFORM lokum_audit_event(
        lower(TG_OP), TG_TABLE_NAME,
        CASE WHEN TG_OP = 'DELETE' THEN (to_jsonb(OLD) ->> key_name)::bigint
             ELSE (to_jsonb(NEW) ->> key_name)::bigint END,
        old_row, new_row);
    RETURN NULL;
END $$;

-- Lines are only ever added. Erasing personal data empties the values of a line and leaves its digest.
CREATE FUNCTION lokum_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: the table is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION lokum_audit_erase_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('lokum.erasing', true) = 'on' AND NEW.before IS NULL AND NEW.after IS NULL AND NEW.salt = ''
       AND to_jsonb(NEW) - array['before', 'after', 'salt'] = to_jsonb(OLD) - array['before', 'after', 'salt'] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'UPDATE of % is refused: the table is append-only', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
"""

# The same for all rows of an INSERT (or COPY, or MERGE) at once. Rows that ON CONFLICT updates instead are not among
# `new_rows`; the row trigger sees them.
INSERTS = """
CREATE OR REPLACE FUNCTION lokum_audit_inserts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    key_name constant text := TG_ARGV[0];
    skipped constant text[] := TG_ARGV[1]::text[];
    secrets constant text[] := TG_ARGV[2]::text[];
BEGIN
    WITH lines AS MATERIALIZED (
        SELECT replace(gen_random_uuid()::text, '-', '') AS salt, (row_data ->> key_name)::bigint AS object_id,
            CASE WHEN cardinality(secrets) = 0 THEN jsonb_strip_nulls(row_data - skipped)
                 ELSE jsonb_strip_nulls(row_data - skipped) || coalesce((
                     SELECT jsonb_object_agg(key, '***') FROM jsonb_each_text(row_data - skipped)
                     WHERE key = ANY (secrets) AND nullif(value, '') IS NOT NULL), '{}') END AS after
        FROM (SELECT to_jsonb(n) AS row_data FROM new_rows n) rows
    )
    INSERT INTO audit_auditrow (
        at, actor_id, actor_label, request_id, address, action, table_name, object_id, before, after,
        salt, digest, transaction_id
    )
    SELECT clock_timestamp(),
        nullif(current_setting('lokum.actor', true), '')::bigint,
        left(coalesce(current_setting('lokum.actor_label', true), ''), 150),
        left(coalesce(current_setting('lokum.request', true), ''), 64),
        left(coalesce(current_setting('lokum.address', true), ''), 64),
        'insert', TG_TABLE_NAME, object_id, NULL, after,
        salt, lokum_audit_digest(salt, NULL, after), pg_current_xact_id()::text::bigint
    FROM lines;
    RETURN NULL;
END $$;
"""

DROP_FUNCTIONS = """
DROP FUNCTION IF EXISTS lokum_audit_inserts() CASCADE;
DROP FUNCTION lokum_audit() CASCADE;
DROP FUNCTION lokum_audit_event(text, text, bigint, jsonb, jsonb);
DROP FUNCTION lokum_audit_digest(text, jsonb, jsonb);
DROP FUNCTION lokum_audit_erase_only() CASCADE;
DROP FUNCTION lokum_append_only() CASCADE;
"""


def _array(names: Sequence[str]) -> str:
    return "{" + ",".join(names) + "}"


def audit_trigger(
    table: str, *, key: str = "id", skip: Sequence[str] = (), secret: Sequence[str] = ()
) -> migrations.RunSQL:
    """Migration operation: keep the history of `table`.

    skip: columns whose changes are of no interest (counters, marks of use); a change of these alone writes no
    line. secret: columns whose values must never be written (hashes, identity numbers).
    """
    arguments = f"'{key}', '{_array(skip)}', '{_array(secret)}'"
    return migrations.RunSQL(
        f'''
        {INSERTS}
        CREATE TRIGGER lokum_audit AFTER UPDATE OR DELETE ON "{table}" FOR EACH ROW
          EXECUTE FUNCTION lokum_audit({arguments});
        CREATE TRIGGER lokum_audit_insert AFTER INSERT ON "{table}" REFERENCING NEW TABLE AS new_rows
          FOR EACH STATEMENT EXECUTE FUNCTION lokum_audit_inserts({arguments});
        ''',
        f'''
        DROP TRIGGER IF EXISTS lokum_audit ON "{table}";
        DROP TRIGGER IF EXISTS lokum_audit_insert ON "{table}";
        ''',
    )


def audit_triggers(*tables: str) -> list[migrations.RunSQL]:
    """The plain trigger on several tables."""
    return [audit_trigger(table) for table in tables]


def append_only(table: str, *, erasable: bool = False) -> migrations.RunSQL:
    """Migration operation: rows of `table` are only added, by privilege and by trigger (the owner included)."""
    function = "lokum_audit_erase_only" if erasable else "lokum_append_only"
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER lokum_no_delete BEFORE DELETE ON "{table}" FOR EACH ROW EXECUTE FUNCTION lokum_append_only();
        CREATE TRIGGER lokum_no_update BEFORE UPDATE ON "{table}" FOR EACH ROW EXECUTE FUNCTION {function}();
        CREATE TRIGGER lokum_no_truncate BEFORE TRUNCATE ON "{table}" EXECUTE FUNCTION lokum_append_only();
        DO $$ DECLARE role_name text; BEGIN
          FOREACH role_name IN ARRAY ARRAY['lokum_app', 'lokum_jobs'] LOOP
            IF EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
              EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON "{table}" FROM %I', role_name);
            END IF;
          END LOOP;
        END $$;
        """,  # noqa: S608 - a table name of our own, in a migration
        f"""
        DROP TRIGGER lokum_no_delete ON "{table}";
        DROP TRIGGER lokum_no_update ON "{table}";
        DROP TRIGGER lokum_no_truncate ON "{table}";
        """,
    )
