"""Noted states of premises."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models

from lokum.core.access.sql import row_policy
from lokum.core.audit.sql import audit_triggers


class Migration(migrations.Migration):

    dependencies = [
        ('estates', '0005_own_fields'),
        ('occupancy', '0008_households_and_members'),
    ]

    operations = [
        migrations.CreateModel(
            name='PremisesState',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('unsold', 'Unsold'), ('reserved', 'Reserved'), ('sold', 'Sold'), ('handed_over', 'Handed over'), ('not_moved_in', 'Not moved in'), ('fit_out', 'Fit-out'), ('moved_in', 'Moved in'), ('rented', 'Rented'), ('vacant', 'Vacant'), ('out_of_use', 'Out of use')], max_length=12, verbose_name='state of use')),
                ('valid', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='valid')),
                ('document', models.CharField(blank=True, max_length=200, verbose_name='source document')),
                ('premises', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='use_states', to='estates.premises', verbose_name='premises')),
            ],
            options={
                'verbose_name': 'noted state of premises',
                'verbose_name_plural': 'noted states of premises',
                'ordering': ('premises_id', '-valid'),
                'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('premises', '='), ('valid', '&&')], name='premises_state_no_overlap')],
            },
        ),
        *audit_triggers("occupancy_premisesstate"),
        row_policy("occupancy_premisesstate", "EXISTS (SELECT FROM estates_premises p WHERE p.id = premises_id)"),
    ]
