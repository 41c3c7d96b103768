"""Limits of what may be declared for a component."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.deletion
import lokum.core.base.fields
from django.db import migrations, models

from lokum.core.audit.sql import audit_triggers


class Migration(migrations.Migration):

    dependencies = [
        ('charges', '0017_bases_of_supply'),
    ]

    operations = [
        migrations.CreateModel(
            name='DeclarationLimit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('kind', models.CharField(choices=[('persons', 'Number of persons'), ('cold_water_forecast', 'Cold water forecast'), ('hot_water_forecast', 'Hot water forecast'), ('heat_forecast', 'Heat forecast')], max_length=24, verbose_name='what is declared')),
                ('per', models.CharField(choices=[('premises', 'premises'), ('person', 'person'), ('area', 'm² of usable area')], default='premises', max_length=8, verbose_name='figures are per')),
                ('usual_least', lokum.core.base.fields.QuantityField(blank=True, decimal_places=4, max_digits=14, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='usual from')),
                ('usual_most', lokum.core.base.fields.QuantityField(blank=True, decimal_places=4, max_digits=14, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='usual to')),
                ('possible_most', lokum.core.base.fields.QuantityField(blank=True, decimal_places=4, max_digits=14, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='possible to')),
                ('jump', lokum.core.base.fields.QuantityField(blank=True, decimal_places=4, help_text='Against the value that counts already.', max_digits=14, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='largest usual change')),
                ('area_each', lokum.core.base.fields.QuantityField(blank=True, decimal_places=4, help_text='For persons only: less area for each is unusual.', max_digits=14, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='least m² for one person')),
                ('valid', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='valid')),
                ('component', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='declaration_limits', to='charges.component', verbose_name='component')),
            ],
            options={
                'verbose_name': 'limit of declarations',
                'verbose_name_plural': 'limits of declarations',
                'ordering': ('component_id', 'kind', 'valid'),
                'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('component', '='), ('kind', '='), ('valid', '&&')], name='declaration_limit_no_overlap', violation_error_message='Other limits of this component are valid in this time.'), models.CheckConstraint(condition=models.Q(('usual_least', None), ('usual_most', None), ('usual_least__lte', models.F('usual_most')), _connector='OR'), name='declaration_limit_usual', violation_error_message='The usual range ends before it begins.'), models.CheckConstraint(condition=models.Q(('usual_most', None), ('possible_most', None), ('usual_most__lte', models.F('possible_most')), _connector='OR'), name='declaration_limit_possible', violation_error_message='What is usual must be possible.'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'persons'), ('per', 'premises')), models.Q(models.Q(('kind', 'persons'), _negated=True), ('area_each', None)), _connector='OR'), name='declaration_limit_persons', violation_error_message='Persons are counted per premises; only they have a least area for one.')],
            },
        ),
        *audit_triggers("charges_declarationlimit"),
    ]
