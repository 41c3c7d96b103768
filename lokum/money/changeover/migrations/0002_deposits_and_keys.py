"""What becomes of deposits at a change of owner, and the keys that are handed over."""

import django.db.models.deletion
from django.db import migrations, models

from lokum.core.access.sql import row_policy
from lokum.core.audit.sql import audit_triggers

VISIBLE_CHANGE = "EXISTS (SELECT FROM changeover_ownerchange c WHERE c.id = change_id)"


class Migration(migrations.Migration):

    dependencies = [
        ('changeover', '0001_first'),
    ]

    operations = [
        migrations.AddField(
            model_name='ownerchange',
            name='deposit_document',
            field=models.CharField(blank=True, max_length=200, verbose_name='agreement on deposits'),
        ),
        migrations.AddField(
            model_name='ownerchange',
            name='deposits',
            field=models.CharField(choices=[('stays', 'stay where they are; decided later'), ('returned', 'are returned to the former owner'), ('passed_on', 'pass to the new payer by written agreement')], default='stays', max_length=10, verbose_name='deposits'),
        ),
        migrations.AlterField(
            model_name='ownerchange',
            name='handed_over',
            field=models.CharField(blank=True, max_length=250, verbose_name='other things handed over'),
        ),
        migrations.CreateModel(
            name='HandedKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(max_length=80, verbose_name='keys to')),
                ('count', models.PositiveSmallIntegerField(default=1, verbose_name='pieces')),
                ('change', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='keys', to='changeover.ownerchange')),
            ],
            options={
                'verbose_name': 'keys handed over',
                'verbose_name_plural': 'keys handed over (changes of owner)',
                'ordering': ('pk',),
                'constraints': [models.UniqueConstraint(fields=('change', 'what'), name='handed_key_once'), models.CheckConstraint(condition=models.Q(('count__gt', 0)), name='handed_key_count')],
            },
        ),
        *audit_triggers("changeover_handedkey"),
        row_policy("changeover_handedkey", VISIBLE_CHANGE),
    ]
