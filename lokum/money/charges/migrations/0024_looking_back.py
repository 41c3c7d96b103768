"""Proposals of the nightly look are told from comparisons that people made."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('charges', '0023_dated_own_fields'),
    ]

    operations = [
        migrations.AddField(
            model_name='correctionrun',
            name='by_night',
            field=models.BooleanField(db_default=False, default=False, verbose_name='proposed by night'),
        ),
    ]
