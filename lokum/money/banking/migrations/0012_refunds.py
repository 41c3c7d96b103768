"""Refunds of overpayments and of queued money, with their history and walls."""

import django.db.models.deletion
import lokum.core.base.fields
from django.db import migrations, models

from lokum.core.access.sql import of_entity, row_policy
from lokum.core.audit.sql import audit_triggers


class Migration(migrations.Migration):

    dependencies = [
        ('banking', '0011_refusal_code'),
        ('ledger', '0027_money_in_transit'),
        ('organisation', '0006_bank_account_successor'),
    ]

    operations = [
        migrations.AlterField(
            model_name='clearingitem',
            name='reason',
            field=models.CharField(choices=[('no_number', 'no virtual account'), ('unknown_number', 'unknown virtual account'), ('retired_number', 'number of a former payer'), ('other_entity', 'number of another entity'), ('returned', 'returned transfer'), ('double', 'possibly paid twice'), ('undone', 'booking undone')], max_length=16, verbose_name='reason'),
        ),
        migrations.AlterField(
            model_name='clearingmove',
            name='entry',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.entry'),
        ),
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True, verbose_name='reference of the transfer')),
                ('amount', lokum.core.base.fields.AmountField(decimal_places=2, max_digits=16, verbose_name='amount')),
                ('payee_name', models.CharField(max_length=200, verbose_name='recipient')),
                ('payee_number', models.CharField(max_length=40, verbose_name="recipient's account")),
                ('reason', models.CharField(max_length=500, verbose_name='reason')),
                ('state', models.CharField(choices=[('to_send', 'to be sent'), ('ordered', 'ordered at the bank'), ('paid', 'paid by the bank'), ('undone', 'undone')], default='to_send', max_length=8, verbose_name='state')),
                ('proposed_by', models.CharField(blank=True, max_length=150, verbose_name='proposed by')),
                ('approved_by', models.CharField(blank=True, max_length=150, verbose_name='approved by')),
                ('approved_at', models.DateTimeField(verbose_name='approved at')),
                ('ordered_on', models.DateField(null=True, verbose_name='ordered on')),
                ('undone_at', models.DateTimeField(null=True, verbose_name='undone at')),
                ('undone_by', models.CharField(blank=True, max_length=150, verbose_name='undone by')),
                ('undo_reason', models.CharField(blank=True, max_length=250, verbose_name='why undone')),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='ledger.account', verbose_name='account')),
                ('entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='organisation.entity', verbose_name='entity')),
                ('entry', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='refund', to='ledger.entry', verbose_name='entry')),
                ('item', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='banking.clearingitem', verbose_name='money in the queue')),
            ],
            options={
                'verbose_name': 'refund',
                'verbose_name_plural': 'refunds',
                'ordering': ('-pk',),
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='refund_positive'), models.CheckConstraint(condition=models.Q(models.Q(('account__isnull', True), ('item__isnull', False)), models.Q(('account__isnull', False), ('item__isnull', True)), _connector='OR'), name='refund_of_one_thing')],
            },
        ),
        *audit_triggers("banking_refund"),
        row_policy("banking_refund", of_entity("entity_id")),
    ]
