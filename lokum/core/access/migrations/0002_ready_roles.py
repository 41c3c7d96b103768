"""Role types as offered; the table of the shared cache, in which the limits of sign-in tries are counted."""

import lokum.core.access.models
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0001_first'),
    ]

    operations = [
        migrations.RunSQL(
            """
            CREATE TABLE cache_entry (
                cache_key varchar(255) NOT NULL PRIMARY KEY,
                value text NOT NULL,
                expires timestamp with time zone NOT NULL
            );
            CREATE INDEX cache_entry_expires ON cache_entry (expires);
            """,
            "DROP TABLE cache_entry",
        ),
        migrations.AlterField(
            model_name='role',
            name='role_type',
            field=models.CharField(choices=[('administrator', 'Administrator'), ('manager', 'Manager'), ('accountant', 'Accountant'), ('cashier', 'Cashier'), ('viewer', 'Viewer'), ('board', 'Board member'), ('auditor', 'Auditor'), ('interface', 'Interface')], default='viewer', max_length=15, verbose_name='role type'),
        ),
        migrations.AlterField(
            model_name='user',
            name='email',
            field=lokum.core.access.models.LowerEmailField(blank=True, max_length=254, verbose_name='e-mail'),
        ),
    ]
