"""Extensions the schema uses, and the fold function behind every search without diacritics.

The embedded server and docs/operation.md create the extensions as superuser beforehand; then this is a no-op.
"""

from django.db import migrations

FOLD = """
CREATE OR REPLACE FUNCTION lokum_fold(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
-- unaccent() is only STABLE because a dictionary may be altered; ours is fixed, so an index may rest on it.
RETURN lower(public.unaccent('public.unaccent'::regdictionary, value));
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS btree_gist", migrations.RunSQL.noop),
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS pg_trgm", migrations.RunSQL.noop),
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS unaccent", migrations.RunSQL.noop),
        migrations.RunSQL(FOLD, "DROP FUNCTION IF EXISTS lokum_fold(text)"),
        # The application's roles see and write tables by default; posted tables take rights away again.
        migrations.RunSQL(
            """
            DO $$ DECLARE role_name text; BEGIN
              FOREACH role_name IN ARRAY ARRAY['lokum_app', 'lokum_jobs'] LOOP
                IF EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
                  EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', role_name);
                  EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I', role_name);
                  EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO %I', role_name);
                  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO %I', role_name);
                  EXECUTE format('GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO %I', role_name);
                END IF;
              END LOOP;
            END $$;
            """,
            migrations.RunSQL.noop,
        ),
    ]
