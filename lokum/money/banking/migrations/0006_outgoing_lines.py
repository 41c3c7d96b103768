"""Rules and bookings of outgoing bank lines, with their history and walls."""

import django.db.models.deletion
import lokum.core.base.fields
from django.db import migrations, models

from lokum.core.access.sql import of_entity, row_policy
from lokum.core.audit.sql import audit_triggers


class Migration(migrations.Migration):

    dependencies = [
        ('banking', '0005_from_payer_bodies'),
        ('ledger', '0021_matches_by_side'),
        ('organisation', '0006_bank_account_successor'),
    ]

    operations = [
        migrations.AlterField(
            model_name='clearingmove',
            name='kind',
            field=models.CharField(choices=[('assign', 'assigned'), ('return', 'sent back'), ('allowance', 'from a payer body'), ('transfer', 'from an own account')], max_length=10, verbose_name='kind'),
        ),
        migrations.CreateModel(
            name='OutgoingRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('words', models.CharField(blank=True, help_text='As they stand in the reference or in the name.', max_length=100, verbose_name='words')),
                ('counter_account', models.CharField(blank=True, help_text='Digits without blanks and country letters.', max_length=34, verbose_name="recipient's account")),
                ('up_to_amount', lokum.core.base.fields.AmountField(blank=True, decimal_places=2, max_digits=16, null=True, verbose_name='up to')),
                ('way', models.CharField(choices=[('fee', 'bank fee'), ('supplier', 'to a supplier'), ('other', 'to another account')], max_length=10, verbose_name='kind')),
                ('position', models.PositiveSmallIntegerField(default=100, verbose_name='position')),
                ('active', models.BooleanField(default=True, verbose_name='in use')),
                ('entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='outgoing_rules', to='organisation.entity', verbose_name='entity')),
                ('ledger_account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='outgoing_rules', to='ledger.ledgeraccount', verbose_name='ledger account')),
            ],
            options={
                'verbose_name': 'rule of outgoing entries',
                'verbose_name_plural': 'rules of outgoing entries',
                'ordering': ('entity_id', 'position', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='OutgoingBooking',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('way', models.CharField(choices=[('fee', 'bank fee'), ('supplier', 'to a supplier'), ('other', 'to another account'), ('transfer', 'between own accounts'), ('refund', 'refund booked before')], max_length=10, verbose_name='kind')),
                ('note', models.CharField(blank=True, max_length=250, verbose_name='note')),
                ('booked_at', models.DateTimeField(verbose_name='at')),
                ('actor_id', models.BigIntegerField(null=True)),
                ('actor_label', models.CharField(blank=True, max_length=150, verbose_name='booked by')),
                ('undone_at', models.DateTimeField(null=True, verbose_name='undone at')),
                ('undone_by', models.CharField(blank=True, max_length=150, verbose_name='undone by')),
                ('undo_reason', models.CharField(blank=True, max_length=250, verbose_name='why undone')),
                ('bank_entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bookings', to='banking.bankentry', verbose_name='bank entry')),
                ('entry', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.entry', verbose_name='entry')),
                ('item', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='banking.clearingitem', verbose_name='money in the queue')),
                ('ledger_account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.ledgeraccount', verbose_name='ledger account')),
                ('rule', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='bookings', to='banking.outgoingrule', verbose_name='by the rule')),
            ],
            options={
                'verbose_name': 'booking of an outgoing entry',
                'verbose_name_plural': 'bookings of outgoing entries',
                'ordering': ('-pk',),
            },
        ),
        migrations.AddConstraint(
            model_name='outgoingrule',
            constraint=models.UniqueConstraint(fields=('entity', 'name'), name='outgoing_rule_name'),
        ),
        migrations.AddConstraint(
            model_name='outgoingrule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('words', ''), _negated=True), models.Q(('counter_account', ''), _negated=True), _connector='OR'), name='outgoing_rule_meets_something', violation_error_message="Name words or the recipient's account; else the rule meets everything."),
        ),
        migrations.AddConstraint(
            model_name='outgoingbooking',
            constraint=models.UniqueConstraint(condition=models.Q(('undone_at__isnull', True)), fields=('bank_entry',), name='outgoing_booked_once'),
        ),
        migrations.AddConstraint(
            model_name='outgoingbooking',
            constraint=models.UniqueConstraint(condition=models.Q(('undone_at__isnull', True)), fields=('entry',), name='outgoing_entry_once'),
        ),
        *audit_triggers("banking_outgoingrule", "banking_outgoingbooking"),
        row_policy("banking_outgoingrule", of_entity("entity_id")),
        row_policy("banking_outgoingbooking", "EXISTS (SELECT FROM banking_bankentry b WHERE b.id = bank_entry_id)"),
    ]
