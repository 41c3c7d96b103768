"""Balances moved to the accounts of premises that were split or merged."""

import django.db.models.deletion
import lokum.core.base.fields
from django.db import migrations, models

from lokum.core.access.sql import row_policy
from lokum.core.audit.sql import audit_triggers

OF_ACCOUNT = "EXISTS (SELECT FROM ledger_account a WHERE a.id = source_id)"


class Migration(migrations.Migration):

    dependencies = [
        ('changeover', '0002_deposits_and_keys'),
        ('ledger', '0021_matches_by_side'),
        ('reshaping', '0001_first'),
    ]

    operations = [
        migrations.CreateModel(
            name='BalanceMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('debit_amount', lokum.core.base.fields.AmountField(decimal_places=2, max_digits=16, verbose_name='debts moved')),
                ('credit_amount', lokum.core.base.fields.AmountField(decimal_places=2, max_digits=16, verbose_name='free money moved')),
                ('item_count', models.PositiveIntegerField(verbose_name='open items')),
                ('reason', models.CharField(max_length=250, verbose_name='reason')),
                ('state', models.CharField(choices=[('done', 'carried out'), ('undone', 'undone')], default='done', max_length=6, verbose_name='state')),
                ('proposed_by', models.CharField(blank=True, max_length=150, verbose_name='proposed by')),
                ('made_by', models.CharField(blank=True, max_length=150, verbose_name='approved by')),
                ('made_at', models.DateTimeField(verbose_name='made at')),
                ('undone_at', models.DateTimeField(null=True, verbose_name='undone at')),
                ('undone_reason', models.CharField(blank=True, max_length=250, verbose_name='undone because')),
                ('act', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='balance_moves', to='reshaping.reshaping', verbose_name='split or merge')),
                ('batch', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.batch', verbose_name='batch')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account', verbose_name='former account')),
                ('target', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account', verbose_name='new account')),
            ],
            options={
                'verbose_name': 'balance moved',
                'verbose_name_plural': 'balances moved',
                'ordering': ('-pk',),
            },
        ),
        *audit_triggers("changeover_balancemove"),
        row_policy("changeover_balancemove", OF_ACCOUNT),
    ]
