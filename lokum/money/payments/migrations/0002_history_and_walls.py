"""History trigger, and row policies as the second wall behind the application's filter."""

from django.db import migrations

from lokum.core.access.sql import ACCOUNTS, of_entity, row_policy
from lokum.core.audit.sql import audit_triggers

OF_ACCOUNT = (
    f"account_id = ANY {ACCOUNTS} OR EXISTS (SELECT FROM ledger_account a WHERE a.id = account_id)"
)


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0001_first"),
        ("ledger", "0004_history_and_walls"),
        ("audit", "0002_trigger"),
    ]
    operations = [
        *audit_triggers("payments_virtualaccountpool", "payments_virtualaccount"),
        row_policy("payments_virtualaccount", OF_ACCOUNT),
        row_policy("payments_payment", f"{of_entity('entity_id')} OR {OF_ACCOUNT}"),
    ]
