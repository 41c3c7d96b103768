"""Cost shares and shares of the exclusive area."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models

from lokum.core.access.sql import row_policy
from lokum.core.audit.sql import audit_triggers


class Migration(migrations.Migration):

    dependencies = [
        ('estates', '0005_own_fields'),
    ]

    operations = [
        migrations.CreateModel(
            name='CostShare',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('cost_share', 'Cost share'), ('area_share', 'Share of exclusive area')], max_length=12, verbose_name='kind')),
                ('numerator', models.PositiveBigIntegerField(verbose_name='numerator')),
                ('denominator', models.PositiveBigIntegerField(verbose_name='denominator')),
                ('valid', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='valid')),
                ('premises', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='cost_shares', to='estates.premises', verbose_name='premises')),
            ],
            options={
                'verbose_name': 'further share',
                'verbose_name_plural': 'further shares',
                'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('premises', '='), ('kind', '='), ('valid', '&&')], name='cost_share_no_overlap'), models.CheckConstraint(condition=models.Q(('denominator__gt', 0), ('numerator__lte', models.F('denominator'))), name='cost_share_at_most_one')],
            },
        ),
        *audit_triggers("estates_costshare"),
        row_policy("estates_costshare", "EXISTS (SELECT FROM estates_premises p WHERE p.id = premises_id)"),
    ]
