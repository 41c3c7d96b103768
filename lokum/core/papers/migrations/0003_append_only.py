"""Issued documents are never changed, by anybody, and the database computes the hash of their data.

The canonical form is PostgreSQL's text of the jsonb value (keys sorted, one blank after each colon and comma).
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION papers_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'issued documents are never changed (% on %)', TG_OP, TG_TABLE_NAME USING ERRCODE = 'LK001';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON papers_issueddocument
  FOR EACH STATEMENT EXECUTE FUNCTION papers_refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON papers_documentfile
  FOR EACH STATEMENT EXECUTE FUNCTION papers_refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON papers_voidnumber
  FOR EACH STATEMENT EXECUTE FUNCTION papers_refuse();

CREATE FUNCTION papers_hash() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.content_hash := encode(sha256(convert_to(NEW.data::text, 'UTF8')), 'hex');
  RETURN NEW;
END $$;
CREATE TRIGGER content_hash BEFORE INSERT ON papers_issueddocument FOR EACH ROW EXECUTE FUNCTION papers_hash();

DO $$ DECLARE role_name text; BEGIN
  FOREACH role_name IN ARRAY ARRAY['lokum_app', 'lokum_jobs'] LOOP
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
      EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON papers_issueddocument, papers_documentfile, '
                     'papers_voidnumber FROM %I', role_name);
      EXECUTE format('REVOKE DELETE, TRUNCATE ON papers_seriescounter FROM %I', role_name);
    END IF;
  END LOOP;
END $$;
"""

BACKWARD = """
DROP TRIGGER content_hash ON papers_issueddocument;
DROP FUNCTION papers_hash();
DROP TRIGGER append_only ON papers_voidnumber;
DROP TRIGGER append_only ON papers_documentfile;
DROP TRIGGER append_only ON papers_issueddocument;
DROP FUNCTION papers_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("papers", "0002_history_and_walls")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
