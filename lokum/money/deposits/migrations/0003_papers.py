"""Letters about deposits. Issued once for what they tell of; rows are only added."""

import django.db.models.deletion
import lokum.core.base.fields
from django.db import migrations, models

from lokum.core.access.sql import row_policy

OF_DEPOSIT = "EXISTS (SELECT FROM deposits_deposit d WHERE d.id = deposit_id)"


class Migration(migrations.Migration):

    dependencies = [
        ('deposits', '0002_guards'),
        ('papers', '0007_uncompressed_data'),
    ]

    operations = [
        migrations.CreateModel(
            name='DepositPaper',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('deposit_receipt', 'Confirmation of a deposit'), ('deposit_settlement', 'Settlement of a deposit')], max_length=20, verbose_name='kind')),
                ('amount', lokum.core.base.fields.AmountField(decimal_places=2, max_digits=16, verbose_name='amount')),
                ('made_at', models.DateTimeField(verbose_name='made at')),
                ('made_by', models.CharField(blank=True, max_length=150, verbose_name='made by')),
                ('deposit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='papers', to='deposits.deposit', verbose_name='deposit')),
                ('document', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='papers.issueddocument', verbose_name='document')),
                ('through', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='papers', to='deposits.depositmove', verbose_name='last move told of')),
            ],
            options={
                'verbose_name': 'letter about a deposit',
                'verbose_name_plural': 'letters about deposits',
                'ordering': ('-pk',),
                'constraints': [models.UniqueConstraint(fields=('deposit', 'kind', 'through'), name='deposit_paper_once')],
            },
        ),
        row_policy("deposits_depositpaper", OF_DEPOSIT),
        migrations.RunSQL(
            "SELECT ledger_make_append_only('deposits_depositpaper');",
            "DROP TRIGGER append_only ON deposits_depositpaper;",
        ),
    ]
