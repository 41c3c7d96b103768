"""Lines are held against their corrections without sorting them first: a month has eight lines for each notice."""

from django.db import migrations

CHECK = """
CREATE OR REPLACE FUNCTION charges_check_corrections() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
  SELECT l.notice_id INTO bad FROM {lines} l
    JOIN charges_notice n ON n.entry_id = l.notice_id
    WHERE (n.corrects_id IS NOT NULL AND l.reason <> 'correction/' || n.correction_number)
       OR (n.corrects_id IS NULL AND l.reason LIKE 'correction/%') LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'lines of notice % do not fit its correction', bad.notice_id USING ERRCODE = 'LK004';
  END IF;
  RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("charges", "0018_declaration_limits")]
    operations = [
        migrations.RunSQL(
            CHECK.replace("{lines}", "new_rows"),
            CHECK.replace("{lines}", "(SELECT DISTINCT notice_id, reason FROM new_rows)"),
        )
    ]
