"""Which ledger account follows which bank account (ADR 0034), with history and walls.

Bank accounts of entities that have booked on the one account of the bank stay on it: nothing posted moves by an upgrade.
"""

import django.db.models.deletion
from django.db import migrations, models

from lokum.core.access.sql import NODES, row_policy
from lokum.core.audit.sql import audit_triggers

OF_BANK_ACCOUNT = (
    "bank_account_id = ANY (ARRAY(SELECT b.id FROM organisation_entitybankaccount b"
    f" JOIN organisation_entity e ON e.id = b.entity_id WHERE e.node_id = ANY {NODES}))"
)
KEEP_SHARED = """
SELECT set_config('lokum.reach', 'all', true);
INSERT INTO banking_bankbook (bank_account_id, ledger_account_id)
SELECT b.id, g.id FROM organisation_entitybankaccount b
JOIN ledger_ledgeraccount g ON g.entity_id = b.entity_id AND g.purpose = 'bank'
WHERE EXISTS (SELECT FROM ledger_line l WHERE l.ledger_account_id = g.id) ORDER BY b.id;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('banking', '0009_looked_at_often'),
        ('ledger', '0027_money_in_transit'),
        ('organisation', '0006_bank_account_successor'),
    ]

    operations = [
        migrations.CreateModel(
            name='BankBook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('apart_since', models.DateField(null=True, verbose_name='set apart on')),
            ],
            options={
                'verbose_name': 'bank account in the books',
                'verbose_name_plural': 'bank accounts in the books',
                'ordering': ('bank_account_id',),
            },
        ),
        migrations.AddField(
            model_name='outgoingbooking',
            name='carries',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.entry', verbose_name='carries out'),
        ),
        migrations.AddConstraint(
            model_name='outgoingbooking',
            constraint=models.UniqueConstraint(condition=models.Q(('undone_at__isnull', True)), fields=('carries',), name='outgoing_carried_once'),
        ),
        migrations.AddField(
            model_name='bankbook',
            name='bank_account',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='book', to='organisation.entitybankaccount', verbose_name='bank account'),
        ),
        migrations.AddField(
            model_name='bankbook',
            name='ledger_account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bank_books', to='ledger.ledgeraccount', verbose_name='ledger account'),
        ),
        migrations.RunSQL(KEEP_SHARED, migrations.RunSQL.noop),
        *audit_triggers("banking_bankbook"),
        row_policy("banking_bankbook", OF_BANK_ACCOUNT),
    ]
