"""Words beside the fields of a decision, which can come by a sheet."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('allowances', '0002_guards'),
    ]

    operations = [
        migrations.AlterField(
            model_name='allowance',
            name='body_name',
            field=models.CharField(editable=False, max_length=250, verbose_name='name of the payer body'),
        ),
        migrations.AlterField(
            model_name='allowance',
            name='first_month',
            field=models.DateField(help_text='Any day of the month.', verbose_name='first month'),
        ),
        migrations.AlterField(
            model_name='allowance',
            name='last_month',
            field=models.DateField(blank=True, help_text='Any day of the month; empty: until further notice.', null=True, verbose_name='last month'),
        ),
    ]
