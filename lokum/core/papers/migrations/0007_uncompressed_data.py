"""Documents of the usual size are stored as they are.

The data of a notice are two or three kilobytes, just above the size from which PostgreSQL compresses a row. Packing
them takes as long as all the rest of the insert and saves less than two kilobytes each; larger rows are packed still.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("papers", "0006_templates")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE papers_issueddocument SET (toast_tuple_target = 4080)",
            "ALTER TABLE papers_issueddocument RESET (toast_tuple_target)",
        )
    ]
