"""Keep the history of inserts once per statement on databases whose tables still carry the trigger of one row at a time.

Whatever `audit_trigger` was put on before is split in two; on a new database there is nothing to do. Going back is
not needed: both forms write the same lines.
"""

from django.db import migrations

from lokum.core.audit.sql import INSERTS

SPLIT = """
DO $$
DECLARE
    found record;
    arguments text;
BEGIN
    FOR found IN
        SELECT tgrelid::regclass::text AS name, pg_get_triggerdef(oid) AS definition
        FROM pg_trigger WHERE tgname = 'lokum_audit' AND tgtype & 4 = 4
    LOOP
        arguments := substring(found.definition FROM 'lokum_audit\\((.*)\\)$');
        EXECUTE format('DROP TRIGGER lokum_audit ON %s', found.name);
        EXECUTE format('CREATE TRIGGER lokum_audit AFTER UPDATE OR DELETE ON %s FOR EACH ROW '
                       'EXECUTE FUNCTION lokum_audit(%s)', found.name, arguments);
        EXECUTE format('CREATE TRIGGER lokum_audit_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows '
                       'FOR EACH STATEMENT EXECUTE FUNCTION lokum_audit_inserts(%s)', found.name, arguments);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_own_fields")]
    operations = [
        migrations.RunSQL(INSERTS, migrations.RunSQL.noop),
        migrations.RunSQL(SPLIT, migrations.RunSQL.noop),
    ]
