"""Formulas, parts of a month, and the arithmetic that SQL and Python share."""

from django.db import migrations, models


# The twin of `evaluation.divide`: exact to the last of sixteen decimals, NULL for a division by zero.
FUNCTIONS = """
CREATE FUNCTION charges_divide(above numeric, below numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN CASE WHEN below <> 0
  THEN round(div(above * 100000000000000000, below) * 0.00000000000000001, 16) END;
CREATE FUNCTION charges_least(a numeric, b numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN least(a, b);
CREATE FUNCTION charges_greatest(a numeric, b numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN greatest(a, b);
"""
UNFUNCTIONS = """
DROP FUNCTION charges_divide(numeric, numeric);
DROP FUNCTION charges_least(numeric, numeric);
DROP FUNCTION charges_greatest(numeric, numeric);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('charges', '0007_one_offs'),
        ('ledger', '0007_names'),
        ('organisation', '0001_first'),
    ]

    operations = [
        migrations.RunSQL(FUNCTIONS, UNFUNCTIONS),
        migrations.AddField(
            model_name='component',
            name='billing_start',
            field=models.CharField(choices=[('handover', 'From the handover, as any change'), ('whole_month', 'The month of the handover counts whole'), ('next_month', 'From the month after the handover')], default='handover', max_length=12, verbose_name='start of billing'),
        ),
        migrations.AddField(
            model_name='component',
            name='formula',
            field=models.TextField(blank=True, help_text='Empty: the price times the basis.', max_length=1000, verbose_name='formula'),
        ),
        migrations.AddField(
            model_name='component',
            name='proration',
            field=models.CharField(choices=[('next_month', 'From the next month'), ('days', 'By days'), ('half_month', 'By half month')], default='next_month', max_length=10, verbose_name='changes inside a month'),
        ),
        migrations.AddField(
            model_name='draftline',
            name='detail',
            field=models.CharField(blank=True, db_default='', max_length=120),
        ),
        migrations.AlterField(
            model_name='draftline',
            name='problem',
            field=models.CharField(blank=True, choices=[('no_fact', 'the quantity is missing'), ('no_share', 'the ownership share is missing'), ('no_tariff', 'no approved price'), ('no_account', 'the payer has no account'), ('component_ended', 'the component is not valid in this month'), ('two_payers', 'two agreements pay for the same premises'), ('division', 'the formula divides by zero'), ('negative', 'the formula gives less than nothing'), ('formula', 'the formula has an error')], max_length=40),
        ),
        migrations.AddConstraint(
            model_name='component',
            constraint=models.CheckConstraint(condition=models.Q(('proration', 'next_month'), models.Q(('cycle_months', 1), models.Q(('rhythm', 'one_off'), _negated=True)), _connector='OR'), name='component_proration', violation_error_message='Only what is charged month by month can be split inside a month.'),
        ),
    ]
