"""Dated values of own fields of premises, with the walls of the other facts."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models

from lokum.core.access.sql import row_policy
from lokum.core.audit.sql import audit_triggers

class Migration(migrations.Migration):

    dependencies = [
        ('estates', '0007_supply_points'),
        ('organisation', '0005_dated_own_values'),
    ]

    operations = [
        migrations.AddField(
            model_name='factchange',
            name='own_code',
            field=models.CharField(blank=True, db_default='', default='', max_length=40, verbose_name='code of the own field'),
        ),
        migrations.AlterField(
            model_name='factchange',
            name='kind',
            field=models.CharField(choices=[('usable_area', 'Usable area'), ('heated_area', 'Heated area'), ('cellar_area', 'Cellar area'), ('balcony_area', 'Balcony area'), ('built_area', 'Built-up area'), ('inner_area', 'Inner area'), ('common_share_area', 'Share of common area'), ('rooms', 'Rooms'), ('coefficient', 'Coefficient'), ('persons', 'Number of persons'), ('cold_water_forecast', 'Cold water forecast'), ('hot_water_forecast', 'Hot water forecast'), ('heat_forecast', 'Heat forecast'), ('water_meters', 'Water meters'), ('sockets', 'Sockets'), ('contracted_power', 'Contracted power'), ('contracted_volume', 'Contracted volume'), ('ground_area', 'Area of ground'), ('owner', 'Owner'), ('share', 'Ownership share'), ('cost_share', 'Cost share'), ('area_share', 'Share of exclusive area'), ('membership', 'Membership'), ('agreement', 'Agreement'), ('group', 'Group of premises'), ('own_field', 'Own field')], max_length=24, verbose_name='what'),
        ),
        migrations.CreateModel(
            name='PremisesOwnValue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40, verbose_name='code of the field')),
                ('value', models.CharField(max_length=500, verbose_name='value')),
                ('valid', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='valid')),
                ('recorded', django.contrib.postgres.fields.ranges.DateTimeRangeField(verbose_name='recorded')),
                ('source', models.CharField(blank=True, max_length=200, verbose_name='source document')),
                ('actor_id', models.BigIntegerField(null=True)),
                ('actor_label', models.CharField(blank=True, max_length=150, verbose_name='recorded by')),
                ('origin', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='estates.premisesownvalue')),
                ('premises', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='own_values', to='estates.premises', verbose_name='premises')),
            ],
            options={
                'verbose_name': 'value of an own field',
                'verbose_name_plural': 'values of own fields',
                'ordering': ('premises_id', 'code', 'valid'),
                'indexes': [models.Index(condition=models.Q(('recorded__endswith', None)), fields=['code', 'premises'], name='own_value_now')],
                'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('premises', '='), ('code', '='), ('valid', '&&'), ('recorded', '&&')], name='premises_own_value_no_overlap')],
            },
        ),
        *audit_triggers("estates_premisesownvalue"),
        row_policy("estates_premisesownvalue", "EXISTS (SELECT FROM estates_premises p WHERE p.id = premises_id)"),
    ]
