"""Own fields may keep the days of their values."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organisation', '0004_legal_data'),
    ]

    operations = [
        migrations.AddField(
            model_name='ownfielddefinition',
            name='dated',
            field=models.BooleanField(db_default=False, default=False, help_text='Every value is kept with the days on which it held. A field that a formula reads is dated.', verbose_name='dated'),
        ),
    ]
