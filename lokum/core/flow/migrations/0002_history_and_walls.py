"""History, the second wall, and what never changes once proposed or decided."""

from django.db import migrations

from lokum.core.access.sql import NODES, row_policy
from lokum.core.audit.sql import audit_triggers

GUARD = """
CREATE FUNCTION lokum_approval_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    decision constant text[] := array['state', 'decided_by_id', 'decided_at', 'decision_reason'];
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
    RETURN NEW;
END $$;
CREATE TRIGGER lokum_approval_guard BEFORE UPDATE OR DELETE ON flow_approvalrequest
    FOR EACH ROW EXECUTE FUNCTION lokum_approval_guard();
"""

OWN = "proposer_id = (SELECT nullif(current_setting('lokum.actor', true), '')::bigint)"


class Migration(migrations.Migration):
    dependencies = [
        ("flow", "0001_first"),
        ("audit", "0002_trigger"),
    ]
    operations = [
        *audit_triggers("flow_approvalrequest"),
        migrations.RunSQL(
            GUARD,
            "DROP TRIGGER lokum_approval_guard ON flow_approvalrequest; DROP FUNCTION lokum_approval_guard();",
        ),
        row_policy("flow_approvalrequest", f"node_id = ANY {NODES} OR {OWN}"),
    ]
