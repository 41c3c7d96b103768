"""History trigger, row policies, and what makes "as known at a moment" quick.

Contacts and interruptions are for staff: an account in sight is not enough, a resident sees none of them.
"""

from django.db import migrations

from lokum.core.access.sql import STAFF, of_entity, row_policy
from lokum.core.audit.sql import audit_triggers

OF_ACCOUNT = f"{STAFF} AND EXISTS (SELECT FROM ledger_account a WHERE a.id = account_id)"


class Migration(migrations.Migration):
    dependencies = [
        ("arrears", "0001_first"),
        ("ledger", "0007_names"),
        ("audit", "0002_trigger"),
    ]
    operations = [
        *audit_triggers("arrears_arrearspolicy", "arrears_payercontact", "arrears_limitationevent"),
        row_policy("arrears_arrearspolicy", of_entity("entity_id")),
        row_policy("arrears_payercontact", OF_ACCOUNT),
        row_policy("arrears_limitationevent", OF_ACCOUNT),
        migrations.RunSQL(
            "CREATE INDEX allocation_made_brin ON ledger_allocation USING brin (made_at);"
            "CREATE INDEX allocation_undone ON ledger_allocation (undone_at) WHERE undone_at IS NOT NULL",
            "DROP INDEX allocation_undone; DROP INDEX allocation_made_brin",
        ),
    ]
