"""A run keeps what it computed, so that posting need not compute it again."""

import django.db.models.deletion
import lokum.core.base.fields
from django.db import migrations, models

from lokum.core.access.sql import of_entity, row_policy


class Migration(migrations.Migration):

    dependencies = [
        ('interest', '0005_sub_accounts'),
        ('ledger', '0021_matches_by_side'),
    ]

    operations = [
        migrations.AddField(
            model_name='interestrun',
            name='seen',
            field=models.CharField(blank=True, default='', max_length=64),
        ),
        migrations.CreateModel(
            name='InterestDraftLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('debt_number', models.CharField(max_length=80)),
                ('due_on', models.DateField()),
                ('through_on', models.DateField()),
                ('principal', lokum.core.base.fields.AmountField(decimal_places=2, max_digits=16)),
                ('computed', lokum.core.base.fields.AmountField(decimal_places=2, max_digits=16)),
                ('waived', lokum.core.base.fields.AmountField(decimal_places=2, max_digits=16)),
                ('booked', lokum.core.base.fields.AmountField(decimal_places=2, max_digits=16)),
                ('difference', lokum.core.base.fields.AmountField(decimal_places=2, max_digits=16)),
                ('minimum', lokum.core.base.fields.AmountField(decimal_places=2, max_digits=16)),
                ('stretches', models.TextField(null=True)),
                ('rates', models.TextField(null=True)),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='ledger.account')),
                ('debt', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='ledger.entry')),
                ('policy', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='interest.interestpolicy')),
                ('run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='draft_lines', to='interest.interestrun')),
                ('sub_account', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='ledger.subaccount')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('run', 'debt'), name='interest_draft_once')],
            },
        ),
        row_policy("interest_interestdraftline",
                   f"EXISTS (SELECT FROM interest_interestrun r WHERE r.id = run_id AND {of_entity('r.entity_id')})"
                   " OR EXISTS (SELECT FROM ledger_account a WHERE a.id = account_id)"),
        # A draft can be computed again at any time: it needs no write-ahead log (see InterestDraftLine).
        migrations.RunSQL("ALTER TABLE interest_interestdraftline SET UNLOGGED",
                          "ALTER TABLE interest_interestdraftline SET LOGGED"),
    ]
