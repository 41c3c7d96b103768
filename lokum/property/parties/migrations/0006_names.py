"""Names of people as letters and lists write them, for mass work; see `lokum.property.parties.names`."""

from django.db import migrations

from lokum.property.parties.names import FUNCTIONS

DROP = "DROP FUNCTION IF EXISTS lokum_called(text, text); DROP FUNCTION IF EXISTS lokum_listed(text, text)"


class Migration(migrations.Migration):
    dependencies = [("parties", "0005_own_fields")]

    operations = [migrations.RunSQL(FUNCTIONS, DROP)]
