"""Splits and merges of premises, with what ends and what begins."""

import django.core.serializers.json
import django.db.models.deletion
from django.db import migrations, models

from lokum.core.access.sql import row_policy
from lokum.core.audit.sql import audit_triggers

TABLES = ("reshaping_reshaping", "reshaping_formerpremises", "reshaping_newpremises", "reshaping_newtitleholder")
VISIBLE_ACT = "EXISTS (SELECT FROM reshaping_reshaping a WHERE a.id = act_id)"


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('access', '0001_first'),
        ('audit', '0002_trigger'),
        ('estates', '0006_further_shares'),
        ('occupancy', '0009_states_of_use'),
        ('parties', '0005_own_fields'),
    ]

    operations = [
        migrations.CreateModel(
            name='Reshaping',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('kind', models.CharField(choices=[('split', 'split of premises'), ('merge', 'merge of premises')], max_length=5, verbose_name='kind')),
                ('effective_on', models.DateField(help_text='The first day of the new premises.', verbose_name='with effect from')),
                ('document', models.CharField(blank=True, max_length=200, verbose_name='deed or other document')),
                ('corrects_posted', models.BooleanField(default=False, help_text='Otherwise months charged beyond the day stand in the way.', verbose_name='months posted already go to the corrections')),
                ('title_kind', models.CharField(blank=True, choices=[('ownership', 'Ownership'), ('coop_ownership', 'Cooperative ownership right'), ('coop_tenancy', 'Cooperative tenancy right'), ('freehold', 'Separate ownership')], max_length=16, verbose_name='kind of the new title')),
                ('member', models.BooleanField(default=False, verbose_name='held by a member')),
                ('state', models.CharField(choices=[('prepared', 'in preparation'), ('done', 'carried out'), ('undone', 'undone'), ('discarded', 'discarded')], default='prepared', max_length=10, verbose_name='state')),
                ('former', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('prepared_at', models.DateTimeField(verbose_name='prepared at')),
                ('done_at', models.DateTimeField(null=True, verbose_name='carried out at')),
                ('done_by_id', models.BigIntegerField(null=True)),
                ('undone_at', models.DateTimeField(null=True, verbose_name='undone at')),
                ('payer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='payer')),
                ('premises', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reshapings', to='estates.premises', verbose_name='premises')),
            ],
            options={
                'verbose_name': 'split or merge',
                'verbose_name_plural': 'splits and merges',
                'ordering': ('-pk',),
            },
        ),
        migrations.CreateModel(
            name='NewTitleHolder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('numerator', models.PositiveBigIntegerField(default=1, verbose_name='numerator')),
                ('denominator', models.PositiveBigIntegerField(default=1, verbose_name='denominator')),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='party')),
                ('act', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='holders', to='reshaping.reshaping', verbose_name='split or merge')),
            ],
            options={
                'verbose_name': 'holder of merged premises',
                'verbose_name_plural': 'holders of merged premises',
                'ordering': ('pk',),
            },
        ),
        migrations.CreateModel(
            name='NewPremises',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(verbose_name='order in the list')),
                ('number', models.CharField(max_length=20, verbose_name='number')),
                ('code', models.CharField(blank=True, max_length=40, verbose_name='code')),
                ('kind', models.CharField(choices=[('dwelling', 'Dwelling'), ('commercial', 'Commercial unit'), ('office', 'Office'), ('garage', 'Garage'), ('parking_space', 'Parking space'), ('storage', 'Storage room'), ('technical', 'Technical room'), ('common', 'Common part'), ('advertising', 'Advertising space'), ('supply_point', 'Supply point')], max_length=15, verbose_name='kind')),
                ('register_number', models.CharField(blank=True, max_length=40, verbose_name='land register number')),
                ('facts', models.JSONField(default=dict, verbose_name='attributes')),
                ('shares', models.JSONField(default=dict, verbose_name='shares')),
                ('entrance', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='estates.entrance', verbose_name='entrance')),
                ('premises', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='made_from', to='estates.premises', verbose_name='new premises')),
                ('storey', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='estates.storey', verbose_name='storey')),
                ('act', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='new_premises', to='reshaping.reshaping', verbose_name='split or merge')),
            ],
            options={
                'verbose_name': 'new premises',
                'verbose_name_plural': 'new premises (of splits and merges)',
                'ordering': ('act_id', 'position'),
            },
        ),
        migrations.CreateModel(
            name='FormerPremises',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(verbose_name='order in the list')),
                ('premises', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='became', to='estates.premises', verbose_name='former premises')),
                ('act', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='former_premises', to='reshaping.reshaping', verbose_name='split or merge')),
            ],
            options={
                'verbose_name': 'former premises',
                'verbose_name_plural': 'former premises (of splits and merges)',
                'ordering': ('act_id', 'position'),
            },
        ),
        migrations.AddConstraint(
            model_name='reshaping',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'done'), _negated=True), ('done_at__isnull', False), _connector='OR'), name='reshaping_done_with_moment'),
        ),
        migrations.AddConstraint(
            model_name='newtitleholder',
            constraint=models.UniqueConstraint(fields=('act', 'party'), name='reshaping_holder_once'),
        ),
        migrations.AddConstraint(
            model_name='newtitleholder',
            constraint=models.CheckConstraint(condition=models.Q(('denominator__gt', 0), ('numerator__gt', 0), ('numerator__lte', models.F('denominator'))), name='reshaping_holder_fraction'),
        ),
        migrations.AddConstraint(
            model_name='newpremises',
            constraint=models.UniqueConstraint(fields=('act', 'number'), name='new_premises_number'),
        ),
        migrations.AddConstraint(
            model_name='formerpremises',
            constraint=models.UniqueConstraint(fields=('act', 'premises'), name='former_premises_once'),
        ),
        *audit_triggers(*TABLES),
        row_policy(TABLES[0], "EXISTS (SELECT FROM estates_premises p WHERE p.id = premises_id)"),
        *(row_policy(table, VISIBLE_ACT) for table in TABLES[1:]),
    ]
