"""Which bank account another one came after."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organisation', '0005_dated_own_values'),
    ]

    operations = [
        migrations.AddField(
            model_name='entitybankaccount',
            name='replaces',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='organisation.entitybankaccount', verbose_name='instead of'),
        ),
    ]
