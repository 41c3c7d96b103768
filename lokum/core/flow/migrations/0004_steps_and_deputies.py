"""Requests that several persons approve one after the other, and deputies for those who are away.

The steps of a request are fixed when it is proposed, as everything proposed is; only the role that is waited for moves
on. The database itself refuses an approval while steps are missing, a step decided by the proposer or by one of those
who decided before, also through a deputy, and any change of a decision.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from lokum.core.access.sql import row_policy
from lokum.core.audit.sql import audit_triggers

FUNCTION = """
CREATE OR REPLACE FUNCTION lokum_approval_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    decision constant text[] := array['state', 'decided_by_id', 'decided_at', 'decision_reason'{more}];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'DELETE of flow_approvalrequest is refused: requests are kept'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state <> 'proposed' THEN
        RAISE EXCEPTION 'approval request % was decided on already', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF to_jsonb(NEW) - decision <> to_jsonb(OLD) - decision THEN
        RAISE EXCEPTION 'what approval request % proposes cannot be changed', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    {steps}RETURN NEW;
END $$;
"""
STEPS = """IF NEW.state = 'approved' AND jsonb_array_length(NEW.steps) > 1
       AND (SELECT count(*) FROM flow_approvaldecision d WHERE d.request_id = NEW.id) < jsonb_array_length(NEW.steps)
    THEN
        RAISE EXCEPTION 'approval request % lacks approvals', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    """
NOW, BEFORE = FUNCTION.format(more=", 'waits_for'", steps=STEPS), FUNCTION.format(more="", steps="")
DECISIONS = """
CREATE FUNCTION lokum_approval_decision_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        RAISE EXCEPTION '% of flow_approvaldecision is refused: decisions are kept', TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (SELECT FROM flow_approvalrequest r WHERE r.id = NEW.request_id
               AND (r.state <> 'proposed' OR r.proposer_id IN (NEW.decided_by_id, NEW.on_behalf_of_id)))
       OR EXISTS (SELECT FROM flow_approvaldecision d WHERE d.request_id = NEW.request_id
                  AND (d.decided_by_id = NEW.on_behalf_of_id OR d.on_behalf_of_id = NEW.decided_by_id)) THEN
        RAISE EXCEPTION 'approval request % needs another person', NEW.request_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER lokum_approval_decision_guard BEFORE INSERT OR UPDATE OR DELETE ON flow_approvaldecision
    FOR EACH ROW EXECUTE FUNCTION lokum_approval_decision_guard();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('flow', '0003_words'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='approvalrequest',
            name='steps',
            field=models.JSONField(default=list, editable=False),
        ),
        migrations.AddField(
            model_name='approvalrequest',
            name='waits_for',
            field=models.CharField(blank=True, max_length=40, verbose_name='role that decides next'),
        ),
        migrations.CreateModel(
            name='ApprovalDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.PositiveSmallIntegerField(verbose_name='step')),
                ('decided_at', models.DateTimeField(verbose_name='decided at')),
                ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                ('on_behalf_of', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='as the deputy of')),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='flow.approvalrequest', verbose_name='request')),
            ],
            options={
                'verbose_name': 'approval of a step',
                'verbose_name_plural': 'approvals of steps',
                'ordering': ('request', 'step'),
                'constraints': [models.UniqueConstraint(fields=('request', 'step'), name='approval_step_once'), models.UniqueConstraint(fields=('request', 'decided_by'), name='approval_step_other_person'), models.UniqueConstraint(fields=('request', 'on_behalf_of'), name='approval_step_other_principal'), models.CheckConstraint(condition=models.Q(('on_behalf_of__isnull', True), models.Q(('on_behalf_of', models.F('decided_by')), _negated=True), _connector='OR'), name='approval_step_deputy')],
            },
        ),
        migrations.CreateModel(
            name='Deputy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('starts_on', models.DateField(verbose_name='from')),
                ('ends_on', models.DateField(verbose_name='to')),
                ('reason', models.CharField(max_length=500, verbose_name='reason')),
                ('deputy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='deputy')),
                ('principal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deputies', to=settings.AUTH_USER_MODEL, verbose_name='in the place of')),
            ],
            options={
                'verbose_name': 'deputy',
                'verbose_name_plural': 'deputies',
                'ordering': ('-starts_on', 'pk'),
                'constraints': [models.CheckConstraint(condition=models.Q(('principal', models.F('deputy')), _negated=True), name='deputy_is_another'), models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='deputy_ends_later')],
            },
        ),
        *audit_triggers("flow_deputy"),
        migrations.RunSQL(NOW, BEFORE),
        migrations.RunSQL(
            DECISIONS,
            "DROP TRIGGER lokum_approval_decision_guard ON flow_approvaldecision; "
            "DROP FUNCTION lokum_approval_decision_guard();",
        ),
        row_policy(
            "flow_approvaldecision", "EXISTS (SELECT FROM flow_approvalrequest r WHERE r.id = request_id)"
        ),
    ]
