"""Legal data of entities with their days."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organisation', '0003_own_fields'),
    ]

    operations = [
        migrations.CreateModel(
            name='LegalData',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('short_name', models.CharField(help_text='Payee name in transfer codes, at most 20 characters.', max_length=20, verbose_name='short name')),
                ('kind', models.CharField(choices=[('cooperative', 'Housing cooperative'), ('community', "Owners' community"), ('municipal', 'Municipal housing'), ('company', 'Company')], max_length=12, verbose_name='kind')),
                ('legal_name', models.CharField(max_length=250, verbose_name='legal name')),
                ('tax_number', models.CharField(blank=True, max_length=20, verbose_name='tax number')),
                ('statistical_number', models.CharField(blank=True, max_length=20, verbose_name='statistical number')),
                ('court_number', models.CharField(blank=True, max_length=30, verbose_name='court register number')),
                ('street', models.CharField(blank=True, max_length=150, verbose_name='street and number')),
                ('postal_code', models.CharField(blank=True, max_length=12, verbose_name='postal code')),
                ('city', models.CharField(blank=True, max_length=100, verbose_name='town')),
                ('phone', models.CharField(blank=True, max_length=30, verbose_name='phone')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                ('website', models.URLField(blank=True, verbose_name='web address')),
                ('valid', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='valid')),
                ('document', models.CharField(blank=True, max_length=200, verbose_name='resolution or document')),
                ('entity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='legal_data', to='organisation.entity', verbose_name='entity')),
            ],
            options={
                'verbose_name': 'legal data',
                'verbose_name_plural': 'legal data of entities',
                'ordering': ('entity_id', 'valid'),
                'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('entity', '='), ('valid', '&&')], name='legal_data_no_overlap'), models.CheckConstraint(condition=models.Q(('valid__startswith__isnull', False)), name='legal_data_begins')],
            },
        ),
    ]
