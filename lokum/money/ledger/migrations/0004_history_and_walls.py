"""History trigger, and row policies as the second wall behind the application's filter."""

from django.db import migrations

from lokum.core.access.sql import ACCOUNTS, BUILDINGS, of_entity, row_policy
from lokum.core.audit.sql import audit_triggers

OF_ACCOUNT = (
    f"account_id = ANY {ACCOUNTS} OR EXISTS (SELECT FROM ledger_account a WHERE a.id = account_id)"
)


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0003_guards"),
        ("occupancy", "0004_history_and_walls"),
        ("audit", "0002_trigger"),
    ]
    operations = [
        *audit_triggers("ledger_ledgeraccount", "ledger_account", "ledger_period"),
        row_policy(
            "ledger_account", f"id = ANY {ACCOUNTS} OR building_key = ANY {BUILDINGS} OR {of_entity('entity_id')}"
        ),
        row_policy("ledger_entry", f"{of_entity('entity_id')} OR {OF_ACCOUNT}"),
        row_policy("ledger_line", f"{of_entity('entity_id')} OR {OF_ACCOUNT}"),
        *(row_policy(table, OF_ACCOUNT) for table in ("ledger_accountbalance", "ledger_openitem", "ledger_allocation")),
    ]
