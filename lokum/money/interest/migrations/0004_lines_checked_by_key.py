"""The guard of interest lines looks every row up by its key.

Left to itself the planner believes a table that was filled a moment ago to be small, reads all notes or all interest
entries once and goes through them again for each new line: a hundred thousand lines would have taken hours.
"""

from django.db import migrations

CHECK = """
CREATE OR REPLACE FUNCTION interest_check_lines() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_material = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE bad record;
BEGIN
  SELECT l.entry_id INTO bad FROM new_rows l
    LEFT JOIN interest_interestnote n ON n.id = l.note_id
    LEFT JOIN ledger_entry e ON e.id = l.entry_id
    LEFT JOIN ledger_entry d ON d.id = l.debt_id
    LEFT JOIN interest_interestline o ON o.entry_id = l.corrects_id
    WHERE n.id IS NULL
      OR e.id IS NULL OR e.kind <> 'interest' OR e.amount <> l.amount
      OR e.account_id IS DISTINCT FROM n.account_id OR e.document_number <> n.number
      OR d.id IS NULL OR d.account_id IS DISTINCT FROM n.account_id OR d.kind = 'interest'
      OR (l.amount < 0) <> coalesce(o.debt_id = l.debt_id AND o.entry_id = e.corrects_id, false) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'interest line % does not fit its note, entry or debt', bad.entry_id USING ERRCODE = 'LK004';
  END IF;
  SELECT n.id INTO bad FROM (SELECT note_id, sum(amount) AS amount FROM new_rows GROUP BY note_id) l
    JOIN interest_interestnote n ON n.id = l.note_id
    LEFT JOIN papers_issueddocument d ON d.id = n.document_id
    WHERE n.total_amount <> l.amount OR d.id IS NULL OR d.account_key IS DISTINCT FROM n.account_id
      OR d.number <> n.number LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'lines do not add up to interest note %', bad.id USING ERRCODE = 'LK003';
  END IF;
  RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("interest", "0003_published_rates")]
    operations = [migrations.RunSQL(CHECK, migrations.RunSQL.noop)]
