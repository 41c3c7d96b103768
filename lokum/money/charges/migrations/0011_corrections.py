"""Corrections of posted months: the comparison, and notices that correct notices."""

import django.db.models.deletion
import lokum.core.base.fields
from django.db import migrations, models

from lokum.core.access.sql import of_entity, row_policy
from lokum.core.audit.sql import audit_triggers


CHECK = """
CREATE OR REPLACE FUNCTION charges_check_notices() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
  SELECT n.number INTO bad FROM new_rows n
    LEFT JOIN ledger_entry e ON e.id = n.entry_id AND e.account_id = n.account_id AND e.amount = n.total_amount
      {fits}
    LEFT JOIN papers_issueddocument d ON d.id = n.document_id AND d.account_key = n.account_id
      AND d.number = n.number
    WHERE e.id IS NULL OR d.id IS NULL LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'notice % does not fit its entry or document', bad.number USING ERRCODE = 'LK004';
  END IF;
  RETURN NULL;
END $$;
"""
# A correction's entry carries the number of the document it corrects; the notice carries its own.
CHECK_NEW = CHECK.format(
    fits="""AND CASE WHEN n.corrects_id IS NULL THEN e.document_number = n.number AND e.corrects_id IS NULL
               ELSE e.corrects_id = n.corrects_id AND EXISTS (
                 SELECT FROM charges_notice o WHERE o.entry_id = n.corrects_id AND o.corrects_id IS NULL
                   AND o.period = n.period AND o.account_id = n.account_id) END"""
)
CHECK_OLD = CHECK.format(fits="AND e.document_number = n.number")
LINES = """
-- Lines of a correction say which correction of the notice they belong to, and no other line says so.
CREATE FUNCTION charges_check_corrections() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
  SELECT l.notice_id INTO bad FROM (SELECT DISTINCT notice_id, reason FROM new_rows) l
    JOIN charges_notice n ON n.entry_id = l.notice_id
    WHERE (n.corrects_id IS NOT NULL AND l.reason <> 'correction/' || n.correction_number)
       OR (n.corrects_id IS NULL AND l.reason LIKE 'correction/%') LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'lines of notice % do not fit its correction', bad.notice_id USING ERRCODE = 'LK004';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER corrections_checked AFTER INSERT ON charges_chargeline REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION charges_check_corrections();
"""
UNLINES = "DROP TRIGGER corrections_checked ON charges_chargeline; DROP FUNCTION charges_check_corrections();"


class Migration(migrations.Migration):

    dependencies = [
        ('charges', '0010_levels'),
        ('estates', '0004_groups_and_changes'),
        ('ledger', '0011_corrections'),
        ('occupancy', '0006_estate_import'),
        ('organisation', '0002_node_settings'),
        ('papers', '0005_names'),
    ]

    operations = [
        migrations.CreateModel(
            name='CorrectionLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('period', models.DateField(verbose_name='month')),
                ('before_net', lokum.core.base.fields.AmountField(decimal_places=2, default=0, max_digits=16)),
                ('before_tax', lokum.core.base.fields.AmountField(decimal_places=2, default=0, max_digits=16)),
                ('after_net', lokum.core.base.fields.AmountField(decimal_places=2, default=0, max_digits=16)),
                ('after_tax', lokum.core.base.fields.AmountField(decimal_places=2, default=0, max_digits=16)),
                ('amount', lokum.core.base.fields.AmountField(decimal_places=2, default=0, max_digits=16, verbose_name='difference')),
                ('before', models.JSONField(null=True)),
                ('after', models.JSONField(null=True)),
                ('causes', models.JSONField(default=list)),
                ('problem', models.CharField(blank=True, choices=[('unpriced', 'it cannot be computed now'), ('not_charged', 'there is no notice yet: compute the month again')], max_length=16)),
            ],
            options={
                'verbose_name': 'difference',
                'verbose_name_plural': 'differences',
            },
        ),
        migrations.CreateModel(
            name='CorrectionRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateField(verbose_name='from month')),
                ('until', models.DateField(verbose_name='to month')),
                ('reason', models.CharField(max_length=250, verbose_name='reason')),
                ('state', models.CharField(choices=[('compared', 'compared'), ('requested', 'waiting for approval'), ('posted', 'posted'), ('dropped', 'dropped')], default='compared', max_length=10, verbose_name='state')),
                ('document_count', models.PositiveIntegerField(default=0, verbose_name='documents')),
                ('line_count', models.PositiveIntegerField(default=0, verbose_name='lines')),
                ('problem_count', models.PositiveIntegerField(default=0, verbose_name='problems')),
                ('total_amount', lokum.core.base.fields.AmountField(decimal_places=2, default=0, max_digits=16, verbose_name='total')),
                ('digest', models.CharField(blank=True, max_length=64)),
                ('created_at', models.DateTimeField(verbose_name='compared at')),
                ('created_by_id', models.BigIntegerField(null=True)),
                ('posted_at', models.DateTimeField(null=True, verbose_name='posted at')),
                ('posted_by_id', models.BigIntegerField(null=True)),
            ],
            options={
                'verbose_name': 'correction of posted months',
                'verbose_name_plural': 'corrections of posted months',
                'ordering': ('-pk',),
            },
        ),
        migrations.AddField(
            model_name='notice',
            name='correction_number',
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='notice',
            name='corrects',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='charges.notice', verbose_name='corrects'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.UniqueConstraint(condition=models.Q(('corrects__isnull', False)), fields=('corrects', 'correction_number'), name='notice_corrected_one_by_one'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('correction_number__isnull', True), ('corrects__isnull', True)), models.Q(('correction_number__gte', 1), ('corrects__isnull', False)), _connector='OR'), name='notice_correction_numbered'),
        ),
        migrations.AddField(
            model_name='correctionline',
            name='account',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account', verbose_name='account'),
        ),
        migrations.AddField(
            model_name='correctionline',
            name='agreement',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='occupancy.agreement'),
        ),
        migrations.AddField(
            model_name='correctionline',
            name='component',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='charges.component', verbose_name='component'),
        ),
        migrations.AddField(
            model_name='correctionline',
            name='notice',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='charges.notice', verbose_name='notice'),
        ),
        migrations.AddField(
            model_name='correctionline',
            name='premises',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='estates.premises', verbose_name='premises'),
        ),
        migrations.AddField(
            model_name='correctionrun',
            name='batch',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.batch'),
        ),
        migrations.AddField(
            model_name='correctionrun',
            name='entity',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.entity', verbose_name='entity'),
        ),
        migrations.AddField(
            model_name='correctionrun',
            name='premises',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='estates.premises', verbose_name='premises'),
        ),
        migrations.AddField(
            model_name='correctionline',
            name='run',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='charges.correctionrun', verbose_name='correction'),
        ),
        migrations.AddConstraint(
            model_name='correctionrun',
            constraint=models.CheckConstraint(condition=models.Q(('since__lte', models.F('until'))), name='correction_months_in_order'),
        ),
        migrations.AddConstraint(
            model_name='correctionline',
            constraint=models.UniqueConstraint(fields=('run', 'agreement', 'component', 'period'), name='correction_line_once'),
        ),
        migrations.RunSQL(CHECK_NEW, CHECK_OLD),
        migrations.RunSQL(LINES, UNLINES),
        *audit_triggers("charges_correctionrun"),
        row_policy("charges_correctionrun", of_entity("entity_id")),
        row_policy("charges_correctionline",
                   f"EXISTS (SELECT FROM charges_correctionrun r WHERE r.id = run_id AND {of_entity('r.entity_id')})"),
    ]
