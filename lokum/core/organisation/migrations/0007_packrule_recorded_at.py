"""When a country rule was entered: what was computed before knew nothing of it."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organisation', '0006_bank_account_successor'),
    ]

    operations = [
        migrations.AddField(
            model_name='packrule',
            name='recorded_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='entered at'),
        ),
    ]
