"""History trigger, and row policies as the second wall behind the application's filter."""

from django.db import migrations

from lokum.core.access.sql import STAFF, row_policy
from lokum.core.audit.sql import audit_triggers

# A file is as visible as the record it hangs at. Registers without a policy of their own are for staff.
RECORD_VISIBLE = f"""
CREATE FUNCTION lokum_record_visible(label text, record bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    relation oid := to_regclass(format('%I', replace(label, '.', '_')));
    guarded boolean;
    key_name text;
    found boolean;
BEGIN
    IF relation IS NULL THEN
        RETURN false;
    END IF;
    SELECT c.relrowsecurity, a.attname INTO guarded, key_name
    FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] WHERE c.oid = relation;
    IF NOT guarded THEN
        RETURN {STAFF};
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE %I = $1)', relation::regclass, key_name)
        INTO found USING record;
    RETURN found;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("annex", "0001_first"),
        ("audit", "0002_trigger"),
    ]
    operations = [
        *audit_triggers("annex_attachment", "annex_comment"),
        migrations.RunSQL(RECORD_VISIBLE, "DROP FUNCTION lokum_record_visible(text, bigint)"),
        row_policy("annex_attachment", "lokum_record_visible(object_label, object_id)"),
        row_policy("annex_comment", f"{STAFF} AND lokum_record_visible(object_label, object_id)"),
    ]
