"""The guided change of owner, its new owners and border readings."""

import django.db.models.deletion
import lokum.core.base.fields
from django.db import migrations, models

from lokum.core.access.sql import row_policy
from lokum.core.audit.sql import audit_triggers

# The application may not delete balances; that of an account to which nothing was ever posted goes with the account.
FORGET = """
CREATE FUNCTION changeover_forget_balance(one bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM ledger_entry WHERE account_id = one) THEN
    RAISE EXCEPTION 'account % has entries', one USING ERRCODE = 'restrict_violation';
  END IF;
  DELETE FROM ledger_accountbalance WHERE account_id = one AND amount = 0;
END $$;
"""
VISIBLE_CHANGE = "EXISTS (SELECT FROM changeover_ownerchange c WHERE c.id = change_id)"


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('access', '0001_first'),
        ('audit', '0002_trigger'),
        ('estates', '0004_groups_and_changes'),
        ('flow', '0002_history_and_walls'),
        ('ledger', '0001_first'),
        ('occupancy', '0008_households_and_members'),
        ('parties', '0004_merge_register'),
    ]

    operations = [
        migrations.CreateModel(
            name='OwnerChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('transferred_on', models.DateField(help_text='The first day of the new owner.', verbose_name='day of transfer')),
                ('kind', models.CharField(choices=[('ownership', 'Ownership'), ('coop_ownership', 'Cooperative ownership right'), ('coop_tenancy', 'Cooperative tenancy right'), ('freehold', 'Separate ownership'), ('municipal_lease', 'Municipal lease'), ('lease', 'Lease'), ('no_title', 'Without title')], max_length=16, verbose_name='kind of the new title')),
                ('member', models.BooleanField(default=False, verbose_name='held by a member')),
                ('document', models.CharField(blank=True, max_length=200, verbose_name='deed or other document')),
                ('due_day', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='own due day')),
                ('arrears', models.CharField(choices=[('stays', 'stay with the former owner'), ('taken_over', 'are taken over in writing by the new payer')], default='stays', max_length=10, verbose_name='arrears')),
                ('takeover_document', models.CharField(blank=True, max_length=200, verbose_name='written takeover')),
                ('handed_over', models.CharField(blank=True, max_length=250, verbose_name='keys, deposit and other things handed over')),
                ('state', models.CharField(choices=[('prepared', 'in preparation'), ('done', 'carried out'), ('undone', 'undone'), ('discarded', 'discarded')], default='prepared', max_length=10, verbose_name='state')),
                ('former', models.JSONField(default=dict)),
                ('arrears_amount', lokum.core.base.fields.AmountField(decimal_places=2, max_digits=16, null=True, verbose_name='arrears taken over')),
                ('prepared_at', models.DateTimeField(verbose_name='prepared at')),
                ('done_at', models.DateTimeField(null=True, verbose_name='carried out at')),
                ('done_by_id', models.BigIntegerField(null=True)),
                ('undone_at', models.DateTimeField(null=True, verbose_name='undone at')),
                ('arrears_request', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='flow.approvalrequest', verbose_name='approval')),
                ('new_agreement', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='occupancy.agreement', verbose_name='new agreement')),
                ('new_title', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='occupancy.title', verbose_name='new title')),
                ('payer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='new payer')),
                ('premises', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='owner_changes', to='estates.premises', verbose_name='premises')),
                ('title', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='owner_changes', to='occupancy.title', verbose_name='title that ends')),
            ],
            options={
                'verbose_name': 'change of owner',
                'verbose_name_plural': 'changes of owner',
                'ordering': ('-pk',),
            },
        ),
        migrations.CreateModel(
            name='NewHolder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('numerator', models.PositiveBigIntegerField(default=1, verbose_name='numerator')),
                ('denominator', models.PositiveBigIntegerField(default=1, verbose_name='denominator')),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='party')),
                ('change', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='holders', to='changeover.ownerchange')),
            ],
            options={
                'verbose_name': 'new owner',
                'verbose_name_plural': 'new owners',
                'ordering': ('pk',),
            },
        ),
        migrations.CreateModel(
            name='BorderReading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('meter', models.CharField(max_length=60, verbose_name='meter')),
                ('value', lokum.core.base.fields.QuantityField(decimal_places=4, max_digits=14, verbose_name='reading')),
                ('unit', models.CharField(blank=True, max_length=10, verbose_name='unit')),
                ('read_on', models.DateField(verbose_name='read on')),
                ('change', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='readings', to='changeover.ownerchange')),
            ],
            options={
                'verbose_name': 'border reading',
                'verbose_name_plural': 'border readings',
                'ordering': ('pk',),
            },
        ),
        migrations.AddConstraint(
            model_name='ownerchange',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'prepared')), fields=('title',), name='owner_change_open_once'),
        ),
        migrations.AddConstraint(
            model_name='ownerchange',
            constraint=models.CheckConstraint(condition=models.Q(('due_day__isnull', True), ('due_day__range', (1, 28)), _connector='OR'), name='owner_change_due_day'),
        ),
        migrations.AddConstraint(
            model_name='ownerchange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'done'), _negated=True), models.Q(('done_at__isnull', False), ('new_title__isnull', False)), _connector='OR'), name='owner_change_done_whole'),
        ),
        migrations.AddConstraint(
            model_name='newholder',
            constraint=models.UniqueConstraint(fields=('change', 'party'), name='new_holder_once'),
        ),
        migrations.AddConstraint(
            model_name='newholder',
            constraint=models.CheckConstraint(condition=models.Q(('denominator__gt', 0), ('numerator__gt', 0), ('numerator__lte', models.F('denominator'))), name='new_holder_fraction'),
        ),
        migrations.AddConstraint(
            model_name='borderreading',
            constraint=models.UniqueConstraint(fields=('change', 'meter'), name='border_reading_once'),
        ),
        migrations.AddConstraint(
            model_name='borderreading',
            constraint=models.CheckConstraint(condition=models.Q(('value__gte', 0)), name='border_reading_not_negative'),
        ),
        migrations.RunSQL(FORGET, "DROP FUNCTION changeover_forget_balance(bigint)"),
        *audit_triggers("changeover_ownerchange", "changeover_newholder", "changeover_borderreading"),
        row_policy("changeover_ownerchange", "EXISTS (SELECT FROM estates_premises p WHERE p.id = premises_id)"),
        row_policy("changeover_newholder", VISIBLE_CHANGE),
        row_policy("changeover_borderreading", VISIBLE_CHANGE),
    ]
