"""Why a declaration is unusual, and the fact it became."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('estates', '0006_further_shares'),
        ('occupancy', '0010_workbook_undo'),
    ]

    operations = [
        migrations.AddField(
            model_name='declaration',
            name='fact',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='declarations', to='estates.premisesfact'),
        ),
        migrations.AddField(
            model_name='declaration',
            name='remarks',
            field=models.JSONField(default=list, editable=False),
        ),
    ]
