"""Lines of a draft name their run: asked once per statement, as for posted rows, not once for each line.

A run that still has a draft cannot be deleted, as the foreign key said before.
"""

import django.db.models.deletion
from django.db import migrations, models

CHECK = """
CREATE FUNCTION interest_check_draft() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
  PERFORM 1 FROM interest_interestrun r WHERE r.id IN (SELECT DISTINCT run_id FROM new_rows)
    ORDER BY r.id FOR KEY SHARE;
  SELECT n.run_id INTO bad FROM (SELECT DISTINCT run_id FROM new_rows) n
    WHERE NOT EXISTS (SELECT FROM interest_interestrun r WHERE r.id = n.run_id) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'there is no interest run %', bad.run_id USING ERRCODE = 'LK004';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER draft_checked AFTER INSERT ON interest_interestdraftline REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION interest_check_draft();
CREATE TRIGGER draft_change_checked AFTER UPDATE ON interest_interestdraftline REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION interest_check_draft();

CREATE FUNCTION interest_keep_drafted_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM interest_interestdraftline WHERE run_id = OLD.id) THEN
    RAISE EXCEPTION 'interest run % has a draft', OLD.id USING ERRCODE = 'LK001';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER kept_with_draft BEFORE DELETE ON interest_interestrun
  FOR EACH ROW EXECUTE FUNCTION interest_keep_drafted_run();
"""
UNCHECK = """
DROP TRIGGER kept_with_draft ON interest_interestrun;
DROP FUNCTION interest_keep_drafted_run();
DROP TRIGGER draft_change_checked ON interest_interestdraftline;
DROP TRIGGER draft_checked ON interest_interestdraftline;
DROP FUNCTION interest_check_draft();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('interest', '0006_drafts'),
    ]

    operations = [
        migrations.AlterField(
            model_name='interestdraftline',
            name='run',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='draft_lines', to='interest.interestrun'),
        ),
        migrations.RunSQL(CHECK, UNCHECK),
    ]
