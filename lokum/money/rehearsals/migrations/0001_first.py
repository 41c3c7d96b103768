"""Rehearsals of months and their lines."""

import django.db.models.deletion
import lokum.core.base.fields
from django.db import migrations, models

from lokum.core.access.sql import of_entity, row_policy
from lokum.core.audit.sql import audit_triggers


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('access', '0001_first'),
        ('audit', '0002_trigger'),
        ('ledger', '0018_withdrawn_accounts'),
        ('organisation', '0003_own_fields'),
    ]

    operations = [
        migrations.CreateModel(
            name='Rehearsal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(verbose_name='month')),
                ('state', models.CharField(choices=[('rehearsed', 'rehearsed'), ('approved', 'approved'), ('committed', 'committed'), ('void', 'void'), ('dropped', 'dropped')], default='rehearsed', max_length=10, verbose_name='state')),
                ('former_amount', lokum.core.base.fields.AmountField(decimal_places=2, default=0, max_digits=16, verbose_name='month before')),
                ('total_amount', lokum.core.base.fields.AmountField(decimal_places=2, default=0, max_digits=16, verbose_name='this month')),
                ('payer_count', models.PositiveIntegerField(default=0, verbose_name='payers')),
                ('changed_count', models.PositiveIntegerField(default=0, verbose_name='payers that differ')),
                ('alarm_count', models.PositiveIntegerField(default=0, verbose_name='alarms')),
                ('problem_count', models.PositiveIntegerField(default=0, verbose_name='problems')),
                ('figures', models.JSONField(default=dict)),
                ('marks', models.JSONField(default=dict)),
                ('result_hash', models.CharField(blank=True, max_length=64)),
                ('voided_by', models.JSONField(default=list)),
                ('reason', models.CharField(blank=True, max_length=250, verbose_name='closed in spite of alarms because')),
                ('rehearsed_at', models.DateTimeField(null=True, verbose_name='rehearsed at')),
                ('rehearsed_by_id', models.BigIntegerField(null=True)),
                ('approved_at', models.DateTimeField(null=True, verbose_name='approved at')),
                ('approved_by_id', models.BigIntegerField(null=True)),
                ('committed_at', models.DateTimeField(null=True, verbose_name='committed at')),
                ('committed_by_id', models.BigIntegerField(null=True)),
                ('voided_at', models.DateTimeField(null=True, verbose_name='void since')),
                ('entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rehearsals', to='organisation.entity', verbose_name='entity')),
            ],
            options={
                'verbose_name': 'rehearsal of a month',
                'verbose_name_plural': 'rehearsals of months',
                'ordering': ('-month', '-pk'),
            },
        ),
        migrations.CreateModel(
            name='RehearsalLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('part', models.CharField(max_length=20, verbose_name='part')),
                ('former_amount', lokum.core.base.fields.AmountField(decimal_places=2, max_digits=16, verbose_name='before')),
                ('amount', lokum.core.base.fields.AmountField(decimal_places=2, max_digits=16, verbose_name='now')),
                ('difference_amount', lokum.core.base.fields.AmountField(decimal_places=2, max_digits=16, verbose_name='difference')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account', verbose_name='account')),
                ('rehearsal', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='rehearsals.rehearsal', verbose_name='rehearsal')),
            ],
            options={
                'verbose_name': 'line of a rehearsal',
                'verbose_name_plural': 'lines of a rehearsal',
                'ordering': ('pk',),
            },
        ),
        migrations.AddConstraint(
            model_name='rehearsal',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['rehearsed', 'approved'])), fields=('entity', 'month'), name='rehearsal_open_once'),
        ),
        migrations.AddConstraint(
            model_name='rehearsalline',
            constraint=models.UniqueConstraint(fields=('rehearsal', 'part', 'account'), name='rehearsal_line_once'),
        ),
        *audit_triggers("rehearsals_rehearsal"),
        row_policy("rehearsals_rehearsal", of_entity("entity_id")),
        row_policy("rehearsals_rehearsalline", "EXISTS (SELECT FROM ledger_account a WHERE a.id = account_id)"),
    ]
