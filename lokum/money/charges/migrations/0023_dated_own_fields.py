"""Own fields that stored formulas read become dated: what premises hold now counts for all time until it changes."""

from django.db import migrations

DATE = """
CREATE TEMP TABLE dated_now ON COMMIT DROP AS
SELECT d.id, d.code FROM organisation_ownfielddefinition d
WHERE d.object_label = 'estates.premises' AND NOT d.dated
  AND EXISTS (SELECT FROM charges_component c WHERE c.formula ~ ('\\mown_' || d.code || '\\M'));
UPDATE organisation_ownfielddefinition d SET dated = true FROM dated_now n WHERE n.id = d.id;
INSERT INTO estates_premisesownvalue (premises_id, code, value, valid, recorded, source, actor_label)
SELECT p.id, n.code, p.own ->> n.code, daterange(NULL, NULL), tstzrange(now(), NULL), '', ''
FROM estates_premises p JOIN dated_now n ON p.own ->> n.code IS NOT NULL;
DROP TABLE dated_now;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("charges", "0022_shares"),
        ("estates", "0008_dated_own_values"),
    ]
    operations = [migrations.RunSQL(DATE, migrations.RunSQL.noop)]
