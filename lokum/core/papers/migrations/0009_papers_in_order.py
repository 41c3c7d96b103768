"""Documents lie in the order they were issued in.

A page holds two notices and room for one short letter. Filled by the next run of short letters, one in each page, that
room cost a visit of as many old pages as there were letters, each of them copied whole into the log: most of what an
interest run wrote. Kept free, new documents go to new pages, and those of one run lie together when they are printed.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("papers", "0008_documents_by_number")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE papers_issueddocument SET (fillfactor = 85)",
            "ALTER TABLE papers_issueddocument RESET (fillfactor)",
        )
    ]
